/** Every route that a server's router knows, below /api/v1. */
import type { FastifyInstance } from 'fastify';

export interface ApiRoute {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** As it was added, with names for its parameters. */
  pattern: string;
  /** With something in their place. */
  path: string;
}

export function apiRoutes(server: FastifyInstance): ApiRoute[] {
  const routes: ApiRoute[] = [];
  const path: string[] = [];
  for (const line of server.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^((?:│ {3}| {4})*)(?:├── |└── )(.*?)(?: \((.*)\))?$/.exec(line);
    if (match === null) continue;
    const depth = (match[1] ?? '').length / 4;
    path[depth] = match[2] ?? '';
    const pattern = path
      .slice(0, depth + 1)
      .join('')
      .replace(/^\/api\/v1/, '');
    for (const method of (match[3] ?? '').split(', ').filter((name) => name !== '')) {
      routes.push({ method: method as ApiRoute['method'], pattern, path: pattern.replaceAll(':id', '1') });
    }
  }
  return routes;
}
