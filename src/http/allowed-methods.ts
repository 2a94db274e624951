/**
 * Tells a path that does not exist from one that exists under another method. Fastify answers 404 to both; senders are
 * helped by 405 and the methods that would do. Asked only when no route was found, so it may look through all of them.
 */
import type { FastifyInstance } from 'fastify';

/** Call it before any route is added. Answers the methods of a path, none when there is no such path. */
export function allowedMethods(server: FastifyInstance): (path: string) => string[] {
  const routes = new Map<string, Set<string>>();
  server.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set();
    for (const each of Array.isArray(method) ? method : [method]) methods.add(each);
    routes.set(url, methods);
  });
  return (path) => {
    const found = new Set<string>();
    for (const [pattern, methods] of routes) {
      if (!matches(path, pattern)) continue;
      for (const method of methods) found.add(method);
    }
    return [...found].sort();
  };
}

/** `:name` is any one step of the path, `*` all that remains of it. */
function matches(path: string, pattern: string): boolean {
  const steps = path.split('/');
  const wanted = pattern.split('/');
  for (const [index, want] of wanted.entries()) {
    if (want === '*') return steps.length > index;
    const step = steps[index];
    if (step === undefined || (want.startsWith(':') ? step === '' : step !== want)) return false;
  }
  return steps.length === wanted.length;
}
