/** Integration keys as an Admin makes and revokes them, and how far each gets. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import type { Browser } from '../../test/support/browser.ts';
import { firstAdmin } from '../../test/support/people.ts';
import { sha256Hex } from '../core/app-keys.ts';
import { allows, type Scope, scopes } from '../core/scope.ts';

let stand: ApiStand;
let admin: Browser;
beforeEach(async () => {
  stand = await openApiStand();
  admin = await firstAdmin(stand);
});
afterEach(() => stand.close());

async function made(...given: Scope[]): Promise<{ id: string; key: string }> {
  const { status, body } = await admin.ask('POST', '/integration-keys', { name: 'CRM', scopes: given });
  expect(status).toBe(201);
  return { id: String(body['id']), key: String(body['key']) };
}

test('a key is shown once, kept as its hash, and names itself', async () => {
  const { id, key } = await made('read');
  expect(key).toMatch(new RegExp(`^bwi_${id}_[\\w-]{32}$`));
  const { body } = await admin.ask('GET', '/integration-keys');
  const items = body['items'] as Record<string, unknown>[];
  expect(items.find((item) => item['id'] === id)).toMatchObject({
    name: 'CRM',
    scopes: ['read'],
    hint: `bwi_${id}_…${key.slice(-4)}`,
  });
  expect(JSON.stringify(body)).not.toContain(key);
  const kept = await stand.look.everything();
  expect(kept).toContain(sha256Hex(key));
  expect(kept).not.toContain(key);
  expect((await admin.ask('PATCH', `/integration-keys/${id}`, { name: 'ERP' })).body).toMatchObject({ name: 'ERP' });
});

test.each<[Scope[], number, number, number]>([
  [['read'], 200, 403, 403],
  [['write'], 200, 200, 403],
  [['people'], 403, 403, 200],
  [['metadata'], 403, 403, 403],
  [['read', 'people'], 200, 403, 200],
])('%j reads %i, changes %i, and sees people %i', async (given, reading, changing, people) => {
  const { key } = await made(...given);
  const statuses = [
    (await stand.ask('GET', '/settings', undefined, key)).status,
    (await stand.ask('PATCH', '/settings', { retentionDays: 7 }, key)).status,
    (await stand.ask('GET', '/users', undefined, key)).status,
  ];
  expect(statuses).toEqual([reading, changing, people]);
});

test('a revoked key opens nothing any more, at once', async () => {
  const { id, key } = await made('write');
  expect((await stand.ask('GET', '/settings', undefined, key)).status).toBe(200);
  expect((await admin.ask('DELETE', `/integration-keys/${id}`)).status).toBe(204);
  expect((await stand.ask('GET', '/settings', undefined, key)).status).toBe(401);
  expect((await admin.ask('DELETE', `/integration-keys/${id}`)).status).toBe(404);
});

test('it is known when a key was last used, to some minutes', async () => {
  const { id, key } = await made('read');
  const lastUsed = async (): Promise<unknown> => {
    await stand.settled();
    return (await stand.reads.integrationKeys()).find((known) => known.id === id)?.lastUsedAt;
  };
  expect(await lastUsed()).toBeNull();
  const first = stand.clock.now();
  await stand.ask('GET', '/settings', undefined, key);
  expect(await lastUsed()).toBe(first);
  stand.clock.advance(60_000);
  await stand.ask('GET', '/settings', undefined, key);
  expect(await lastUsed()).toBe(first);
  stand.clock.advance(300_000);
  await stand.ask('GET', '/settings', undefined, key);
  expect(await lastUsed()).toBe(stand.clock.now());
});

test('a key cannot give what it has not', async () => {
  const { key } = await made('people', 'read');
  const give = (wanted: Scope[]) => stand.ask('POST', '/integration-keys', { name: 'x', scopes: wanted }, key);
  expect(await give(['write'])).toMatchObject({ status: 403, body: { error: { field: 'scopes' } } });
  expect((await give(['people', 'read'])).status).toBe(201);
});

test.each([[[]], [['root']], [['read', 'read']]])('%j are no scopes', async (given) => {
  const { status } = await admin.ask('POST', '/integration-keys', { name: 'x', scopes: given });
  expect(status).toBe(400);
});

test('nothing but the scope itself lets a key near people', () => {
  for (const scope of scopes) expect(allows([scope], 'people')).toBe(scope === 'people');
  expect(allows(['write', 'read', 'metadata'], 'people')).toBe(false);
});
