/** Entries of the audit log on their way to real receivers, and that what sending them leads to comes to an end. */
import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bellwire, eventually, startBellwire, testKeys } from '../support/bellwire.ts';
import { type ReceivedRequest, type Receiver, startReceiver } from '../support/receiver.ts';

interface Listed {
  id: string;
  state: string;
  properties: Record<string, unknown>;
}

let bellwire: Bellwire;
let receiver: Receiver;

beforeEach(async () => {
  receiver = await startReceiver();
  bellwire = await startBellwire({
    segmentApiUrl: `http://127.0.0.1:${receiver.port}`,
    adminEmail: 'ada@example.com',
    adminPassword: 'a lighthouse in the fog',
  });
});
afterEach(async () => {
  await bellwire.close();
  await receiver.close();
});

function bodyOf({ body }: ReceivedRequest): { event: string; properties: Record<string, unknown> } {
  return JSON.parse(body.toString());
}

async function listed(path: string): Promise<Listed[]> {
  return (await bellwire.api<{ items: Listed[] }>('GET', path)).items;
}

test('they are signed, sent at once, and sent again by a replay', async () => {
  const { id } = await bellwire.addWebhook({ url: receiver.url, secret: 'a secret', events: ['adminEvent'] });
  // That it was switched on is the first that it hears of.
  expect(bodyOf(await receiver.next()).properties).toMatchObject({ action: 'webhook.enabled', targetId: id });
  await bellwire.api('PATCH', '/settings', { retentionDays: 12 });
  const request = await receiver.next();
  expect(bodyOf(request)).toMatchObject({
    event: 'adminEvent',
    properties: { action: 'settings.changed', actor: { kind: 'key' }, after: { retentionDays: 12 } },
  });
  const signature = createHmac('sha256', 'a secret').update(request.body).digest('hex');
  expect(request.headers['x-pendo-signature']).toBe(signature);

  const delivery = await eventually(async () => {
    const [first] = await listed('/deliveries?eventType=adminEvent&limit=1');
    return first?.state === 'delivered' ? first : null;
  });
  await bellwire.api('POST', `/deliveries/${delivery.id}/replay`, {});
  // That somebody did that is an entry of its own, and which of the two comes first is nobody's promise.
  const two = [await receiver.next(), await receiver.next()];
  const actions = new Set(two.map((one) => bodyOf(one).properties['action']));
  expect(actions).toEqual(new Set(['delivery.replayed', 'settings.changed']));
  expect(two.some(({ body }) => body.equals(request.body))).toBe(true);
});

test('Segment gets them as calls of nobody whom it knows', async () => {
  await bellwire.addWebhook({ type: 'segment', writeKey: 'write-key', events: ['adminEvent'] });
  expect(bodyOf(await receiver.next())).toMatchObject({
    type: 'track',
    event: 'adminEvent',
    anonymousId: 'bellwire',
    properties: { action: 'webhook.enabled' },
  });
});

test('receivers that are gone end it: each webhook is switched off once, and the others hear of it', async () => {
  const hooks: string[] = [];
  receiver.behave(410);
  for (const name of ['one', 'two', 'three']) {
    const settings = { name, url: receiver.url, events: ['adminEvent'] };
    hooks.push((await bellwire.api<{ id: string }>('POST', '/webhooks', settings)).id);
  }
  for (const id of hooks) await bellwire.api('POST', `/webhooks/${id}/enable`, {});
  await eventually(async () => {
    const { items } = await bellwire.api<{ items: { enabled: boolean }[] }>('GET', '/webhooks');
    return items.every(({ enabled }) => !enabled) ? true : null;
  });
  // Whatever was still on its way has been answered when a later event of somebody else's has.
  const quiet = await startReceiver();
  await bellwire.addWebhook({ url: quiet.url, events: ['adminEvent'] });
  await quiet.next();
  const log = await listed('/audit-log?action=webhook.disabled&limit=100');
  expect(log).toHaveLength(hooks.length);
  // At most each of the six changes to each of three.
  expect(receiver.requests.length).toBeLessThanOrEqual(18);
  const count = receiver.requests.length;
  await bellwire.api('PATCH', '/settings', { retentionDays: 12 });
  await quiet.next();
  expect(receiver.requests).toHaveLength(count);
  await quiet.close();
});

test('what changes something beside the pages leaves an entry too', async () => {
  const { id } = await bellwire.addWebhook({ url: receiver.url, events: ['pageLoaded'] });
  await bellwire.api('POST', `/webhooks/${id}/test`, { event: 'npsSubmitted' });
  await bellwire.api('POST', '/webhooks/test', { url: `${receiver.url}?token=hidden` });
  const [app] = await listed('/apps');
  await bellwire.api('POST', `/apps/${String(app?.id)}/sample-events`, {});
  const values = ['ada', 'bob', 'eve'].map((visitorId) => ({ visitorId, values: { plan: 'pro' } }));
  for (const create of [true, false]) {
    const path = `/api/v1/metadata/visitor/custom/value?create=${String(create)}`;
    const headers = { 'content-type': 'application/json', 'x-pendo-integration-key': testKeys.integrationKey };
    const unknown = [{ visitorId: 'nobody', values: { plan: 'pro' } }];
    // Of the second request nothing is taken, so nothing was done.
    const body = JSON.stringify(create ? values : unknown);
    expect((await fetch(bellwire.url + path, { method: 'POST', headers, body })).status).toBe(200);
  }
  const log = await bellwire.api<{ items: Record<string, unknown>[] }>('GET', '/audit-log');
  const actor = { kind: 'key', name: 'First key', address: expect.stringContaining('127.0.0.1') };
  expect(log.items).toMatchObject([
    {
      action: 'metadata.written',
      actor,
      after: { kind: 'visitor', group: 'custom', create: true, updatedCount: 0, createdCount: 3 },
    },
    { action: 'app.sample_sent', actor, targetId: String(app?.id), after: { type: 'trackEventReceived' } },
    { action: 'webhook.tested', actor, targetId: '', after: { event: 'ping', url: `${receiver.url}?…`, status: 200 } },
    { action: 'webhook.tested', actor, targetId: id, after: { event: 'npsSubmitted', status: 200, code: null } },
    { action: 'webhook.enabled' },
    { action: 'webhook.created' },
    { action: 'user.set_up', actor: { kind: 'server', name: 'Bellwire' }, after: { email: 'ada@example.com' } },
  ]);
  expect(JSON.stringify(log)).not.toContain('hidden');
});
