/** Names that our own code gives to members of its values: an event may have them too, and then they are the event's. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiKey, nowMs, type OpenDoors, openDoors, trackSecret, writeKey } from '../../test/support/open-doors.ts';

let doors: OpenDoors;
beforeEach(async () => {
  doors = await openDoors();
});
afterEach(() => doors.close());

const words = [
  'refused',
  'message',
  'field',
  'code',
  'error',
  'ok',
  'kind',
  'act',
  'then',
  'toJSON',
  'length',
  'change',
];
const values = [true, 1, 'internal', null, { message: 'x' }];
const odd = (word: string) =>
  values.map((value) => ({ [word]: value, ...(word === 'message' ? {} : { message: 'mine', field: 'f' }) }));

const own = { 'x-pendo-integration-key': trackSecret };
const who = { visitorId: 'ada', accountId: 'acme' };
const step = { guideId: 'g', guideStepId: 's', language: 'en' };

test.each(words)('%s', async (word) => {
  for (const mine of odd(word)) {
    const calls = [
      { type: 'track', event: 'E', userId: 'ada', properties: mine, context: { ...mine, groupId: 'acme' } },
      { type: 'page', name: 'P', userId: 'ada', properties: mine },
      { type: 'identify', userId: 'ada', traits: mine, context: { traits: mine } },
      { type: 'group', userId: 'ada', groupId: 'acme', traits: mine },
    ].map((call) => Object.assign({}, mine, call));
    const items = [
      { type: 'track', properties: { name: 'E', eventProperties: mine } },
      { type: 'identify', properties: { visitor: { id: 'ada', ...mine }, account: { id: 'acme', ...mine } } },
      { type: 'guideDisplayed', properties: { ...step, guideProperties: { id: 'g', ...mine } } },
      { type: 'npsSubmitted', properties: { ...step, nps: { rating: 9, ...mine } } },
      { type: 'pollSubmitted', properties: { ...step, poll: { id: 'p', response: 'r', ...mine } } },
    ].map((item) => Object.assign({ timestamp: nowMs, url: 'https://x.example/', title: '' }, who, item));
    const answers = [
      await doors.post('/v1/batch', { ...mine, writeKey: apiKey, batch: calls }),
      await doors.post(`/data/segmentio/${apiKey}`, calls),
      await doors.post('/data/track', { ...mine, event: 'E', visitorId: 'ada', properties: mine, context: mine }, own),
      await doors.post(`/data/agent/${apiKey}`, { ...mine, agentVersion: '2.33.0', sentAt: nowMs, events: items }),
      await doors.post(
        '/api/v1/metadata/visitor/custom/value?create=true',
        [{ visitorId: 'ada', values: { [word]: 'x' } }],
        { 'x-pendo-integration-key': writeKey },
      ),
    ];
    expect(answers.map(({ status, text }) => [status, text])).toEqual(answers.map(() => [200, expect.any(String)]));
    expect(answers[3]?.json).toMatchObject({ accepted: items.length, refused: [] });
  }
  expect(doors.warnings).toEqual([]);
  expect(doors.inputs).toHaveLength(values.length * (4 + 4 + 1 + 5));
  expect(doors.writes).toHaveLength(values.length);
});

test('what an event says is its own also in words of ours', async () => {
  const mine = { amount: 12, refused: true };
  await doors.post('/data/track', { event: 'payment', visitorId: 'ada', properties: mine }, own);
  const act = doors.inputs[0]?.act;
  expect(act?.kind === 'event' && JSON.parse(act.propertiesJson)).toMatchObject({ eventProperties: mine });
});
