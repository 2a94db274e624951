/** Each route of the API against each kind of caller: what permissions.ts says is what happens, and nothing was forgotten. */
import fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiRoutes } from '../../test/support/api-routes.ts';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { type Browser, openBrowser } from '../../test/support/browser.ts';
import { firstAdmin, invited } from '../../test/support/people.ts';
import { accessProblem, type Caller, permissionOf } from './access.ts';
import { type Permission, permissions } from './permissions.ts';

let stand: ApiStand;
let admin: Browser;
let member: Browser;
beforeAll(async () => {
  stand = await openApiStand();
  admin = await firstAdmin(stand);
  ({ browser: member } = await invited(stand, admin, { email: 'bob@example.com', role: 'member' }));
});
afterAll(() => stand.close());

// The write key is the first one, which has all scopes; integration-keys.test.ts tries others.
const callers = ['anybody', 'read key', 'write key', 'member', 'admin'] as const;
type CallerName = (typeof callers)[number];

/** What is refused, as a table of its own: if it were read from the code it would be right by definition. */
function expected(caller: CallerName, permission: Permission, method: string): 'in' | 401 | 403 {
  const isKey = caller === 'read key' || caller === 'write key';
  // What signs people in is for pages, and a program says of none that it comes from there.
  if (permission === 'anybody') return isKey && method !== 'GET' ? 403 : 'in';
  if (caller === 'anybody') return 401;
  if (caller === 'admin') return 'in';
  if (caller === 'member') return permission === 'admin' || permission === 'people' ? 403 : 'in';
  if (permission === 'self') return 403;
  if (permission === 'people') return caller === 'write key' ? 'in' : 403;
  return caller === 'write key' || method === 'GET' ? 'in' : 403;
}

async function statusFor(caller: CallerName, { method, path }: { method: 'GET' | 'POST'; path: string }) {
  // A field that no route knows, so that nothing is changed, and nobody signed out, by whoever is let in.
  const body = method === 'GET' ? undefined : { noSuchField: 1 };
  if (caller === 'read key' || caller === 'write key') {
    const key = caller === 'read key' ? stand.readKey : stand.keys.integrationKey;
    return (await stand.ask(method, path, body, key)).status;
  }
  const browser = { anybody: openBrowser(stand.server), member, admin }[caller];
  return (await browser.ask(method, path, body)).status;
}

test('every route has its permission, and every permission its route', () => {
  const routes = apiRoutes(stand.server).map(({ method, pattern }) => `${method} ${pattern}`);
  expect(routes.length).toBeGreaterThan(50);
  expect(Object.keys(permissions).sort()).toEqual(routes.sort());
});

test('a route that nobody has thought of stops the start', async () => {
  expect(() => permissionOf('PUT', '/webhooks')).toThrow('Nobody has said who may call PUT /webhooks');
  const server = fastify();
  server.addHook('onRoute', ({ method, url }) => void permissionOf(String(method), url));
  expect(() => server.get('/forgotten', async () => null)).toThrow('permissions.ts');
});

describe.each(callers)('%s', (caller) => {
  test('gets as far as the table says, on every route', async () => {
    const found: Record<string, unknown> = {};
    const wanted: Record<string, unknown> = {};
    for (const { method, pattern, path } of apiRoutes(stand.server)) {
      // These take no body, so they would do what they say; session.test.ts tries them.
      if (method === 'DELETE' && ['/session', '/sessions'].includes(pattern) && ['member', 'admin'].includes(caller))
        continue;
      const name = `${method} ${pattern}`;
      const status = await statusFor(caller, { method: method as 'GET', path });
      found[name] = status === 401 || status === 403 ? status : 'in';
      wanted[name] = expected(caller, permissions[name] ?? 'admin', method);
    }
    expect(found).toEqual(wanted);
  });
});

test('a table with a mistake in it would be found out', () => {
  const user = { kind: 'user', user: { role: 'member' }, session: {} } as unknown as Caller;
  for (const permission of ['admin', 'people', undefined] as const) {
    expect(accessProblem(user, permission, true)).toMatchObject({ code: 'forbidden' });
    expect(accessProblem({ kind: 'anybody' }, permission, true)).toMatchObject({ code: 'unauthorized' });
  }
  expect(accessProblem(user, 'member', false)).toBeNull();
});

test('no write takes a field that it does not know, least of all one that says who is asking', async () => {
  const writing = apiRoutes(stand.server).filter(({ method }) => method === 'POST' || method === 'PATCH');
  expect(writing.length).toBeGreaterThan(10);
  for (const { method, pattern, path } of writing) {
    for (const field of ['role', 'userId', 'id', 'subscriptionId', 'workspaceId', 'passwordHash']) {
      // Of a user the role is what can be set: users.test.ts tries it.
      if (field === 'role' && pattern.startsWith('/users')) continue;
      const browser = permissions[`${method} ${pattern}`] === 'anybody' ? openBrowser(stand.server) : admin;
      // While there is an Admin, there is no setup.
      if (pattern === '/setup') continue;
      const answer = await browser.ask(method, path, { [field]: 'x' });
      const error = answer.body['error'];
      expect([method, path, answer.status, error]).toMatchObject([method, path, 400, { code: 'invalid_field', field }]);
    }
  }
});

test('who somebody is, is never taken from what they send', async () => {
  const sent = '{"__proto__":{"role":"admin"},"constructor":{"prototype":{"role":"admin"}},"name":"x"}';
  const answer = await stand.server.inject({
    method: 'PATCH',
    url: '/api/v1/users/1',
    headers: {
      host: '127.0.0.1:8080',
      origin: 'http://127.0.0.1:8080',
      'content-type': 'application/json',
      cookie: [...member.cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    },
    payload: sent,
  });
  expect(answer.statusCode).toBe(403);
  expect((await member.ask('GET', '/users')).status).toBe(403);
});

test('keys of other kinds and wrong keys open nothing', async () => {
  const { apiKey, trackSecret, integrationKey } = stand.keys;
  const [session = ''] = admin.cookies.values();
  for (const key of [apiKey, trackSecret, session, `${integrationKey}x`, integrationKey.slice(0, -1), 'x']) {
    expect((await stand.ask('GET', '/apps', undefined, key)).body).toMatchObject({ error: { code: 'unauthorized' } });
  }
});

test('takes the key in either header, and in no query', async () => {
  const key = stand.keys.integrationKey;
  const url = '/api/v1/settings';
  const own = await stand.server.inject({ url, headers: { 'x-pendo-integration-key': key } });
  const query = await stand.server.inject({ url: `${url}?key=${key}` });
  expect([own.statusCode, query.statusCode]).toEqual([200, 401]);
});
