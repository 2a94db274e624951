/** The tests that go through all pages leave none out: what the router shows stands in their list. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { adminPages } from '../support/admin-pages.ts';

const router = readFileSync(new URL('../../admin/router.tsx', import.meta.url), 'utf8');

test('every page of the router is in the list of pages', () => {
  const listed = adminPages.map(([, path]) => path({ event: '1', delivery: '1', webhook: '1' }).replace(/\?.*$/, ''));
  const shown = shownPaths();
  expect(shown.length).toBeGreaterThan(20);
  const missing = shown.filter((path) => !listed.some((one) => pattern(path).test(one)));
  // Nobody is signed in on these two.
  expect(missing).toEqual(['/setup', '/password']);
});

/** Whole paths of what has a component and is no frame around others. */
function shownPaths(): string[] {
  const routes = [
    ...router.matchAll(
      /const (\w+) = createRoute\(\{\s*getParentRoute: \(\) => (\w+),\s*(path|id): '([^']+)'([^;]*);/g,
    ),
  ].map(([, name = '', parent = '', by, path = '', rest = '']) => ({
    name,
    parent,
    path: by === 'path' && path !== '/' ? path : '',
    isPage: /lazyRouteComponent/.test(rest),
  }));
  const byName = new Map(routes.map((route) => [route.name, route]));
  const whole = (name: string): string => {
    const route = byName.get(name);
    return route === undefined ? '' : whole(route.parent) + route.path;
  };
  return routes
    .filter(({ name, isPage }) => isPage && !routes.some(({ parent }) => parent === name))
    .map(({ name }) => whole(name) || '/');
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('$id', '[^/]+')}$`);
}
