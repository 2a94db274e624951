/** Entries of the audit log as events: what they hold, that nobody sees them who may not read that log, and who may send them where. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { type Browser, openBrowser } from '../../test/support/browser.ts';
import { trackInput } from '../../test/support/event-input.ts';
import { firstAdmin, invited } from '../../test/support/people.ts';
import type { ApiDeps } from './deps.ts';

interface Item {
  id: string;
  type: string;
  eventType: string;
  properties: Record<string, unknown>;
}

let stand: ApiStand;
let admin: Browser;
/** Has adminEvent and trackEventReceived. */
let archive: string;
/** A key that does everything but what is about people. */
let writeKey: string;

async function open(fault?: (parts: ApiDeps) => Partial<ApiDeps>): Promise<void> {
  stand = await openApiStand({}, fault);
  admin = await firstAdmin(stand);
  archive = await add(['adminEvent', 'trackEventReceived']);
  const made = await stand.ask('POST', '/integration-keys', { name: 'Writer', scopes: ['read', 'write'] });
  writeKey = String(made.body['key']);
}
beforeEach(() => open());
afterEach(() => stand.close());

async function add(events: 'all' | string[], more: object = {}): Promise<string> {
  const settings = { name: 'Archive', url: 'http://127.0.0.1:9/hook', events, ...more };
  const { status, body } = await stand.ask('POST', '/webhooks', settings);
  expect([status, body]).toMatchObject([201, {}]);
  const id = String(body['id']);
  await stand.ask('POST', `/webhooks/${id}/enable`, {});
  return id;
}

async function listed(path: string, key?: string): Promise<Item[]> {
  await stand.settled();
  const { status, body } = await stand.ask('GET', path, undefined, key);
  expect([status, body]).toMatchObject([200, {}]);
  return body['items'] as Item[];
}

function actions(items: readonly Item[]): unknown[] {
  return items.map(({ properties }) => properties['action']);
}

function has({ body }: { body: Record<string, unknown> }): boolean {
  return JSON.stringify(body).includes('adminEvent');
}

function isThere({ status }: { status: number }): boolean {
  return status < 400;
}

async function adminEvents(): Promise<Item[]> {
  return listed('/events?type=adminEvent&limit=100');
}

test('an entry is an event in the usual envelope, as the audit log shows it', async () => {
  await admin.ask('PATCH', '/settings', { retentionDays: 7 });
  const [event] = await adminEvents();
  expect(event).toMatchObject({ door: 'audit-log', appId: 0, visitorId: '', accountId: '', withheld: null });
  const [delivery] = await listed(`/deliveries?webhookId=${archive}&eventType=adminEvent`);
  const { body } = await stand.ask('GET', `/deliveries/${String(delivery?.id)}`);
  const sent = JSON.parse(String(body['body'])) as Record<string, unknown>;
  expect(sent).toEqual({
    app: { id: 0, name: 'Bellwire', platform: 'web' },
    accountId: '',
    subscription: stand.directory().subscription,
    userAgent: '',
    event: 'adminEvent',
    properties: {
      action: 'settings.changed',
      actor: { id: expect.any(String), kind: 'user', name: 'ada@example.com' },
      address: '192.0.2.1',
      after: { retentionDays: 7 },
      before: { retentionDays: 30 },
      outcome: 'done',
      targetId: '',
    },
    timestamp: Math.floor(stand.clock.now() / 1000),
    visitorId: '',
    uniqueId: event?.id,
  });
  const entry = (await listed('/audit-log?action=settings.changed&limit=1'))[0];
  expect(entry).toMatchObject({ before: { retentionDays: 30 }, after: { retentionDays: 7 } });
});

test('every entry has its event while a webhook wants them, and none while there is none', async () => {
  const before = await adminEvents();
  // The first is of the webhook itself: it was off until then.
  expect(actions(before).at(-1)).toBe('webhook.enabled');
  await stand.ask('PATCH', '/settings', { retentionDays: 8 }, stand.readKey);
  await openBrowser(stand.server).ask('POST', '/session', { email: 'ada@example.com', password: 'wrong password' });
  const log = await listed('/audit-log?limit=100');
  const events = await adminEvents();
  expect(actions(events)).toEqual(
    log.slice(0, events.length).map((entry) => (entry as unknown as { action: string }).action),
  );
  expect(actions(events)).toContain('PATCH /settings');
  expect(actions(events)).toContain('POST /session');

  await stand.ask('POST', `/webhooks/${archive}/disable`, {});
  await admin.ask('PATCH', '/settings', { retentionDays: 9 });
  expect(await adminEvents()).toHaveLength(events.length);
});

test('no secret is in any of them', async () => {
  const secret = 'MARKED-secret-0001';
  const url = `http://127.0.0.1:9/hook?token=${secret}`;
  const id = await add(['pageLoaded'], { url, secret, headers: { 'x-token': secret } });
  const rotated = await stand.ask('POST', `/webhooks/${id}/rotate-signing-secret`, {});
  const key = await stand.ask('POST', '/integration-keys', { name: 'k', scopes: ['read'] });
  await stand.ask('POST', `/webhooks/${id}/test`, {});
  const all = JSON.stringify(await adminEvents());
  expect(all).toContain('key.created');
  expect(all).toContain('webhook.tested');
  for (const hidden of [secret, String(rotated.body['signingSecret']), String(key.body['key'])])
    expect(all).not.toContain(hidden);
});

test('`all` never means them, and the event says so', async () => {
  const everything = await add('all');
  await admin.ask('PATCH', '/settings', { retentionDays: 7 });
  expect(await listed(`/deliveries?webhookId=${everything}`)).toEqual([]);
  const [event] = await adminEvents();
  const { body } = await stand.ask('GET', `/events/${String(event?.id)}`);
  expect(body).toMatchObject({
    deliveries: [{ webhookId: archive, eventType: 'adminEvent' }],
    notSent: [{ webhookId: everything, reason: 'type_not_chosen' }],
  });
});

/** What each of those may not see who may not read the audit log; answers what they saw all the same. */
async function leaks(): Promise<string[]> {
  for (let index = 0; index < 5; index += 1) await admin.ask('PATCH', '/settings', { retentionDays: 10 + index });
  await stand.ledger.accept([trackInput('ada'), trackInput('ada')], []);
  for (let index = 0; index < 5; index += 1) await admin.ask('PATCH', '/settings', { retentionDays: 20 + index });
  const replay = await stand.ask('POST', '/replays', { eventType: 'adminEvent', states: ['failed'] });
  const [event] = await adminEvents();
  const [delivery] = await listed(`/deliveries?eventType=adminEvent`);
  const own = await listed(`/deliveries?eventType=adminEvent&limit=100`);
  expect(own.length).toBeGreaterThan(10);
  stand.clock.advance(1000);
  await stand.settled();

  const member = (await invited(stand, admin, { email: 'bob@example.com', role: 'member' })).browser;
  type Asked = { method: 'GET' | 'POST'; path: string; body?: object };
  type Ask = (asked: Asked) => Promise<{ status: number; body: Record<string, unknown> }>;
  const byKey =
    (key: string): Ask =>
    ({ method, path, body }) =>
      stand.ask(method, path, body, key);
  const askers: Record<string, Ask> = {
    member: ({ method, path, body }) => member.ask(method, path, body),
    'read key': byKey(stand.readKey),
    'write key': byKey(writeKey),
  };
  const seen: string[] = [];
  for (const [who, ask] of Object.entries(askers)) {
    const one = async (
      what: string,
      isSeen: (answer: Awaited<ReturnType<Ask>>) => boolean,
      method: Asked['method'],
      path: string,
    ) => {
      if (isSeen(await ask({ method, path, ...(method === 'POST' && { body: {} }) }))) seen.push(`${who}: ${what}`);
    };
    await one('events', has, 'GET', '/events?limit=100');
    await one('events by type', has, 'GET', '/events?type=adminEvent');
    await one('events by visitor', has, 'GET', '/events?visitorId=&limit=100');
    await one('deliveries', has, 'GET', '/deliveries?limit=100');
    await one('deliveries of the webhook', has, 'GET', `/deliveries?webhookId=${archive}`);
    await one('deliveries by type', has, 'GET', '/deliveries?eventType=adminEvent');
    await one('an event', isThere, 'GET', `/events/${String(event?.id)}`);
    await one('a delivery', isThere, 'GET', `/deliveries/${String(delivery?.id)}`);
    await one('replays', ({ body }) => (body['items'] as unknown[]).length > 0, 'GET', '/replays');
    await one('a replay', isThere, 'GET', `/replays/${String(replay.body['id'])}`);
    await one(
      'cancelling a replay',
      ({ status }) => status !== 404 && status !== 403,
      'POST',
      `/replays/${String(replay.body['id'])}/cancel`,
    );
    await one(
      'replaying one',
      ({ status }) => status !== 404 && status !== 403,
      'POST',
      `/deliveries/${String(delivery?.id)}/replay`,
    );
    await one('statistics', has, 'GET', '/statistics?step=5m');
    await one(
      'sums',
      ({ body }) => (body['totals'] as Record<string, number>)['matched'] !== 0,
      'GET',
      '/statistics?step=5m',
    );
    await one(
      'what was received',
      ({ body }) => (body['totals'] as Record<string, number>)['received'] !== 3,
      'GET',
      '/statistics?step=5m',
    );
    // In the query, so that a page is full although what is newest is hidden.
    await one(
      'a page that is not full',
      ({ body }) => (body['items'] as unknown[]).length !== 2,
      'GET',
      '/events?limit=2',
    );
  }
  return seen;
}

test('nobody sees them who may not read the audit log', async () => {
  expect(await leaks()).toEqual([]);
});

test('that search finds what routes would show if they did not look who asks', async () => {
  await stand.close();
  await open(({ reads }) => ({
    reads: {
      ...reads,
      events: (filter, page) => reads.events({ ...filter, withAdminEvents: true }, page),
      deliveries: (filter, page) => reads.deliveries({ ...filter, withAdminEvents: true }, page),
      replays: (_filter, page) => reads.replays({ withAdminEvents: true }, page),
      adminEventWebhooks: async () => [],
    },
  }));
  const seen = await leaks();
  for (const what of ['events', 'events by type', 'deliveries', 'deliveries by type', 'replays', 'sums'])
    expect(seen).toContain(`member: ${what}`);
});

test('and what they would show if everybody were an Admin', async () => {
  await stand.close();
  await open(({ directory }) => ({
    directory: () => {
      const users = directory().users.map((user) => Object.assign({}, user, { role: 'admin' as const }));
      return { ...directory(), users };
    },
  }));
  const seen = await leaks();
  for (const what of ['an event', 'a delivery', 'a replay', 'statistics', 'what was received'])
    expect(seen).toContain(`member: ${what}`);
});

test('a replay sends only what whoever asked for it may see', async () => {
  await admin.ask('PATCH', '/settings', { retentionDays: 7 });
  const later = await add(['adminEvent']);
  const asked = { webhookId: later, states: ['never_attempted'] };
  const [event] = await adminEvents();
  for (const over of [{}, { ids: [event?.id] }, { eventType: 'adminEvent' }]) {
    const { body } = await stand.ask('POST', '/replays/count', { ...asked, ...over }, writeKey);
    expect(body).toMatchObject({ matched: 0 });
  }
  const { body } = await stand.ask('POST', '/replays/count', asked);
  expect(body['matched']).toBeGreaterThan(0);
  // The exclude list is about visitors, and this is no visitor's.
  await stand.ask('POST', '/exclusions', { kind: 'visitor', pattern: '*' });
  const again = await stand.ask('POST', '/replays/count', asked);
  expect(again.body['matched']).toBe(Number(body['matched']));
});

test('only who may read the audit log may have it sent somewhere', async () => {
  const choosing = { name: 'Mine', url: 'http://127.0.0.1:9/mine', events: ['adminEvent'] };
  expect(await stand.ask('POST', '/webhooks', choosing, writeKey)).toMatchObject({
    status: 403,
    body: { error: { code: 'forbidden', field: 'events' } },
  });
  const { body } = await stand.ask('POST', '/webhooks', { ...choosing, events: ['pageLoaded'] }, writeKey);
  const path = `/webhooks/${String(body['id'])}`;
  expect(await stand.ask('PATCH', path, { events: ['adminEvent'] }, writeKey)).toMatchObject({ status: 403 });
  expect(await stand.ask('PATCH', path, { url: 'http://127.0.0.1:9/other' }, writeKey)).toMatchObject({ status: 200 });
  // Nor may it be turned to somewhere else, also while what it got before may still wait.
  const turned = { url: 'http://127.0.0.1:9/mine' };
  expect(await stand.ask('PATCH', `/webhooks/${archive}`, turned, writeKey)).toMatchObject({ status: 403 });
  expect(await stand.ask('PATCH', `/webhooks/${archive}`, { events: 'all' })).toMatchObject({ status: 200 });
  expect(await stand.ask('PATCH', `/webhooks/${archive}`, turned, writeKey)).toMatchObject({ status: 403 });
});

test('no door takes one in', async () => {
  const item = { type: 'adminEvent', messageId: 'm1', visitorId: 'ada', accountId: '', properties: {}, timestamp: 1 };
  const count = (await adminEvents()).length;
  const path = `/data/agent/${stand.keys.apiKey}`;
  await stand.server.inject({
    method: 'POST',
    url: path,
    payload: { agentVersion: '2.33.0', sentAt: 1, events: [item] },
  });
  expect(await stand.ask('POST', `/apps/-323232/sample-events`, { type: 'adminEvent' })).toMatchObject({ status: 400 });
  expect(await adminEvents()).toHaveLength(count);
});

test('a test sends a made-up one', async () => {
  await stand.ask('POST', `/webhooks/${archive}/test`, { event: 'adminEvent' });
  const sent = JSON.parse(stand.testSends[0]?.body ?? '') as Record<string, unknown>;
  expect(sent).toMatchObject({ event: 'adminEvent', visitorId: '', properties: { action: 'webhook.changed' } });
});
