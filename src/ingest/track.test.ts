import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiKey, nowMs, type OpenDoors, openDoors, trackSecret, writeKey } from '../../test/support/open-doors.ts';

let doors: OpenDoors;
beforeEach(async () => {
  doors = await openDoors();
});
afterEach(() => doors.close());

const key = { 'x-pendo-integration-key': trackSecret };
const call = {
  type: 'track',
  event: 'Registered',
  visitorId: 'ada',
  accountId: 'acme',
  timestamp: nowMs - 5000,
  properties: { plan: 'Pro Annual', accountType: 'Facebook' },
  context: { ip: '203.0.113.9', userAgent: 'UA', url: 'https://example.com/x', title: 'X' },
};

test('the sample of Pendo’s documentation', async () => {
  expect(await doors.post('/data/track', call, key)).toMatchObject({ status: 200, text: '{"success":true}' });
  expect(doors.inputs).toEqual([
    {
      appId: 7,
      door: 'track',
      receivedAt: nowMs,
      occurredAt: nowMs - 5000,
      timeReplaced: false,
      messageId: null,
      visitorId: 'ada',
      anonymousId: null,
      accountId: 'acme',
      userAgent: 'UA',
      ip: '203.0.113.9',
      host: 'example.com',
      act: {
        kind: 'event',
        type: 'trackEventReceived',
        propertiesJson:
          '{"eventProperties":{"accountType":"Facebook","plan":"Pro Annual"},"name":"Registered","source":"server"}',
        url: 'https://example.com/x',
        title: 'X',
        agentVersion: null,
        agentTooOld: false,
      },
    },
  ]);
});

test('context and account can be left out', async () => {
  await doors.post('/data/track', { event: 'E', visitorId: 7, context: null }, key);
  expect(doors.inputs).toMatchObject([{ visitorId: '7', accountId: null, ip: null, host: null, userAgent: '' }]);
});

test.each([
  [{ event: undefined }, 'event', 'invalid_field'],
  [{ event: ' ' }, 'event', 'invalid_field'],
  [{ event: 'x'.repeat(257) }, 'event', 'invalid_field'],
  [{ visitorId: undefined }, 'visitorId', 'missing_id'],
  [{ visitorId: 'VISITOR-UNIQUE-ID' }, 'visitorId', 'invalid_id'],
  [{ visitorId: 1e20 }, 'visitorId', 'invalid_id'],
  [{ accountId: 'null' }, 'accountId', 'invalid_id'],
  [{ type: 'identify' }, 'type', 'invalid_field'],
  [{ properties: [] }, 'properties', 'invalid_field'],
  [{ properties: { a: { b: 'x'.repeat(8193) } } }, 'properties.a.b', 'invalid_field'],
])('names the field: %#', async (change, field, code) => {
  const answer = await doors.post('/data/track', { ...call, ...change }, key);
  expect(answer).toMatchObject({ status: 400, json: { error: { code, field } } });
  expect(doors.inputs).toEqual([]);
});

test('an event of more than 32 KB', async () => {
  const properties = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`k${index}`, 'x'.repeat(8000)]));
  const answer = await doors.post('/data/track', { ...call, properties }, key);
  expect(answer).toMatchObject({ status: 400, json: { error: { code: 'event_too_large' } } });
});

test.each([{}, { 'x-pendo-integration-key': apiKey }, { 'x-pendo-integration-key': writeKey }])(
  'without the secret: 401',
  async (headers) => {
    const answer = await doors.post('/data/track', call, headers);
    expect(answer).toMatchObject({ status: 401, json: { error: { code: 'unauthorized' } } });
  },
);

test('with the switch off: 403, and the setting is named', async () => {
  doors.trackEnabled(false);
  const answer = await doors.post('/data/track', call, key);
  expect(answer).toMatchObject({
    status: 403,
    json: { error: { code: 'track_off', message: expect.stringContaining('"Track Events"') } },
  });
});

test('what the ledger refuses is an error, what it knows already is not', async () => {
  doors.answer = async () => [{ kind: 'refused', reason: 'r', message: 'Because.' }];
  expect(await doors.post('/data/track', call, key)).toMatchObject({
    status: 400,
    json: { error: { message: 'Because.' } },
  });
  doors.answer = async () => [{ kind: 'duplicate' }];
  expect((await doors.post('/data/track', call, key)).status).toBe(200);
});
