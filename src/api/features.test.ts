import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { firstAppId } from '../ledger/directory.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

test('each app starts with "Any click", which can be changed and deleted', async () => {
  expect((await stand.ask('GET', '/features')).body).toMatchObject({
    items: [{ appId: firstAppId, name: 'Any click', rule: '*' }],
    nextCursor: null,
  });
  const { body: app } = await stand.ask('POST', '/apps', { name: 'Shop' });
  const { body } = await stand.ask('GET', '/features');
  const made = (body['items'] as { id: string; appId: number }[]).find(({ appId }) => appId === app['id']);
  expect(made).toMatchObject({ name: 'Any click', rule: '*' });
  const path = `/features/${made?.id}`;
  expect((await stand.ask('PATCH', path, { rule: 'a, button' })).body).toMatchObject({ rule: 'a, button' });
  expect((await stand.ask('DELETE', path)).status).toBe(204);
  expect((await stand.ask('DELETE', path)).status).toBe(404);
  expect((await stand.ask('GET', path)).status).toBe(404);
  expect((await stand.ask('PATCH', path, { name: 'x' })).status).toBe(404);
});

test('a feature is made, known to the doors at once, changed, and told of in the audit log', async () => {
  const made = await stand.ask('POST', '/features', { name: ' Checkout ', rule: ' #checkout ' });
  expect(made.status).toBe(201);
  const { id, ...rest } = made.body;
  expect(rest).toEqual({
    appId: null,
    name: 'Checkout',
    rule: '#checkout',
    createdAt: '2026-01-05T12:00:00.000Z',
    changedAt: '2026-01-05T12:00:00.000Z',
  });
  expect(stand.directory().features).toContainEqual(expect.objectContaining({ id, rule: '#checkout' }));
  const path = `/features/${String(id)}`;
  expect((await stand.ask('GET', path)).body).toEqual(made.body);
  expect((await stand.ask('PATCH', path, { appId: firstAppId })).body).toEqual({ ...made.body, appId: firstAppId });
  expect((await stand.ask('DELETE', path)).status).toBe(204);
  const { body: log } = await stand.ask('GET', '/audit-log?limit=3');
  expect(log).toMatchObject({
    items: [
      { action: 'feature.deleted', targetId: id, before: { name: 'Checkout' }, after: null },
      { action: 'feature.changed', targetId: id, before: { appId: null }, after: { appId: firstAppId } },
      { action: 'feature.created', targetId: id, before: null, after: { rule: '#checkout' } },
    ],
  });
});

test('what no click could match is refused, and says why', async () => {
  for (const [body, status, field] of [
    [{ name: 'x', rule: 'a + b' }, 400, 'rule'],
    [{ name: 'x', rule: '   ' }, 400, 'rule'],
    [{ name: 'x', rule: 'a'.repeat(501) }, 400, 'rule'],
    [{ name: ' ', rule: 'a' }, 400, 'name'],
    [{ rule: 'a' }, 400, 'name'],
    [{ name: 'x', rule: 'a', appId: 5 }, 400, 'appId'],
    [{ name: 'x', rule: 'a', app: 5 }, 400, 'app'],
    [{ name: 'x', rule: '*', appId: firstAppId }, 409, 'rule'],
  ] as const) {
    expect(await stand.ask('POST', '/features', body)).toMatchObject({ status, body: { error: { field } } });
  }
  const { body } = await stand.ask('POST', '/features', { name: 'x', rule: 'a' });
  const path = `/features/${String(body['id'])}`;
  expect((await stand.ask('PATCH', path, { rule: ':hover' })).body).toMatchObject({
    error: { code: 'invalid_field', field: 'rule', message: expect.stringContaining('":hover"') },
  });
  expect((await stand.ask('GET', path)).body).toMatchObject({ rule: 'a' });
  expect((await stand.ask('DELETE', path, undefined, stand.readKey)).status).toBe(403);
  expect((await stand.ask('GET', path, undefined, stand.readKey)).status).toBe(200);
});
