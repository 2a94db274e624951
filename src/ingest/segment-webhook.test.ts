import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiKey, nowMs, type OpenDoors, openDoors } from '../../test/support/open-doors.ts';

let doors: OpenDoors;
beforeEach(async () => {
  doors = await openDoors();
});
afterEach(() => doors.close());

const path = `/data/segmentio/${apiKey}`;

/** As Segment sends it: the time already corrected, and what it was corrected from beside it. */
const call = {
  version: 1,
  type: 'track',
  userId: 'ada',
  anonymousId: null,
  event: 'Opened',
  properties: { groupId: 'acme' },
  context: { ip: '203.0.113.9', library: { name: 'analytics.js' } },
  messageId: 'ajs-1',
  timestamp: new Date(nowMs - 1000).toISOString(),
  originalTimestamp: new Date(nowMs - 9_000_000).toISOString(),
  sentAt: new Date(nowMs - 8_999_000).toISOString(),
  receivedAt: new Date(nowMs).toISOString(),
};

test('one event: Segment’s own time holds, and the address that Segment names', async () => {
  const answer = await doors.post(path, call);
  expect(answer).toMatchObject({ status: 200, text: '{"success":true}' });
  expect(doors.inputs).toMatchObject([
    {
      appId: 7,
      door: 'segment-webhook',
      visitorId: 'ada',
      accountId: 'acme',
      messageId: 'ajs-1',
      ip: '203.0.113.9',
      userAgent: '',
    },
  ]);
  expect(doors.inputs[0]?.occurredAt).toBe(nowMs - 1000);
});

test('an array of them, a bad one among them', async () => {
  const answer = await doors.post(path, [call, { type: 'delete', userId: 'ada' }, { ...call, messageId: 'ajs-2' }]);
  expect(answer.status).toBe(200);
  expect(doors.inputs.map(({ messageId }) => messageId)).toEqual(['ajs-1', 'ajs-2']);
  expect(doors.warnings).toMatchObject([{ appId: 7, door: 'segment-webhook', reason: 'invalid_field', field: 'type' }]);
});

test.each(['wrong', ''])('a wrong key (%j): 401, and where the right one is found', async (wrong) => {
  const answer = await doors.post(`/data/segmentio/${wrong}`, call);
  expect(answer.status).toBe(401);
  expect(answer.json).toMatchObject({
    error: { code: 'unauthorized', message: expect.stringContaining('Settings > Subscription') },
  });
  expect([doors.inputs, doors.warnings]).toEqual([[], []]);
});

test('is no door for browsers', async () => {
  const text = await doors.post(path, JSON.stringify(call), { 'content-type': 'text/plain' });
  expect(text.status).toBe(415);
  expect((await doors.post(path, call)).headers.get('access-control-allow-origin')).toBeNull();
});

test('too many at once', async () => {
  const answer = await doors.post(
    path,
    Array.from({ length: 2501 }, () => ({})),
  );
  expect(answer).toMatchObject({ status: 400, json: { error: { code: 'too_many_events' } } });
});
