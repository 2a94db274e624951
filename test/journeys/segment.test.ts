/** The main journey: Segment's own library in front, a receiver of Pendo webhooks behind, and nothing made up between. */
import { createHmac } from 'node:crypto';
import { Analytics } from '@segment/analytics-node';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Bellwire, startBellwire, type TestWebhook, testKeys } from '../support/bellwire.ts';
import { type ReceivedRequest, type Receiver, startReceiver } from '../support/receiver.ts';

const secret = 'pssst, it’s a secret!';
let bellwire: Bellwire;
let receiver: Receiver;
let webhook: TestWebhook;
let visitor = 0;

beforeAll(async () => {
  receiver = await startReceiver();
  bellwire = await startBellwire();
  webhook = await bellwire.addWebhook({ url: receiver.url, secret });
});
afterAll(async () => {
  await bellwire.close();
  await receiver.close();
});
beforeEach(() => {
  visitor += 1;
});

test('identify, group and track of analytics-node become three signed webhooks in the exact envelope', async () => {
  const { userId, groupId } = names();
  const analytics = new Analytics({ writeKey: testKeys.apiKey, host: bellwire.url, flushAt: 3 });
  const problems: unknown[] = [];
  analytics.on('error', (problem) => problems.push(problem));
  analytics.identify({ userId, traits: { groupId, plan: 'pro', email: 'ada@example.com' } });
  analytics.group({ userId, groupId, traits: { name: 'Acme' } });
  analytics.track({ userId, event: 'Account Upgraded', properties: { toTier: 'pro', fromTier: 'basic' } });
  await analytics.closeAndFlush();
  expect(problems).toEqual([]);

  const requests = [await receiver.next(), await receiver.next(), await receiver.next()];
  expect(requests.map((request) => bodyOf(request).event).sort()).toEqual([
    'accountCreated',
    'trackEventReceived',
    'visitorCreated',
  ]);
  for (const request of requests) {
    const body = bodyOf(request);
    expect(Object.keys(body)).toEqual([
      'app',
      'accountId',
      'subscription',
      'userAgent',
      'event',
      'properties',
      'timestamp',
      'visitorId',
      'uniqueId',
    ]);
    expect(request.body.toString()).toBe(JSON.stringify(body));
    expect(body).toMatchObject({ visitorId: userId, accountId: groupId, app: { id: -323232, platform: 'web' } });
    expect(body.uniqueId).toMatch(/^[0-9a-f]{40}$/);
    expect(Math.abs(body.timestamp * 1000 - Date.now())).toBeLessThan(60_000);
    expectSigned(request);
  }
  const tracked = requests.map(bodyOf).find(({ event }) => event === 'trackEventReceived');
  expect(JSON.stringify(tracked?.properties)).toBe(
    '{"eventProperties":{"fromTier":"basic","toTier":"pro"},"name":"Account Upgraded","source":"server"}',
  );
  const shown = await bellwire.api('GET', `/visitors/${encodeURIComponent(userId)}`);
  expect(shown).toMatchObject({ accountId: groupId, metadata: { segment: { plan: 'pro', email: 'ada@example.com' } } });
});

test('the same calls through the Webhooks destination of Segment give the same', async () => {
  const { userId, groupId } = names();
  const common = { version: 1, userId, context: {}, timestamp: new Date().toISOString() };
  const events = [
    { ...common, type: 'identify', messageId: `i-${userId}`, traits: { groupId, plan: 'pro' } },
    { ...common, type: 'group', messageId: `g-${userId}`, groupId, traits: { name: 'Acme' } },
    {
      ...common,
      type: 'track',
      messageId: `t-${userId}`,
      event: 'Account Upgraded',
      properties: { toTier: 'pro', fromTier: 'basic' },
    },
  ];
  for (const event of events) {
    const response = await fetch(`${bellwire.url}/data/segmentio/${testKeys.apiKey}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'Segment.io/1.0' },
      body: JSON.stringify(event),
    });
    expect(response.status).toBe(200);
  }
  const requests = [await receiver.next(), await receiver.next(), await receiver.next()];
  const bodies = requests.map(bodyOf);
  expect(bodies.map(({ event, visitorId, accountId }) => [event, visitorId, accountId]).sort(byEvent)).toEqual([
    ['accountCreated', userId, groupId],
    ['trackEventReceived', userId, groupId],
    ['visitorCreated', userId, groupId],
  ]);
  const tracked = bodies.find(({ event }) => event === 'trackEventReceived');
  expect(JSON.stringify(tracked?.properties)).toBe(
    '{"eventProperties":{"fromTier":"basic","toTier":"pro"},"name":"Account Upgraded","source":"server"}',
  );
  for (const request of requests) expectSigned(request);
});

test('a batch sent twenty times at once is one event and one delivery', async () => {
  const { userId } = names();
  const before = receiver.requests.length;
  const batch = { batch: [{ type: 'track', event: 'Once', userId, messageId: `once-${userId}` }] };
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      fetch(`${bellwire.url}/v1/batch`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Basic ${Buffer.from(`${testKeys.apiKey}:`).toString('base64')}`,
        },
        body: JSON.stringify(batch),
      }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  await receiver.next();
  await receiver.next();
  const { items } = await bellwire.api<{ items: unknown[] }>('GET', `/events?visitorId=${userId}`);
  expect(items).toHaveLength(2);
  expect(receiver.requests.length - before).toBe(2);
});

test('no key, id or trait of a person is in the log', () => {
  const log = bellwire.log.join('\n');
  expect(log).toContain('listening');
  for (const marker of [...Object.values(testKeys), secret, webhook.signingSecret, 'ada@example.com', 'visitor-']) {
    expect(log).not.toContain(marker);
  }
});

interface Body {
  event: string;
  visitorId: string;
  accountId: string;
  properties: Record<string, unknown>;
  timestamp: number;
  uniqueId: string;
}

function bodyOf(request: ReceivedRequest): Body {
  return JSON.parse(request.body.toString()) as Body;
}

/** What a receiver does, with node:crypto for Pendo's header and with the package for those of Standard Webhooks. */
function expectSigned({ headers, body }: ReceivedRequest): void {
  expect(headers['x-pendo-signature']).toBe(createHmac('sha256', secret).update(body).digest('hex'));
  expect(() => new StandardWebhook(webhook.signingSecret).verify(body.toString(), headers)).not.toThrow();
  const changed = body.toString().replace('{', '{ ');
  expect(() => new StandardWebhook(webhook.signingSecret).verify(changed, headers)).toThrow(/signature/i);
}

function byEvent([a = '']: string[], [b = '']: string[]): number {
  return a < b ? -1 : 1;
}

function names(): { userId: string; groupId: string } {
  return { userId: `visitor-${visitor}`, groupId: `account-${visitor}` };
}
