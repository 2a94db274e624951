/** What charts show is what happened, to the number, and within two seconds. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, attempt, openApiStand } from '../../test/support/api-stand.ts';
import { testAppId, trackInput } from '../../test/support/event-input.ts';
import { reportOf } from '../core/attempt-text.ts';
import type { Verdict } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';

const hourMs = 3_600_000;
let stand: ApiStand;
let hook: string;
let other: string;
beforeAll(async () => {
  stand = await openApiStand();
  // In the middle of an hour and of a span, so that what follows within seconds lies in one of each.
  const now = stand.clock.now();
  stand.clock.advance(hourMs - (now % hourMs) + hourMs / 2 + 150_000);
  hook = await addHook();
  other = await addHook();
});
afterAll(() => stand.close());

async function addHook(): Promise<string> {
  const { body } = await stand.ask('POST', '/webhooks', {
    name: 'Counted',
    url: 'https://127.0.0.1:9443/',
    events: ['trackEventReceived'],
  });
  await stand.ask('POST', `/webhooks/${String(body['id'])}/enable`);
  return String(body['id']);
}

async function send(visitorId: string, door: 'segment' | 'track' = 'segment'): Promise<string> {
  const input = trackInput(visitorId, { receivedAt: stand.clock.now(), door });
  const results = await stand.ledger.accept([input], []);
  const [result] = results;
  return result?.kind === 'accepted' ? (result.eventId ?? '') : '';
}

async function report(
  eventId: string,
  status: number,
  verdict: Verdict,
  totalMs: number,
  again = false,
): Promise<void> {
  const made = attempt(
    stand.clock.now(),
    'https://127.0.0.1:9443/',
    status,
    verdict.kind === 'delivered' ? null : verdict.code,
  );
  const timed = { ...made, timings: { ...made.timings, totalMs } };
  await stand.settled();
  const recorded = stand.ledger.record([
    reportOf({ eventId, webhookId: hook, attempt: timed, verdict, ...(again ? { again: true } : {}) }),
  ]);
  await stand.settled();
  await recorded;
}

/** Counts are written after a second. */
async function written(): Promise<void> {
  stand.clock.advance(1000);
  await stand.settled();
}

async function get(path: string): Promise<Record<string, unknown>> {
  const { status, body } = await stand.ask('GET', path);
  expect([status, body]).toMatchObject([200, {}]);
  return body;
}

/** What the API tells of one way in. */
async function door(name: string): Promise<unknown> {
  const { items } = await get(`/apps/${testAppId}/sources`);
  return (items as { door: string }[]).find((source) => source.door === name);
}

test('what came in and what became of it is counted, and the sums of the series are the totals', async () => {
  const [first, second, third] = [await send('a'), await send('b'), await send('c', 'track')];
  await stand.ledger.accept(
    [],
    [
      {
        appId: testAppId,
        door: 'track',
        reason: 'missing_id',
        message: 'No id.',
        field: '',
        messageId: null,
        sample: '',
        receivedAt: stand.clock.now(),
      },
    ],
  );
  await report(first, 200, { kind: 'delivered' }, 40);
  await report(second, 503, { kind: 'retry', dueAt: stand.clock.now() + 2000, code: 'http_503' }, 180);
  await report(third, 410, { kind: 'failed', code: 'http_410', disableWebhook: null }, 900);
  await written();

  const statistics = await get(`/webhooks/${hook}/statistics?step=5m`);
  expect(statistics).toMatchObject({
    funnel: {
      received: 6,
      matched: 3,
      delivered: 1,
      retried: 1,
      failed: 1,
      cancelled: 0,
      pendingCount: 1,
      retryingCount: 1,
    },
    codes: [
      { name: 'http_410', count: 1 },
      { name: 'http_503', count: 1 },
    ],
  });
  expect(statistics['medianMs']).toBeGreaterThan(100);
  expect(statistics['medianMs']).toBeLessThanOrEqual(200);
  expect(statistics['p95Ms']).toBeGreaterThan(700);
  expect(statistics['p95Ms']).toBeLessThanOrEqual(1000);
  const points = statistics['series'] as Record<string, number>[];
  expect(points.filter(({ matched }) => matched !== 0)).toMatchObject([
    { matched: 3, delivered: 1, retried: 1, failed: 1 },
  ]);

  for (const step of ['5m', '1h', '1d']) {
    const overview = await get(`/statistics?step=${step}`);
    expect(overview).toMatchObject({
      // Of two webhooks, one of which nobody sends to.
      totals: { received: 6, matched: 6, delivered: 1, retried: 1, failed: 1 },
      receivedByType: [
        { name: 'trackEventReceived', count: 3 },
        { name: 'visitorCreated', count: 3 },
      ],
    });
    const series = overview['series'] as Record<string, number>[];
    expect(series.reduce((sum, { received = 0 }) => sum + received, 0)).toBe(6);
  }
});

test('all webhooks are told of in one call: what is pending, what was last, and the last hour', async () => {
  const { items } = await get('/webhook-summaries');
  const summaries = items as { webhookId: string; lastHour: unknown[] }[];
  expect(summaries).toHaveLength(2);
  const one = summaries.find(({ webhookId }) => webhookId === hook);
  expect(one).toMatchObject({ pendingCount: 1, retryingCount: 1 });
  expect(one).toMatchObject({ lastDeliveredAt: expect.any(String), lastFailedAt: expect.any(String) });
  expect(one?.lastHour).toHaveLength(12);
  expect(one?.lastHour.at(-1)).toMatchObject({ delivered: 1, failed: 1 });
  expect(summaries.find(({ webhookId }) => webhookId === other)).toMatchObject({
    pendingCount: 3,
    retryingCount: 0,
    lastDeliveredAt: null,
  });
});

test('a retry that is delivered is pending no more, and a discard cancels what it counted', async () => {
  const { body } = await stand.ask('GET', `/deliveries?webhookId=${hook}&state=pending`);
  const [delivery] = body['items'] as { eventId: string }[];
  // It is due, and claimed again.
  stand.clock.advance(2000);
  await stand.settled();
  await report(delivery?.eventId ?? '', 200, { kind: 'delivered' }, 20, true);
  await stand.ask('POST', `/webhooks/${other}/disable`);
  await stand.ask('POST', `/webhooks/${other}/enable`, { held: 'discard' });
  const { items } = await get('/webhook-summaries');
  expect(items as object[]).toMatchObject([
    { pendingCount: 0, retryingCount: 0 },
    { pendingCount: 0, retryingCount: 0 },
  ]);
  await stand.settled();
  await written();
  expect(await get(`/webhooks/${other}/statistics`)).toMatchObject({
    funnel: { matched: 3, cancelled: 3, pendingCount: 0 },
  });
  expect(await get(`/webhooks/${hook}/statistics`)).toMatchObject({ funnel: { delivered: 2, pendingCount: 0 } });
});

test('a page that waits for a first event sees it within two seconds, by its door', async () => {
  expect(await door('agent')).toMatchObject({ lastEventAt: null, lastHour: { events: 0, warnings: 0 } });
  expect(await door('track')).toMatchObject({
    lastHour: { events: 2, warnings: 1 },
    lastDay: { events: 2, warnings: 1 },
  });
  const at = stand.clock.now();
  await stand.ledger.accept([{ ...trackInput('d', { receivedAt: at }), door: 'agent' }], []);
  await written();
  expect(await door('agent')).toMatchObject({ lastEventAt: new Date(at).toISOString(), lastHour: { events: 2 } });
  stand.clock.advance(2 * hourMs);
  expect(await door('agent')).toMatchObject({
    lastEventAt: new Date(at).toISOString(),
    lastHour: { events: 0 },
    lastDay: { events: 2 },
  });
});

test('short spans leave after two days and long ones after a month; when something came last is known for ever', async () => {
  const before = stand.clock.now();
  const spans = async () => {
    const rows = await stand.look.rows('select distinct span from tallies where bucket_at < ? order by span', before);
    return rows.map(({ span }) => span);
  };
  expect(await spans()).toEqual(['1h', '5m', 'ever']);
  for (const [days, kept] of [
    [3, ['1h', 'ever']],
    [32, ['ever']],
  ] as const) {
    stand.clock.advance(days * 24 * hourMs);
    await stand.settled();
    // After a leap of the clock what is old is held for a while.
    stand.clock.advance(2 * hourMs);
    await stand.settled();
    expect(await spans()).toEqual(kept);
  }
  // What was pending until its time was over has failed, and is counted as that.
  await written();
  const { codes } = await get(`/webhooks/${other}/statistics?step=1h`);
  expect(codes).toEqual([{ name: 'expired', count: 1 }]);
});

test.each([
  ['step', 'from=2026-01-01T00:00:00Z&before=2026-12-01T00:00:00Z&step=5m'],
  ['from', 'from=2026-02-01T00:00:00Z&before=2026-01-01T00:00:00Z'],
  ['from', 'from=yesterday'],
  ['step', 'step=2h'],
])('what cannot be drawn is refused at "%s"', async (field, query) => {
  const { status, body } = await stand.ask('GET', `/statistics?${query}`);
  expect([status, body]).toMatchObject([400, { error: { code: 'invalid_field', field } }]);
});

test('the longest series is answered in full', async () => {
  const query = `from=2026-01-01T00:00:00Z&before=2026-01-02T09:20:00Z&step=5m`;
  const { series } = await get(`/statistics?${query}`);
  expect(series).toHaveLength(limits.seriesPointsMax);
});

test('there are no statistics of a webhook that is not there', async () => {
  expect((await stand.ask('GET', '/webhooks/wh_000000000000/statistics')).status).toBe(404);
  expect((await stand.ask('GET', '/apps/7/sources')).status).toBe(404);
});
