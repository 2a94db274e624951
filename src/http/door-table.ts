/**
 * Finds the door that a request's target means, in one look for nearly all: paths without a parameter or a query are keys of
 * a map as they are. A path that cannot be decoded is no door's.
 */
export interface Found<Route> {
  route: Route;
  /** The path's last step where the route has a parameter there, decoded; else empty. A sender may leave it empty too. */
  key: string;
  /** What follows the question mark. */
  query: string;
}

export interface DoorTable<Route> {
  /** By the target of a request line: a path, or a whole address as proxies write it. */
  find(target: string): Found<Route> | null;
}

export function createDoorTable<Route extends { path: string }>(routes: readonly Route[]): DoorTable<Route> {
  const fixed = new Map<string, Found<Route>>();
  /** By all that stands before the parameter. */
  const keyed = new Map<string, Route>();
  for (const route of routes) {
    const at = route.path.indexOf('/:') + 1;
    if (at === 0) fixed.set(route.path, { route, key: '', query: '' });
    else keyed.set(route.path.slice(0, at), route);
  }

  function findIn(path: string, query: string): Found<Route> | null {
    const known = fixed.get(path);
    if (known !== undefined) return query === '' ? known : { ...known, query };
    const at = path.lastIndexOf('/') + 1;
    const route = keyed.get(path.slice(0, at));
    return route === undefined ? null : { route, key: decodeURIComponent(path.slice(at)), query };
  }

  return {
    find(target) {
      const known = fixed.get(target);
      if (known !== undefined) return known;
      const whole = target.startsWith('/') ? target : target.replace(origin, '');
      const end = whole.search(pathEnd);
      const path = decoded(end === -1 ? whole : whole.slice(0, end));
      return path === null ? null : findIn(path, end === -1 ? '' : whole.slice(end + 1));
    },
  };
}

const origin = /^https?:\/\/[^/?#]*/i;
const pathEnd = /[?#]/;

/** What is encoded and would part a path (`%2F`), and the percent sign itself, stay as they are. */
function decoded(path: string): string | null {
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path.replaceAll('%25', '%2525'));
  } catch {
    return null;
  }
}
