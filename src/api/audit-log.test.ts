/** What stands in the audit log after each thing that can be done, and that nothing secret does. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiRoutes } from '../../test/support/api-routes.ts';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { type Browser, openBrowser } from '../../test/support/browser.ts';
import { firstAdmin, goodPassword, invited } from '../../test/support/people.ts';
import { limits } from '../core/limits.ts';
import { deleteOldAuditEntries, insertAuditEntry } from '../store/audit-log.ts';
import { createActing } from './acting.ts';

interface Entry {
  id: number;
  at: string;
  actor: { kind: string; id: string; name: string; address: string };
  action: string;
  outcome: string;
  targetId: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
}

let stand: ApiStand;
let admin: Browser;
beforeEach(async () => {
  stand = await openApiStand();
  admin = await firstAdmin(stand);
});
afterEach(() => stand.close());

async function entries(query = ''): Promise<Entry[]> {
  await stand.settled();
  const { status, body } = await admin.ask('GET', `/audit-log?limit=200${query}`);
  expect(status).toBe(200);
  return body['items'] as Entry[];
}

test('what an Admin does is there with who, from where, what, and how it was before and after', async () => {
  await admin.ask('PATCH', '/settings', { retentionDays: 7 });
  expect((await entries('&action=settings.changed'))[0]).toMatchObject({
    at: new Date(stand.clock.now()).toISOString(),
    actor: { kind: 'user', name: 'ada@example.com', address: '192.0.2.1' },
    outcome: 'done',
    targetId: '',
    before: { retentionDays: 30 },
    after: { retentionDays: 7 },
  });
  const { body } = await admin.ask('POST', '/exclusions', { kind: 'visitor', pattern: 'test-*' });
  await admin.ask('DELETE', `/exclusions/${String(body['id'])}`);
  const [removed, added] = await entries(`&targetId=${String(body['id'])}`);
  expect(added).toMatchObject({ action: 'exclusion.added', before: null, after: { pattern: 'test-*' } });
  expect(removed).toMatchObject({ action: 'exclusion.removed', before: { pattern: 'test-*' }, after: null });
});

test('keys stand there by name, and whatever signs somebody in by whom', async () => {
  await stand.ask('PATCH', '/settings', { subscriptionName: 'Acme' });
  expect((await entries('&action=settings.changed'))[0]?.actor).toMatchObject({ kind: 'key', name: 'First key' });
  const { id } = await invited(stand, admin, { email: 'bob@example.com', role: 'member' });
  const of = await entries(`&targetId=${id}`);
  expect(of.map(({ action, actor }) => [action, actor.name])).toEqual([
    ['user.password_chosen', 'bob@example.com'],
    ['user.invited', 'ada@example.com'],
  ]);
  const setUp = await entries('&action=user.set_up');
  expect(setUp[0]?.actor).toMatchObject({ kind: 'user', name: 'ada@example.com', address: '192.0.2.1' });
});

test('no secret of any kind is in it, and none of what opens something', async () => {
  const secret = 'MARKED-secret-of-the-receiver-0001';
  const { body } = await admin.ask('POST', '/webhooks', {
    name: 'CRM',
    url: `http://127.0.0.1:9999/hook?token=${secret}`,
    secret,
    headers: { authorization: secret },
    events: 'all',
  });
  const id = String(body['id']);
  const other = `${secret}-changed`;
  await admin.ask('PATCH', `/webhooks/${id}`, { secret: other, name: 'CRM 2' });
  const rotated = await admin.ask('POST', `/webhooks/${id}/rotate-signing-secret`, {});
  const key = await admin.ask('POST', '/integration-keys', { name: 'k', scopes: ['read'] });
  const app = await admin.ask('POST', '/apps', { name: 'Shop' });
  const user = await admin.ask('POST', '/users', { email: 'bob@example.com', role: 'member' });
  await admin.ask('POST', '/session/password', { current: goodPassword, password: 'three hedgehogs play chess' });
  const all = await entries();
  expect(all.map(({ action }) => action)).toEqual([
    'user.password_changed',
    'user.invited',
    'app.created',
    'key.created',
    'webhook.secret_rotated',
    'webhook.changed',
    'webhook.created',
    'user.set_up',
  ]);
  const text = JSON.stringify(all);
  expect(text).toContain('CRM 2');
  const secrets = [
    secret,
    body['signingSecret'],
    rotated.body['signingSecret'],
    key.body['key'],
    app.body['trackSecret'],
    String(user.body['link']).split('#')[1],
    goodPassword,
    'three hedgehogs',
    ...admin.cookies.values(),
  ];
  for (const shown of secrets) {
    expect(String(shown).length).toBeGreaterThan(12);
    expect(text).not.toContain(String(shown));
  }
});

test('what was refused is there: by role, by scope, from another site, and wrong passwords', async () => {
  const { browser } = await invited(stand, admin, { email: 'bob@example.com', role: 'member' });
  await browser.ask('DELETE', '/webhooks/wh_1');
  stand.clock.advance(10_000);
  await stand.ask('PATCH', '/settings', { retentionDays: 1 }, stand.readKey);
  stand.clock.advance(10_000);
  await admin.ask('PATCH', '/settings', { retentionDays: 1 }, { origin: 'https://evil.example' });
  stand.clock.advance(10_000);
  await openBrowser(stand.server).ask('POST', '/session', { email: 'eve@example.com', password: 'MARKED guess' });
  stand.clock.advance(10_000);
  await stand.ask('GET', '/settings', undefined, 'bwi_MARKED_unknown');
  const refused = await entries('&outcome=refused');
  expect(refused.map(({ actor, action, targetId }) => [actor.kind, actor.name, action, targetId])).toEqual([
    ['anybody', '', 'GET /settings', ''],
    ['anybody', '', 'POST /session', 'eve@example.com'],
    ['user', 'ada@example.com', 'PATCH /settings', ''],
    ['key', 'Reader', 'PATCH /settings', ''],
    ['user', 'bob@example.com', 'DELETE /webhooks/:id', 'wh_1'],
  ]);
  expect(JSON.stringify(refused)).not.toContain('MARKED');
});

test('whoever has a thousand things refused fills neither the log nor the time of the database', async () => {
  for (let count = 0; count < 1000; count += 1) await stand.ask('GET', '/settings', undefined, `wrong ${count}`);
  expect((await entries('&outcome=refused')).length).toBeLessThanOrEqual(2);
});

test('a change that was not made leaves no entry, and every one that was made one', async () => {
  const before = (await entries()).length;
  await admin.ask('DELETE', '/webhooks/wh_none');
  await admin.ask('POST', '/users', { email: 'ada@example.com', role: 'member' });
  await admin.ask('PATCH', '/settings', { retentionDays: -1 });
  expect(await entries()).toHaveLength(before);
});

test('line ends in names are kept as what they are, and make no lines', async () => {
  await admin.ask('POST', '/apps', { name: 'Shop\r\n{"forged":1}' });
  const [entry] = await entries('&action=app.created');
  expect(entry?.after).toMatchObject({ name: 'Shop\r\n{"forged":1}' });
  const [row] = await stand.look.rows("select after_json from audit_entries where action = 'app.created'");
  expect(String(row?.['after_json'])).not.toMatch(/[\r\n]/);
});

test('it comes in pages, and can be asked by time', async () => {
  for (let days = 1; days <= 5; days += 1) {
    stand.clock.advance(1000);
    await admin.ask('PATCH', '/settings', { retentionDays: days });
  }
  const seen: number[] = [];
  let cursor: string | null = null;
  do {
    const more = cursor === null ? '' : `&cursor=${cursor}`;
    const { body } = await admin.ask('GET', `/audit-log?limit=2${more}`);
    seen.push(...(body['items'] as Entry[]).map(({ id }) => id));
    cursor = body['nextCursor'] as string | null;
  } while (cursor !== null);
  expect(seen).toEqual(seen.toSorted((a, b) => b - a));
  expect(new Set(seen).size).toBe(6);
  const from = new Date(stand.clock.now() - 1500).toISOString();
  expect(await entries(`&from=${from}`)).toHaveLength(2);
  expect(await entries(`&before=${from}`)).toHaveLength(4);
});

test('nothing in the API changes or deletes an entry, and they leave after a year', async () => {
  const routes = apiRoutes(stand.server).filter(({ pattern }) => pattern.startsWith('/audit'));
  expect(routes).toMatchObject([{ method: 'GET', pattern: '/audit-log' }]);
  const { db } = stand.look;
  const now = stand.clock.now();
  const entry = { action: 'old', outcome: 'done', targetId: '', beforeJson: null, afterJson: null } as const;
  const actor = { kind: 'server', id: '', name: '', address: '' } as const;
  await insertAuditEntry(db, { ...entry, actor, at: now - limits.auditKeptMs - 1 });
  await insertAuditEntry(db, { ...entry, actor, at: now - limits.auditKeptMs + 1 });
  expect(await entries('&action=old')).toHaveLength(2);
  await deleteOldAuditEntries(db, now);
  expect(await entries('&action=old')).toHaveLength(1);
});

test('a change for nobody does not get through: a route that lost whose request it answers is found out', async () => {
  const { ledger } = createActing(stand.ledger);
  expect(() => ledger.changeSettings({ retentionDays: 1 })).toThrow('Nobody is known');
  expect((await stand.reads.settings()).retentionDays).toBe(30);
});
