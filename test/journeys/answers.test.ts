/** What each answer of a receiver leads to, from the event's door to the delivery's log. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bellwire, eventually, startBellwire, track } from '../support/bellwire.ts';
import { type Behaviour, hang, type Receiver, startReceiver } from '../support/receiver.ts';

let bellwire: Bellwire;
let receiver: Receiver;

beforeEach(async () => {
  bellwire = await startBellwire();
});
afterEach(async () => {
  await bellwire.close();
  await receiver.close();
});

test('503 twice, then 200: the identical bytes three times, and delivered', async () => {
  await sendTo([503, 503, 200], { retryDelaysSeconds: [0.1, 0.1, 0.1] });
  const requests = [await receiver.next(), await receiver.next(), await receiver.next()];
  const [first] = requests;
  for (const request of requests) {
    expect(request.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true);
    expect(request.headers['webhook-id']).toBe(first?.headers['webhook-id']);
  }
  const delivery = await finished();
  expect(delivery).toMatchObject({ state: 'delivered', attemptCount: 3 });
  expect(delivery.attempts.map(({ status }) => status)).toEqual([503, 503, 200]);
  expect(receiver.requests).toHaveLength(3);
});

test('400 is final: asked once, failed', async () => {
  await sendTo([400, 200], { retryDelaysSeconds: [0.1] });
  expect(await finished()).toMatchObject({ state: 'failed', attemptCount: 1, lastCode: 'http_400', lastStatus: 400 });
  expect(receiver.requests).toHaveLength(1);
});

const busyThenFine: Behaviour = (_request, response, index) => {
  if (index === 0) response.writeHead(429, { 'retry-after': '3' }).end();
  else response.writeHead(200).end();
};

test('429 with Retry-After: 3 is not asked again before three seconds have passed', async () => {
  await sendTo(busyThenFine, { retryDelaysSeconds: [0.1] });
  const [first, second] = [await receiver.next(), await receiver.next()];
  expect(second.arrivedAt - first.arrivedAt).toBeGreaterThanOrEqual(2950);
  expect(await finished()).toMatchObject({ state: 'delivered', attemptCount: 2 });
});

test('a receiver that never answers is closed at its deadline, as a 408', async () => {
  await sendTo(hang(), { timeoutSeconds: 1, retryDelaysSeconds: [] });
  await receiver.brokenOff();
  expect(await finished()).toMatchObject({ state: 'failed', attemptCount: 1, lastStatus: 408, lastCode: 'timeout' });
});

test('410 switches the webhook off and says why', async () => {
  const { id } = await sendTo(410, {});
  const webhook = await eventually(async () => {
    const seen = await bellwire.api<{ enabled: boolean; disabledReason: string }>('GET', `/webhooks/${id}`);
    return seen.enabled ? null : seen;
  });
  expect(webhook.disabledReason).toMatch(/410/);
});

test('switched off: what comes then makes no delivery, what was pending is held, and comes when it is switched on', async () => {
  const { id } = await sendTo([503, 200], { retryDelaysSeconds: [60] });
  await receiver.next();
  await eventually(async () => ((await deliveries()).some(({ state }) => state === 'pending') ? true : null));
  await bellwire.api('POST', `/webhooks/${id}/disable`, {});
  await track(bellwire.url, 'While off');
  expect((await deliveries()).map(({ state }) => state)).toEqual(['held']);
  await bellwire.api('POST', `/webhooks/${id}/enable`, {});
  await track(bellwire.url, 'On again');
  expect(JSON.parse((await receiver.next()).body.toString())).toMatchObject({ properties: { name: 'On again' } });
});

test('a failed delivery can be replayed: the same id and bytes, with all its retries before it', async () => {
  await sendTo([400, 503, 200], { retryDelaysSeconds: [0.1] });
  const failed = await finished();
  await bellwire.api('POST', `/deliveries/${failed.id}/replay`, {});
  const delivered = await eventually(async () => {
    const seen = await bellwire.api<Delivery>('GET', `/deliveries/${failed.id}`);
    return seen.state === 'delivered' ? seen : null;
  });
  expect(delivered.attempts.map(({ status }) => status)).toEqual([400, 503, 200]);
  const bodies = new Set(receiver.requests.map(({ body }) => body.toString()));
  const ids = new Set(receiver.requests.map(({ headers }) => headers['webhook-id']));
  expect([bodies.size, ids.size, receiver.requests.length]).toEqual([1, 1, 3]);
});

test('a webhook of the Segment type gets a track call, with its write key', async () => {
  receiver = await startReceiver();
  await bellwire.close();
  bellwire = await startBellwire({ segmentApiUrl: new URL('/', receiver.url).href.replace(/\/$/, '') });
  const { id } = await bellwire.api<{ id: string }>('POST', '/webhooks', {
    name: 'Segment',
    type: 'segment',
    writeKey: 'seg-write-key',
    events: ['trackEventReceived'],
  });
  await bellwire.api('POST', `/webhooks/${id}/enable`, {});
  await track(bellwire.url, 'Account Upgraded');
  const request = await receiver.next();
  expect(request.path).toBe('/v1/track');
  expect(request.headers['authorization']).toBe(`Basic ${Buffer.from('seg-write-key:').toString('base64')}`);
  expect(JSON.parse(request.body.toString())).toMatchObject({
    type: 'track',
    event: 'trackEventReceived',
    userId: 'ada',
    properties: { name: 'Account Upgraded', accountId: 'acme' },
    context: { groupId: 'acme' },
  });
});

interface Delivery {
  id: string;
  state: string;
  attemptCount: number;
  lastStatus: number | null;
  lastCode: string | null;
  attempts: { status: number | null }[];
}

/** A webhook for Track Events to a receiver that behaves like this, and one event on its way there. */
async function sendTo(behaviour: Parameters<typeof startReceiver>[0], settings: object): Promise<{ id: string }> {
  receiver = await startReceiver(behaviour);
  const webhook = await bellwire.addWebhook({ url: receiver.url, events: ['trackEventReceived'], ...settings });
  expect((await track(bellwire.url, 'Account Upgraded')).status).toBe(200);
  return webhook;
}

async function deliveries(): Promise<Delivery[]> {
  return (await bellwire.api<{ items: Delivery[] }>('GET', '/deliveries')).items;
}

/** The one delivery, when it is done with. */
async function finished(): Promise<Delivery> {
  return eventually(async () => {
    const [delivery] = await deliveries();
    if (delivery === undefined || delivery.state === 'pending') return null;
    return bellwire.api<Delivery>('GET', `/deliveries/${delivery.id}`);
  });
}
