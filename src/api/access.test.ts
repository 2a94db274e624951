import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

/** Every route that the router knows, with something in place of its parameters. */
function allRoutes(): { method: string; url: string }[] {
  const routes: { method: string; url: string }[] = [];
  const path: string[] = [];
  for (const line of stand.server.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^((?:│ {3}| {4})*)(?:├── |└── )(.*?)(?: \((.*)\))?$/.exec(line);
    if (match === null) continue;
    const depth = (match[1] ?? '').length / 4;
    path[depth] = match[2] ?? '';
    const url = path
      .slice(0, depth + 1)
      .join('')
      .replaceAll(':id', '1');
    for (const method of (match[3] ?? '').split(', ').filter((name) => name !== '')) routes.push({ method, url });
  }
  return routes;
}

const open = 'GET /api/v1/openapi.json';

test('no route of the API answers without a key, and only the description is open', async () => {
  const routes = allRoutes();
  expect(routes.length).toBeGreaterThan(30);
  const answered: string[] = [];
  for (const { method, url } of routes) {
    const { statusCode } = await stand.server.inject({
      method: method as 'GET',
      url,
      payload: method === 'GET' ? '' : {},
    });
    if (statusCode !== 401) answered.push(`${method} ${url}`);
  }
  expect(answered).toEqual([open]);
});

test('nothing is changed by a key that may only read', async () => {
  const changing = allRoutes().filter(({ method }) => method !== 'GET');
  expect(changing.length).toBeGreaterThan(12);
  for (const { method, url } of changing) {
    const path = url.replace('/api/v1', '');
    const answer = await stand.ask(method as 'POST', path, {}, stand.readKey);
    expect([method, url, answer.status]).toEqual([method, url, 403]);
  }
  expect((await stand.ask('GET', '/settings', undefined, stand.readKey)).status).toBe(200);
});

test('no write takes a field that it does not know, least of all one that says who is asking', async () => {
  const writing = allRoutes().filter(({ method }) => method === 'POST' || method === 'PATCH');
  expect(writing.length).toBeGreaterThan(10);
  for (const { method, url } of writing) {
    for (const field of ['role', 'userId', 'id', 'subscriptionId']) {
      const answer = await stand.ask(method as 'POST', url.replace('/api/v1', ''), { [field]: 'x' });
      const { error } = answer.body;
      expect([method, url, answer.status, error]).toMatchObject([method, url, 400, { code: 'invalid_field', field }]);
    }
  }
});

test('keys of other kinds and wrong keys open nothing', async () => {
  const { apiKey, trackSecret, integrationKey } = stand.keys;
  for (const key of [apiKey, trackSecret, `${integrationKey}x`, integrationKey.slice(0, -1), 'x']) {
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
