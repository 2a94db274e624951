import { gzipSync } from 'node:zlib';
import { Analytics } from '@segment/analytics-node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apiKey, nowMs, type OpenDoors, openDoors } from '../../test/support/open-doors.ts';
import { BellwireError } from '../core/errors.ts';

let doors: OpenDoors;
beforeEach(async () => {
  doors = await openDoors();
});
afterEach(() => doors.close());

const iso = new Date(nowMs).toISOString();
const basic = { authorization: `Basic ${btoa(`${apiKey}:`)}` };
const chrome = 'Mozilla/5.0 Chrome/142.0.7444.59';

/** One call through its own path; answers what the ledger got. */
async function sent(path: string, body: object) {
  const answer = await doors.post(path, { writeKey: apiKey, ...body });
  expect(answer).toMatchObject({ status: 200, text: '{"success":true}' });
  const [input] = doors.inputs;
  return { input, warnings: doors.warnings };
}

describe('each call becomes what it says', () => {
  test('track', async () => {
    const { input } = await sent('/v1/track', {
      userId: 'ada',
      anonymousId: 'f00',
      event: 'Plan "Upgraded"',
      messageId: 'm1',
      properties: { to: 'team', from: 'starter', groupId: 'acme' },
      context: {
        groupId: 'other',
        ip: '203.0.113.9',
        userAgent: chrome,
        page: { url: 'https://App.example.com:3000/x', title: 'X' },
      },
      timestamp: iso,
    });
    expect(input).toEqual({
      appId: 7,
      door: 'segment',
      receivedAt: nowMs,
      occurredAt: nowMs,
      timeReplaced: false,
      messageId: 'm1',
      visitorId: 'ada',
      anonymousId: '_PENDO_T_f00',
      accountId: 'acme',
      userAgent: chrome,
      ip: '203.0.113.9',
      host: 'app.example.com:3000',
      act: {
        kind: 'event',
        type: 'trackEventReceived',
        propertiesJson:
          '{"eventProperties":{"from":"starter","groupId":"acme","to":"team"},"name":"Plan \\"Upgraded\\"","source":"server"}',
        url: 'https://App.example.com:3000/x',
        title: 'X',
        agentVersion: null,
        agentTooOld: false,
      },
    });
  });

  test.each(['page', 'screen'])('%s', async (type) => {
    const { input } = await sent(`/v1/${type}`, {
      anonymousId: 'f00',
      name: 'Home',
      category: 'Docs',
      properties: { url: 'https://u:p@example.com/a', title: 'T', path: '/a', name: 'Home' },
      context: { groupId: 'acme' },
    });
    expect(input).toMatchObject({
      visitorId: '_PENDO_T_f00',
      anonymousId: null,
      accountId: 'acme',
      host: 'example.com',
    });
    expect(input?.act).toMatchObject({
      type: 'pageLoaded',
      propertiesJson:
        '{"name":"Home","pageProperties":{"category":"Docs","path":"/a"},"source":"server","title":"T","url":"https://u:p@example.com/a"}',
      url: 'https://u:p@example.com/a',
      title: 'T',
    });
  });

  test('identify: traits are metadata, the group is no trait', async () => {
    const { input } = await sent('/v1/identify', {
      userId: 42,
      anonymousId: 'f00',
      traits: {
        Email: 'a@b.c',
        groupId: 'acme',
        plan: null,
        tags: ['a', 1],
        company: { id: 1 },
        list: [{}],
        __proto: 1,
      },
    });
    expect(input).toMatchObject({ visitorId: '42', anonymousId: '_PENDO_T_f00', accountId: 'acme' });
    expect(input?.act).toEqual({
      kind: 'identify',
      visitorMetadata: { email: 'a@b.c', plan: null, tags: ['a', 1], __proto: 1 },
      accountMetadata: {},
    });
  });

  test('identify: the group of the context, and none', async () => {
    await sent('/v1/identify', { userId: 'a', context: { groupId: 'acme' } });
    await sent('/v1/identify', { userId: 'a', traits: { groupId: '' } });
    expect(doors.inputs.map(({ accountId }) => accountId)).toEqual(['acme', null]);
  });

  test('group', async () => {
    const { input } = await sent('/v1/group', { userId: 'ada', groupId: 'acme', traits: { Name: 'Acme', seats: 12 } });
    expect(input).toMatchObject({
      accountId: 'acme',
      act: { kind: 'group', accountMetadata: { name: 'Acme', seats: 12 } },
    });
  });

  test.each([
    ['2b3f0c61-9f0e-4ad2-8b40-0d4f7b1f3a52', undefined, true],
    ['f00', 'f00', true],
    ['_PENDO_T_f00', undefined, false],
    ['grace', 'f00', false],
  ])('alias of %s', async (previousId, anonymousId, looksAnonymous) => {
    const { input } = await sent('/v1/alias', { userId: 'ada', previousId, anonymousId });
    expect(input).toMatchObject({ visitorId: 'ada', act: { kind: 'alias', previousId, looksAnonymous } });
  });

  test('the short forms of the browser, as text, with its own address and agent', async () => {
    for (const short of ['i', 't', 'p', 's', 'g', 'a']) {
      const body = {
        writeKey: apiKey,
        userId: 'ada',
        event: 'E',
        groupId: 'g',
        previousId: 'f00',
        context: { library: { name: 'analytics.js' } },
      };
      const answer = await doors.post(`/v1/${short}`, JSON.stringify(body), {
        'content-type': 'text/plain',
        'user-agent': chrome,
      });
      expect(answer.status).toBe(200);
    }
    expect(doors.inputs.map(({ act }) => (act.kind === 'event' ? act.type : act.kind))).toEqual([
      'identify',
      'trackEventReceived',
      'pageLoaded',
      'pageLoaded',
      'group',
      'alias',
    ]);
    expect(doors.inputs[1]).toMatchObject({ ip: '127.0.0.1', userAgent: chrome });
    expect(doors.inputs[1]?.act).toMatchObject({ propertiesJson: '{"eventProperties":{},"name":"E","source":"web"}' });
  });

  test('a user agent that is too long is cut, wherever it stands', async () => {
    const long = 'x'.repeat(5000);
    const context = { library: { name: 'analytics.js' } };
    for (const said of [context, { ...context, userAgent: long }]) {
      const body = { writeKey: apiKey, userId: 'ada', event: 'E', context: said };
      await doors.post('/v1/t', JSON.stringify(body), { 'content-type': 'text/plain', 'user-agent': long });
    }
    expect(doors.inputs.map(({ userAgent }) => userAgent.length)).toEqual([1024, 1024]);
  });

  test('a __proto__ in traits is a key like any other', async () => {
    const answer = await doors.post(
      '/v1/identify',
      `{"writeKey":"${apiKey}","userId":"a","traits":{"__proto__":"x","constructor":"y"}}`,
    );
    expect(answer.status).toBe(200);
    const act = structuredClone(doors.inputs[0]?.act);
    expect(JSON.stringify(act)).toContain('{"__proto__":"x","constructor":"y"}');
  });
});

test.each([
  [{ channel: 'client' }, 'web'],
  [{ channel: 'mobile' }, 'mobile'],
  [{ channel: 'server', context: { library: { name: 'analytics.js' } } }, 'server'],
  [{ context: { library: { name: '@segment/analytics-react-native' } } }, 'mobile'],
  [{ context: { library: { name: 'analytics-ios' } } }, 'mobile'],
  [{ context: { library: { name: 'analytics-kotlin' } } }, 'mobile'],
  [{ context: { library: { name: 'analytics_flutter' } } }, 'mobile'],
  [{ context: { library: { name: '@segment/analytics-node' } } }, 'server'],
  [{ context: { library: 'analytics-python' } }, 'server'],
  [{}, 'server'],
])('the source of %j is %s', async (more, source) => {
  const { input } = await sent('/v1/track', { userId: 'a', event: 'E', ...more });
  expect(input?.act).toMatchObject({ propertiesJson: expect.stringContaining(`"source":"${source}"`) });
});

describe('time', () => {
  test('is corrected for the sender’s clock, call by call and for a batch', async () => {
    const call = { type: 'track', userId: 'a', event: 'E', timestamp: nowMs - 7_200_000 - 300 };
    const sentAt = new Date(nowMs - 7_200_000).toISOString();
    await sent('/v1/track', { ...call, sentAt });
    await sent('/v1/batch', { batch: [call, { ...call, originalTimestamp: nowMs - 7_200_000 - 100 }], sentAt });
    expect(doors.inputs.map(({ occurredAt }) => occurredAt - nowMs)).toEqual([-300, -300, -100]);
  });

  test.each(['275761-01-01', -1, 'NaN', 1e308, nowMs + 90_000_000])('%j is replaced and flagged', async (timestamp) => {
    const { input } = await sent('/v1/track', { userId: 'a', event: 'E', timestamp });
    expect(input).toMatchObject({ occurredAt: nowMs, timeReplaced: true });
  });
});

/** A call whose JSON has so many bytes. */
function callOf(bytes: number) {
  const call = { type: 'track', userId: 'a', event: 'E', context: { pad: [''] } };
  const left = () => bytes - JSON.stringify(call).length;
  while (left() > 4000) call.context.pad.push('x'.repeat(3000));
  call.context.pad.push('x'.repeat(left() - 3));
  return call;
}

/** The JSON of a call whose properties nest so deep. */
function nested(levels: number): string {
  const arrays = '['.repeat(levels) + ']'.repeat(levels);
  return `{"type":"track","userId":"a","event":"E","properties":{"a":${arrays}}}`;
}

describe('batches', () => {
  test('a bad event leaves its neighbours alone, and a warning behind', async () => {
    const { warnings } = await sent('/v1/batch', {
      context: { groupId: 'acme', library: { name: 'analytics.js' } },
      batch: [
        { type: 'track', userId: 'a', event: 'One' },
        { type: 'track', userId: 'undefined', event: 'Two', messageId: 'm2' },
        { type: 'track', event: 'Three' },
        { type: 'track', userId: 'a' },
        { type: 'delete', userId: 'a' },
        'no event',
        { type: 'track', userId: 'a', event: 'Six', properties: { a: { b: ['x'.repeat(9000)] } } },
        { type: 'track', userId: 12345678901234567890n.toString(), event: 'Seven', context: { groupId: 'own' } },
      ],
    });
    expect(doors.inputs.map(({ accountId, act }) => [accountId, act.kind === 'event' && act.propertiesJson])).toEqual([
      ['acme', '{"eventProperties":{},"name":"One","source":"web"}'],
      ['own', '{"eventProperties":{},"name":"Seven","source":"web"}'],
    ]);
    expect(warnings.map(({ reason, field }) => [reason, field])).toEqual([
      ['invalid_id', 'userId'],
      ['missing_id', 'userId'],
      ['invalid_field', 'event'],
      ['invalid_field', 'type'],
      ['invalid_body', ''],
      ['invalid_field', 'properties.a.b[0]'],
    ]);
    expect(warnings[0]).toMatchObject({ appId: 7, door: 'segment', messageId: 'm2', receivedAt: nowMs });
    expect(JSON.parse(warnings[0]?.sample ?? '')).toMatchObject({ event: 'Two' });
    expect(warnings[5]?.sample).toHaveLength(2048);
  });

  test('gzip, as analytics-python sends it', async () => {
    const body = gzipSync(JSON.stringify({ writeKey: apiKey, batch: [{ type: 'track', userId: 'a', event: 'E' }] }));
    const answer = await doors.post('/v1/batch', body, { 'content-encoding': 'gzip' });
    expect(answer.status).toBe(200);
    expect(doors.inputs).toHaveLength(1);
  });

  test('more than 2,500 events: 200, none kept, and a warning', async () => {
    const batch = Array.from({ length: 2501 }, () => ({ type: 'track', userId: 'a', event: 'E' }));
    const { warnings } = await sent('/v1/batch', { batch });
    expect(doors.inputs).toEqual([]);
    expect(warnings).toMatchObject([{ reason: 'too_many_events', field: 'batch' }]);
    await sent('/v1/batch', { batch: batch.slice(1) });
    expect(doors.inputs).toHaveLength(2500);
  });

  test('the size of each event counts, not only that of the batch', async () => {
    expect(JSON.stringify(callOf(32 * 1024))).toHaveLength(32 * 1024);
    const { warnings } = await sent('/v1/batch', { batch: [callOf(32 * 1024), callOf(32 * 1024 + 1), callOf(500)] });
    expect(doors.inputs).toHaveLength(2);
    expect(warnings).toMatchObject([{ reason: 'event_too_large' }]);
    const alone = await doors.post('/v1/track', callOf(32 * 1024 + 1), basic);
    expect(alone).toMatchObject({ status: 400, json: { code: 'event_too_large', error: { code: 'event_too_large' } } });
  });

  test('what nests without end harms nobody', async () => {
    const events = [nested(33), nested(1000), nested(5000), nested(100_000), nested(10)].join(',');
    const answer = await doors.post('/v1/batch', `{"writeKey":"${apiKey}","batch":[${events}]}`);
    expect(answer.status).toBe(200);
    expect(doors.inputs).toHaveLength(1);
    expect(doors.warnings.map(({ reason }) => reason)).toEqual(Array.from({ length: 4 }, () => 'invalid_field'));
  });
});

describe('keys', () => {
  test('in the header before that in the body', async () => {
    await doors.post('/v1/track', { writeKey: 'wrong', userId: 'a', event: 'E' }, basic);
    expect(doors.inputs).toHaveLength(1);
  });

  test('that nobody has: 200, and a warning that does not keep the key, a few times a second', async () => {
    for (let count = 0; count < 30; count += 1) {
      const answer = await doors.post('/v1/track', { writeKey: 'somebody-elses-key', userId: 'a', event: 'E' });
      expect(answer).toMatchObject({ status: 200, text: '{"success":true}' });
    }
    expect(doors.inputs).toEqual([]);
    expect(doors.warnings).toHaveLength(20);
    expect(doors.warnings[0]).toMatchObject({ appId: null, reason: 'unknown_key', sample: '{"writeKey":"some…"}' });
    expect(JSON.stringify(doors.warnings)).not.toContain('somebody');
  });
});

test('with the Track switch off: 200 and a warning, and the rest is taken', async () => {
  doors.trackEnabled(false);
  const batch = [
    { type: 'track', userId: 'a', event: 'E' },
    { type: 'identify', userId: 'a' },
  ];
  const { warnings } = await sent('/v1/batch', { batch });
  expect(doors.inputs).toMatchObject([{ act: { kind: 'identify' } }]);
  expect(warnings).toMatchObject([{ reason: 'track_off', message: expect.stringContaining('Track Events') }]);
});

describe('answers', () => {
  test.each([
    ['no JSON', '{', 'invalid_json'],
    ['too large', `{"a":"${'x'.repeat(600 * 1024)}"}`, 'too_large'],
  ])('%s: 400, in words that analytics-python reads too', async (_name, body, code) => {
    const answer = await doors.post('/v1/batch', body, basic);
    expect(answer).toMatchObject({ status: 400, json: { code, message: expect.any(String), error: { code } } });
  });

  test('a ledger that cannot write: 503 and Retry-After', async () => {
    doors.answer = () => Promise.reject(new BellwireError('storage_unavailable', 'The disk is full.'));
    const answer = await doors.post('/v1/track', { userId: 'a', event: 'E' }, basic);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('an app over its rate: 429 and Retry-After, for it alone', async () => {
    const limited = await openDoors({}, { ratePerSecond: 1 });
    const send = () => limited.post('/v1/track', { userId: 'a', event: 'E' }, basic);
    expect([(await send()).status, (await send()).status]).toEqual([200, 200]);
    const answer = await send();
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await limited.post('/v1/track', { writeKey: 'other' })).status).toBe(200);
    await limited.close();
  });

  test('preflights, from any page and without credentials', async () => {
    for (const path of ['/v1/t', '/v1/batch', '/v1/m', `/data/agent/${apiKey}`]) {
      const response = await fetch(doors.url + path, {
        method: 'OPTIONS',
        headers: { origin: 'null', 'access-control-request-method': 'POST' },
      });
      expect(response.status).toBe(204);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-headers')).toBe('authorization, content-type, x-retry-count');
      expect(response.headers.get('access-control-allow-methods')).toBe('POST');
      expect(response.headers.get('access-control-allow-credentials')).toBeNull();
      expect(Number(response.headers.get('access-control-max-age'))).toBeGreaterThan(0);
    }
    const answer = await doors.post('/v1/t', { userId: 'a', event: 'E' }, basic);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  });

  test('measurements of analytics.js are taken and dropped', async () => {
    const answer = await doors.post('/v1/m', '{"series":[]}', { 'content-type': 'text/plain' });
    expect(answer).toMatchObject({ status: 200, text: '{"success":true}' });
    expect([doors.inputs, doors.warnings]).toEqual([[], []]);
  });
});

test('the real @segment/analytics-node, unmodified', async () => {
  const analytics = new Analytics({ writeKey: apiKey, host: doors.url, flushAt: 4 });
  const failed: unknown[] = [];
  analytics.on('error', (error) => failed.push(error));
  analytics.identify({ userId: 'ada', anonymousId: 'f00', traits: { email: 'ada@example.com', groupId: 'acme' } });
  analytics.group({ userId: 'ada', groupId: 'acme', traits: { name: 'Acme' } });
  analytics.track({ userId: 'ada', event: 'Plan Upgraded', properties: { to: 'team' } });
  analytics.page({ userId: 'ada', name: 'Home', properties: { url: 'https://example.com/' } });
  await analytics.closeAndFlush();
  expect(failed).toEqual([]);
  expect(doors.warnings).toEqual([]);
  expect(doors.inputs.map(({ act }) => (act.kind === 'event' ? act.type : act.kind))).toEqual([
    'identify',
    'group',
    'trackEventReceived',
    'pageLoaded',
  ]);
  expect(doors.inputs).toMatchObject(
    Array.from({ length: 4 }, () => ({ visitorId: 'ada', messageId: expect.stringMatching(/^node-next-/) })),
  );
});
