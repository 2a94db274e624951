/** The description of this API, as it was generated from its schemas and committed. Open to everybody: it holds no data. */
import { existsSync, readFileSync } from 'node:fs';
import { Unsafe } from 'typebox';
import { found } from './found.ts';
import type { ApiServer } from './typebox.ts';

/** At the root of the package, two folders up from src/api and from dist/api alike. */
const file = new URL('../../openapi.json', import.meta.url);

export function addOpenapiRoute(api: ApiServer): void {
  const schema = {
    operationId: 'getOpenapi',
    summary: 'This description',
    tags: ['About'],
    response: { 200: Unsafe<string>({ type: 'object', additionalProperties: true }) },
  };
  const text = existsSync(file) ? readFileSync(file, 'utf8') : null;
  api.get('/openapi.json', { schema }, async (_request, reply) => {
    reply.type('application/json');
    return found(text, 'description');
  });
}
