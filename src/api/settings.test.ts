import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { sha256Hex } from '../core/app-keys.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

test('apps are made, changed, and get a new Track Event secret', async () => {
  const made = await stand.ask('POST', '/apps', { name: 'Shop' });
  expect(made.status).toBe(201);
  expect(made.headers['cache-control']).toBe('no-store');
  const { trackSecret, ...app } = made.body;
  expect(app).toMatchObject({
    name: 'Shop',
    trackEnabled: true,
    trackSecretHint: `bwt_…${String(trackSecret).slice(-4)}`,
  });
  const path = `/apps/${String(app['id'])}`;
  expect((await stand.ask('GET', path)).body).toEqual(app);
  expect((await stand.ask('PATCH', path, { trackEnabled: false })).body).toEqual({ ...app, trackEnabled: false });
  expect((await stand.ask('GET', '/apps')).body).toMatchObject({ items: [{ name: 'My app' }, { name: 'Shop' }] });

  const rotated = await stand.ask('POST', `${path}/track-secret`);
  expect(rotated.headers['cache-control']).toBe('no-store');
  expect(rotated.body['trackSecret']).not.toBe(trackSecret);
  const entry = stand.directory().apps.find(({ id }) => id === app['id']);
  expect(entry).toMatchObject({ trackSecretHash: sha256Hex(String(rotated.body['trackSecret'])), trackEnabled: false });

  for (const [body, field] of [
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'x', apiKey: 'y' }, 'apiKey'],
  ] as const) {
    expect((await stand.ask('POST', '/apps', body)).body).toMatchObject({ error: { field } });
  }
  expect((await stand.ask('PATCH', '/apps/1', { name: 'x' })).status).toBe(404);
  expect((await stand.ask('POST', '/apps/1/track-secret')).status).toBe(404);
  expect((await stand.ask('GET', '/apps/x')).status).toBe(400);
});

test('the exclude list takes sensible entries once, and gives them up', async () => {
  const made = await stand.ask('POST', '/exclusions', { kind: 'ip', pattern: '10.0.0.0/8' });
  expect(made).toMatchObject({
    status: 201,
    body: { kind: 'ip', pattern: '10.0.0.0/8', createdAt: '2026-01-05T12:00:00.000Z' },
  });
  expect((await stand.ask('POST', '/exclusions', { kind: 'ip', pattern: '10.0.0.0/8' })).status).toBe(409);
  for (const [body, field] of [
    [{ kind: 'ip', pattern: '10.0.0.0/99' }, 'pattern'],
    [{ kind: 'visitor', pattern: '**' }, 'pattern'],
    [{ kind: 'country', pattern: 'x' }, 'kind'],
  ] as const) {
    expect((await stand.ask('POST', '/exclusions', body)).body).toMatchObject({
      error: { code: 'invalid_field', field },
    });
  }
  expect((await stand.ask('GET', '/exclusions')).body['items']).toHaveLength(1);
  const path = `/exclusions/${String(made.body['id'])}`;
  expect((await stand.ask('DELETE', path)).status).toBe(204);
  expect((await stand.ask('DELETE', path)).status).toBe(404);
});

test('settings change one by one', async () => {
  expect((await stand.ask('GET', '/settings')).body).toEqual({ subscriptionName: 'Bellwire', retentionDays: 30 });
  expect((await stand.ask('PATCH', '/settings', { retentionDays: 7 })).body).toEqual({
    subscriptionName: 'Bellwire',
    retentionDays: 7,
  });
  expect((await stand.ask('PATCH', '/settings', { subscriptionName: 'Acme' })).body).toEqual({
    subscriptionName: 'Acme',
    retentionDays: 7,
  });
  expect(stand.directory().subscription.name).toBe('Acme');
  for (const body of [{ retentionDays: 0 }, { retentionDays: 1.5 }, { retentionDays: '7' }]) {
    expect((await stand.ask('PATCH', '/settings', body)).body).toMatchObject({ error: { field: 'retentionDays' } });
  }
});

test('a path or method that there is not is told so', async () => {
  expect((await stand.ask('GET', '/nothing')).body).toMatchObject({ error: { code: 'not_found' } });
  expect((await stand.ask('DELETE', '/settings')).body).toMatchObject({ error: { code: 'method_not_allowed' } });
});

test('the description is served to everybody and tells of every route', async () => {
  const { statusCode, headers, payload } = await stand.server.inject('/api/v1/openapi.json');
  expect([statusCode, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  const { openapi, paths } = JSON.parse(payload) as { openapi: string; paths: Record<string, object> };
  expect(openapi).toBe('3.1.0');
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/api/v1/webhooks/{id}/enable', '/api/v1/visitor/{id}']));
});

test('names are text that every database and every receiver can take', async () => {
  const name = 'A\u0000B\ud800';
  const clean = 'A\ufffdB\ufffd';
  const app = await stand.ask('POST', '/apps', { name });
  expect(app.body['name']).toBe(clean);
  const webhook = await stand.ask('POST', '/webhooks', { name, url: 'https://example.com/' });
  expect(webhook.body['name']).toBe(clean);
  const changed = await stand.ask('PATCH', `/webhooks/${String(webhook.body['id'])}`, { name: `${name}!` });
  expect(changed.body['name']).toBe(`${clean}!`);
  expect((await stand.ask('PATCH', '/settings', { subscriptionName: name })).body['subscriptionName']).toBe(clean);
});
