import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apiKey, nowMs, type OpenDoors, openDoors } from '../../test/support/open-doors.ts';

let doors: OpenDoors;
beforeEach(async () => {
  doors = await openDoors();
});
afterEach(() => doors.close());

const path = `/data/agent/${apiKey}`;
const item = {
  visitorId: 'ada',
  accountId: 'acme',
  timestamp: nowMs - 3_600_000,
  url: 'https://app.example.com:8443/x',
  title: 'X',
};
const guide = { guideId: 'g1', guideStepId: 's1', language: 'en' };

function send(events: unknown, more: object = {}) {
  return doors.post(path, { agentVersion: '2.33.0', sentAt: nowMs - 3_600_000, events, ...more });
}

/** What the ledger got for one item, as an event. */
async function event(type: string, properties: unknown, more: object = {}) {
  const answer = await send([{ ...item, type, properties }], more);
  expect(answer.json).toEqual({ accepted: 1, duplicates: 0, refused: [] });
  const act = doors.inputs.at(-1)?.act;
  if (act?.kind !== 'event') throw new Error('no event');
  return { ...act, properties: JSON.parse(act.propertiesJson) };
}

test('an item becomes an input, its clock corrected', async () => {
  const answer = await doors.post(
    path,
    gzipSync(
      JSON.stringify({
        agentVersion: '2.33.0',
        sentAt: nowMs - 3_600_000,
        events: [{ ...item, type: 'pageLoad', messageId: 'm' }],
      }),
    ),
    { 'content-type': 'text/plain', 'content-encoding': 'gzip', 'user-agent': 'UA' },
  );
  expect(answer).toMatchObject({ status: 200, json: { accepted: 1, duplicates: 0, refused: [] } });
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(doors.inputs).toEqual([
    {
      appId: 7,
      door: 'agent',
      receivedAt: nowMs,
      occurredAt: nowMs,
      timeReplaced: false,
      messageId: 'm',
      visitorId: 'ada',
      anonymousId: null,
      accountId: 'acme',
      userAgent: 'UA',
      ip: '127.0.0.1',
      host: 'app.example.com:8443',
      act: {
        kind: 'event',
        type: 'pageLoaded',
        propertiesJson:
          '{"name":"","pageProperties":{},"source":"web","title":"X","url":"https://app.example.com:8443/x"}',
        url: 'https://app.example.com:8443/x',
        title: 'X',
        agentVersion: '2.33.0',
        agentTooOld: false,
      },
    },
  ]);
});

describe('events', () => {
  test('track', async () => {
    const { type, propertiesJson } = await event('track', { name: 'Saved', eventProperties: { b: 1, a: 2 } });
    expect([type, propertiesJson]).toEqual([
      'trackEventReceived',
      '{"eventProperties":{"a":2,"b":1},"name":"Saved","source":"web"}',
    ]);
  });

  test('clicks, raw and on a feature', async () => {
    expect(await event('click', { z: 1, a: 2 })).toMatchObject({ type: 'click', propertiesJson: '{"a":2,"z":1}' });
    expect(await event('featureClicked', { featureId: 'f' })).toMatchObject({
      type: 'featureClicked',
      properties: { featureId: 'f', name: '', url: item.url },
    });
  });

  test('guides have every member that receivers know, and what was given', async () => {
    const { properties } = await event('guideDisplayed', {
      ...guide,
      language: undefined,
      guideProperties: { name: 'Tour' },
      extra: 1,
    });
    expect(properties).toEqual({
      extra: 1,
      guideId: 'g1',
      guideProperties: {
        createdAt: 0,
        createdByUser: { username: '' },
        id: 'g1',
        lastUpdatedAt: 0,
        lastUpdatedByUser: { username: '' },
        name: 'Tour',
        steps: [{ id: 's1', lastUpdatedAt: 0, resetAt: 0, type: '' }],
      },
      guideStepId: 's1',
      language: '',
    });
  });

  test('NPS and polls', async () => {
    expect((await event('npsDisplayed', guide)).type).toBe('npsDisplayed');
    expect((await event('npsSubmitted', { ...guide, nps: { rating: 10 } })).properties.nps).toEqual({
      rating: 10,
      reason: '',
      source: 'web',
    });
    expect((await event('pollDisplayed', guide)).type).toBe('pollDisplayed');
    const poll = { id: 'p', question: 'Q?', type: 'PickList', response: 'Yes' };
    expect((await event('pollSubmitted', { ...guide, poll })).properties.poll).toEqual({ ...poll, source: 'web' });
  });

  test.each([
    ['2.32.9', true],
    ['2.9.0', true],
    ['1.99', true],
    ['2.33.0', false],
    ['2.100.1', false],
    ['10.0.0', false],
    [null, false],
  ])('agent %s is too old for NPS: %s', async (agentVersion, old) => {
    expect(await event('npsDisplayed', guide, { agentVersion })).toMatchObject({ agentTooOld: old, agentVersion });
    expect(await event('guideDisplayed', guide, { agentVersion })).toMatchObject({ agentTooOld: false });
  });
});

test('identify: who it is now, and who it was', async () => {
  const properties = {
    visitor: { id: 'ada', Email: 'a@b.c' },
    account: { id: 'acme', plan: 'team' },
    oldVisitorId: '_PENDO_T_x1',
  };
  await send([
    { ...item, accountId: undefined, type: 'identify', properties },
    { ...item, type: 'identify', properties: { oldVisitorId: 'grace' } },
  ]);
  expect(doors.inputs).toMatchObject([
    {
      visitorId: 'ada',
      anonymousId: '_PENDO_T_x1',
      accountId: 'acme',
      act: { kind: 'identify', visitorMetadata: { email: 'a@b.c' }, accountMetadata: { plan: 'team' } },
    },
    { anonymousId: null, act: { kind: 'identify' } },
  ]);
});

test('group: the account and what is known of it', async () => {
  await send([
    { ...item, type: 'group', properties: { account: { id: 'acme', Plan: 'team' } } },
    { ...item, type: 'group', properties: { Plan: 'solo' } },
  ]);
  expect(doors.inputs.map(({ act }) => act)).toEqual([
    { kind: 'group', accountMetadata: { plan: 'team' } },
    { kind: 'group', accountMetadata: { plan: 'solo' } },
  ]);
});

test.each([
  [{ type: 'track', properties: {} }, 'properties.name'],
  [{ type: 'track', properties: { name: 'E', eventProperties: 'x' } }, 'properties.eventProperties'],
  [{ type: 'visitorCreated' }, 'type'],
  [{ type: 'featureClicked', properties: {} }, 'properties.featureId'],
  [{ type: 'guideDisplayed', properties: { ...guide, guideId: 7 } }, 'properties.guideId'],
  [{ type: 'guideDisplayed', properties: { guideId: 'g' } }, 'properties.guideStepId'],
  [{ type: 'guideDisplayed', properties: { ...guide, guideProperties: [] } }, 'properties.guideProperties'],
  [{ type: 'npsSubmitted', properties: guide }, 'properties.nps'],
  [{ type: 'npsSubmitted', properties: { ...guide, nps: { rating: 11 } } }, 'properties.nps.rating'],
  [{ type: 'npsSubmitted', properties: { ...guide, nps: { rating: '9' } } }, 'properties.nps.rating'],
  [{ type: 'npsSubmitted', properties: { ...guide, nps: { rating: 9, reason: 1 } } }, 'properties.nps.reason'],
  [{ type: 'pollSubmitted', properties: { ...guide, poll: { response: 'x' } } }, 'properties.poll.id'],
  [{ type: 'pollSubmitted', properties: { ...guide, poll: { id: 'p' } } }, 'properties.poll.response'],
  [{ type: 'click', visitorId: '' }, 'visitorId'],
  [{ type: 'identify', properties: { visitor: 'ada' } }, 'properties.visitor'],
  [{ type: 'identify', properties: { account: ['acme'] } }, 'properties.account'],
  [{ type: 'identify', properties: { oldVisitorId: {} } }, 'properties.oldVisitorId'],
  [{ type: 'identify', accountId: '', properties: { account: { plan: 'team' } } }, 'properties.account.id'],
  [{ type: 'group', accountId: null }, 'accountId'],
])('names the field, in the answer and in a warning: %#', async (change, field) => {
  const answer = await send([
    { ...item, type: 'click' },
    { ...item, ...change },
    { ...item, type: 'click' },
  ]);
  expect(answer.json).toEqual({
    accepted: 2,
    duplicates: 0,
    refused: [{ index: 1, code: expect.any(String), message: expect.any(String), field }],
  });
  expect(doors.warnings).toMatchObject([{ door: 'agent', field }]);
});

test('counts what the ledger says of each, and does not tell who is not to be processed', async () => {
  doors.answer = async () => [
    { kind: 'accepted', eventId: null },
    { kind: 'duplicate' },
    { kind: 'not_processed' },
    { kind: 'refused', reason: 'named_merge', message: 'No.' },
  ];
  const click = { ...item, type: 'click' };
  const answer = await send([click, 'nothing', click, click, click]);
  expect(answer.json).toEqual({
    accepted: 2,
    duplicates: 1,
    refused: [expect.objectContaining({ index: 1 }), { index: 4, code: 'named_merge', message: 'No.', field: '' }],
  });
});

test.each([
  [{ events: {} }, 'events'],
  [{ events: Array.from({ length: 2501 }, () => 1) }, 'events'],
  [{ agentVersion: 'new', events: [] }, 'agentVersion'],
])('a body that is wrong as a whole: %#', async (body, field) => {
  expect(await doors.post(path, body)).toMatchObject({ status: 400, json: { error: { field } } });
});

test('a wrong key', async () => {
  const answer = await doors.post('/data/agent/wrong', { events: [] });
  expect(answer).toMatchObject({ status: 401, json: { error: { code: 'unauthorized' } } });
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
});

test('with the Track switch off only track is refused', async () => {
  doors.trackEnabled(false);
  const answer = await send([
    { ...item, type: 'track', properties: { name: 'E' } },
    { ...item, type: 'click' },
  ]);
  expect(answer.json).toMatchObject({ accepted: 1, refused: [{ index: 0, code: 'track_off' }] });
});

describe('a page cannot name an encoding without a preflight, so gzip', () => {
  const body = { agentVersion: '3.0.0', events: [{ ...item, type: 'pageLoad', messageId: 'packed' }] };
  const packed = gzipSync(JSON.stringify(body));

  test('is known by how it begins', async () => {
    const answer = await doors.post(path, packed, { 'content-type': 'text/plain' });
    expect(answer).toMatchObject({ status: 200, json: { accepted: 1 } });
    expect(doors.inputs).toMatchObject([{ messageId: 'packed' }]);
  });

  test.each([
    ['is broken', packed.subarray(0, -5)],
    ['goes on after its end', Buffer.concat([packed, Buffer.from('x')])],
    ['is none but for its start', Buffer.from([0x1f, 0x8b, 1, 2, 3])],
  ])('that %s is refused', async (_, bytes) => {
    const answer = await doors.post(path, bytes, { 'content-type': 'text/plain' });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'invalid_encoding' } } });
  });

  test('that says it is something else is that', async () => {
    const answer = await doors.post(path, packed, { 'content-type': 'text/plain', 'content-encoding': 'identity' });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'invalid_utf8' } } });
  });
});
