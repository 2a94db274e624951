// `node scripts/openapi.mjs write|check`: makes openapi.json from the schemas of the built server's routes, or fails when
// the committed one is not what they make. Nothing is started: the routes are registered on a server that never listens,
// with nothing behind them.
import { readFileSync, writeFileSync } from 'node:fs';
import swagger from '@fastify/swagger';
import { registerApi } from '../dist/api/api.js';
import { version } from '../dist/core/version.js';
import { createServer } from '../dist/http/server.js';

const nothing = () => {};
const file = new URL('../openapi.json', import.meta.url);
const wanted = `${JSON.stringify(sorted(await describe()), null, 2)}\n`;

switch (process.argv[2]) {
  case 'write':
    writeFileSync(file, wanted);
    break;
  case 'check':
    if (committed() !== wanted) {
      console.error('openapi.json is not what the routes make of it. Run `npm run generate` and commit the result.');
      process.exit(1);
    }
    break;
  default:
    console.error('Usage: node scripts/openapi.mjs write|check');
    process.exit(2);
}

async function describe() {
  const log = { info: nothing, warn: nothing, error: nothing };
  const server = createServer({}, { log, clock: { now: () => 0, monotonicMs: () => 0, after: () => nothing } });
  await server.register(swagger, {
    refResolver: { buildLocalReference: ({ $id }) => $id },
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Bellwire',
        version,
        description:
          'The management API. Programs show an integration key, and one with write access to change anything. People show ' +
          'the cookie of their session, which pages of this server send by themselves; no other page can use it. ' +
          'Moments are ISO 8601 in UTC. Long lists come in pages: ask again with `cursor` set to the `nextCursor` of the ' +
          'page before. Fields that are not known are refused, and every error names the field at fault.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      security: [{ bearer: [] }, { integrationKey: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'An integration key.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: '__Host-bellwire',
            description: 'Over http it is called bellwire.',
          },
          integrationKey: { type: 'apiKey', in: 'header', name: 'x-pendo-integration-key' },
        },
      },
    },
  });
  await registerApi(
    server,
    { segmentApiUrl: null, publicUrl: null, trustedProxies: null },
    { ledger: {}, directory: nothing, log, clock: { now: () => 0, monotonicMs: () => 0 } },
  );
  await server.ready();
  return withOptionalBodies(server.swagger());
}

/** A body of which nothing is required may be left out, and one that can hold nothing need not be told of. */
function withOptionalBodies(description) {
  for (const operation of Object.values(description.paths).flatMap((path) => Object.values(path))) {
    const schema = operation.requestBody?.content['application/json'].schema;
    if (schema === undefined) continue;
    operation.requestBody.required = (schema.required ?? []).length > 0;
    if (Object.keys(schema.properties).length === 0) delete operation.requestBody;
  }
  return description;
}

/** The committed text; Git may have checked it out with other line ends. */
function committed() {
  try {
    return readFileSync(file, 'utf8').replaceAll('\r\n', '\n');
  } catch {
    return null;
  }
}

/** The same order of keys whatever the order in which routes were registered; lists keep theirs. */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const keys = Object.keys(value).sort();
  return Object.fromEntries(keys.map((key) => [key, sorted(value[key])]));
}
