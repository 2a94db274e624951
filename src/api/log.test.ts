import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, attempt, openApiStand } from '../../test/support/api-stand.ts';
import {
  aliasInput,
  eventAct,
  groupInput,
  identifyInput,
  testAppId,
  trackInput,
} from '../../test/support/event-input.ts';
import { reportOf } from '../core/attempt-text.ts';
import type { Verdict } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import { attemptAnswer } from './attempt-schema.ts';

let stand: ApiStand;
let hook: string;
beforeAll(async () => {
  stand = await openApiStand();
  hook = await addHook({ events: ['trackEventReceived'] });
  await stand.ask('POST', `/webhooks/${hook}/enable`);
});
afterAll(() => stand.close());

async function addHook(over: object): Promise<string> {
  const { body } = await stand.ask('POST', '/webhooks', { name: 'Log', url: 'https://127.0.0.1:9443/', ...over });
  return String(body['id']);
}

/** Pages through a list with two items a page, so that every cursor is used. */
async function all(path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor = '';
  for (;;) {
    const { status, body } = await stand.ask('GET', `${path}${path.includes('?') ? '&' : '?'}limit=2${cursor}`);
    expect(status).toBe(200);
    items.push(...(body['items'] as Record<string, unknown>[]));
    if (typeof body['nextCursor'] !== 'string') return items;
    cursor = `&cursor=${body['nextCursor']}`;
  }
}

async function report(visitorId: string, status: number, verdict: Verdict): Promise<string> {
  await stand.settled();
  const { items } = await stand.reads.deliveries({ visitorId, webhookId: hook }, { limit: 1, cursor: null });
  const { eventId = '', id = '', attemptCount = 0 } = items[0] ?? {};
  const code = verdict.kind === 'delivered' ? null : verdict.code;
  const recorded = stand.ledger.record([
    reportOf({
      eventId,
      webhookId: hook,
      attempt: attempt(stand.clock.now(), 'https://127.0.0.1:9443/', status, code),
      verdict,
      ...(attemptCount > 0 ? { again: true } : {}),
    }),
  ]);
  await stand.settled();
  await recorded;
  return id;
}

async function namesOf(query: string): Promise<unknown[]> {
  const events = await all(`/events?type=trackEventReceived&visitorId=pages${query}`);
  return events.map(({ properties }) => (properties as { name: string }).name);
}

test('events come newest first, in pages, by every filter', async () => {
  const now = stand.clock.now();
  await stand.ledger.accept(
    ['a', 'b', 'c'].map((name) => trackInput('pages', { name, receivedAt: now, messageId: `m-${name}` })),
    [],
  );
  stand.clock.advance(120_000);
  await stand.ledger.accept(
    ['d', 'e'].map((name) =>
      trackInput('pages', { name, door: 'track', receivedAt: now + 120_000, accountId: 'Acme' }),
    ),
    [],
  );

  expect(await namesOf('')).toEqual(['e', 'd', 'c', 'b', 'a']);
  expect(await namesOf('&messageId=m-b')).toEqual(['b']);
  expect(await namesOf('&door=track')).toEqual(['e', 'd']);
  expect(await namesOf('&accountId=Acme')).toEqual(['e', 'd']);
  expect(await namesOf(`&appId=${testAppId}`)).toHaveLength(5);
  expect(await namesOf('&appId=1')).toEqual([]);
  const moment = new Date(now + 1).toISOString();
  expect(await namesOf(`&receivedFrom=${moment}`)).toEqual(['e', 'd']);
  expect(await namesOf(`&receivedBefore=${moment}`)).toEqual(['c', 'b', 'a']);
});

test.each([
  'limit=0',
  'limit=201',
  'limit=x',
  'cursor=x',
  'cursor=WzFd',
  'type=ping',
  'receivedFrom=yesterday',
  'visitor=a',
])('refuses the query %s and names the parameter', async (query) => {
  const { status, body } = await stand.ask('GET', `/events?${query}`);
  expect([status, body]).toMatchObject([400, { error: { code: 'invalid_field', field: query.split('=')[0] } }]);
});

test("a visitor's events include those from before it was named", async () => {
  await stand.ledger.accept(
    [
      trackInput('_PENDO_T_x', { name: 'before' }),
      aliasInput('named', '_PENDO_T_x'),
      trackInput('named', { name: 'after' }),
    ],
    [],
  );
  await stand.settled();
  for (const id of ['named', '_PENDO_T_x']) {
    const events = await all(`/events?type=trackEventReceived&visitorId=${id}`);
    expect(events.map(({ visitorId }) => visitorId)).toEqual(['named', '_PENDO_T_x']);
    expect(await all(`/deliveries?visitorId=${id}`)).toHaveLength(2);
  }
  expect((await stand.ask('GET', '/visitors/_PENDO_T_x')).body).toMatchObject({
    id: 'named',
    formerIds: ['_PENDO_T_x'],
  });
  expect((await all('/visitors')).map(({ id }) => id)).not.toContain('_PENDO_T_x');
});

function byWebhook(a: { webhookId: string }, b: { webhookId: string }): number {
  return a.webhookId < b.webhookId ? -1 : 1;
}

function reasonsOf({ notSent }: Record<string, unknown>): Set<string> {
  return new Set((notSent as { reason: string }[]).map(({ reason }) => reason));
}

test('an event tells of each webhook whether it got it or why not', async () => {
  const off = await addHook({ name: 'Off' });
  const other = await addHook({ name: 'Other', events: ['pageLoaded'] });
  await stand.ask('POST', '/exclusions', { kind: 'visitor', pattern: 'robot*' });
  await stand.ledger.accept(
    [
      trackInput('traced', { receivedAt: stand.clock.now() }),
      trackInput('robot-1'),
      trackInput('clicker', { act: { ...eventAct('x'), type: 'click' } }),
    ],
    [],
  );
  stand.clock.advance(1);
  const later = await addHook({ name: 'Later' });

  const trace = async (query: string) => {
    const [event] = await all(`/events?${query}`);
    return (await stand.ask('GET', `/events/${String(event?.['id'])}`)).body;
  };
  const traced = await trace('visitorId=traced&type=trackEventReceived');
  expect(traced['deliveries']).toMatchObject([{ webhookId: hook, webhookName: 'Log', state: 'pending' }]);
  const since = new Date(stand.clock.now() - 1).toISOString();
  const reasons = [
    { webhookId: off, webhookName: 'Off', reason: 'not_enabled', since },
    { webhookId: other, webhookName: 'Other', reason: 'type_not_chosen', since },
    { webhookId: later, webhookName: 'Later', reason: 'created_later', since: null },
  ];
  expect(traced['notSent']).toEqual(expect.arrayContaining(reasons));
  // What is changed afterwards changes nothing of what was.
  await stand.ask('POST', `/webhooks/${off}/enable`);
  await stand.ask('PATCH', `/webhooks/${other}`, { events: 'all' });
  await stand.ask('DELETE', `/webhooks/${later}`);
  await stand.ask('DELETE', `/webhooks/${other}`);
  expect((await trace('visitorId=traced&type=trackEventReceived'))['notSent']).toEqual(expect.arrayContaining(reasons));
  await stand.ledger.accept([trackInput('afterwards')], []);
  const after = await trace('visitorId=afterwards&type=trackEventReceived');
  expect(after['deliveries']).toMatchObject([{ webhookId: hook }, { webhookId: off }].toSorted(byWebhook));
  expect(after['notSent']).toMatchObject([{ reason: 'deleted' }, { reason: 'deleted' }]);
  await stand.ask('POST', `/webhooks/${off}/disable`);
  expect(reasonsOf(await trace('visitorId=robot-1'))).toEqual(new Set(['excluded']));
  expect(reasonsOf(await trace('type=click'))).toEqual(new Set(['kept']));
  expect((await stand.ask('GET', '/events/unknown')).status).toBe(404);
});

test('a delivery shows its exact body and every attempt, and can be replayed when it is finished', async () => {
  await stand.ledger.accept([trackInput('replayed')], []);
  const id = await report('replayed', 503, { kind: 'retry', dueAt: stand.clock.now() + 5000, code: 'http_503' });
  expect((await stand.ask('POST', `/deliveries/${id}/replay`)).body).toMatchObject({ error: { code: 'conflict' } });
  // Nobody is believed who says how a delivery went that he has not claimed.
  stand.clock.advance(5000);
  await report('replayed', 400, { kind: 'failed', code: 'http_400', disableWebhook: null });

  const failed = (await stand.ask('GET', `/deliveries/${id}`)).body;
  expect(failed).toMatchObject({
    state: 'failed',
    attemptCount: 2,
    lastStatus: 400,
    lastCode: 'http_400',
    dueAt: null,
  });
  expect(failed['attempts']).toMatchObject([
    { code: 'http_503' },
    { code: 'http_400', timings: { dnsMs: null, totalMs: 3 } },
  ]);
  expect(failed).toMatchObject({
    meaning: 'The receiver answered 400: it did not understand the request.',
    remedy: expect.stringContaining('log'),
    next: null,
  });
  expect(failed['attempts']).toMatchObject([
    { number: 1, reason: 'first', meaning: expect.stringContaining('503') },
    { number: 2, reason: 'retry', url: 'https://127.0.0.1:9443/' },
  ]);
  expect(failed['body']).toMatch(/^\{"app":\{"id":-323232,"name":"My app","platform":"web"\},"accountId":/);

  expect(await stand.ask('POST', `/deliveries/${id}/replay`)).toMatchObject({
    status: 200,
    body: { state: 'pending' },
  });
  const now = new Date(stand.clock.now()).toISOString();
  expect((await stand.ask('GET', `/deliveries/${id}`)).body).toMatchObject({
    state: 'pending',
    dueAt: now,
    finishedAt: null,
  });
  const next = { at: now, reason: 'replay', retry: null };
  expect((await stand.ask('GET', `/deliveries/${id}`)).body['next']).toMatchObject(next);
  await report('replayed', 503, { kind: 'retry', dueAt: stand.clock.now() + 5000, code: 'http_503' });
  expect((await stand.ask('GET', `/deliveries/${id}`)).body).toMatchObject({
    attempts: [{ reason: 'first' }, { reason: 'retry' }, { number: 3, reason: 'replay' }],
    next: { reason: 'retry', retry: 1, retryCount: 5, probeAt: null },
  });
  const probeAt = stand.clock.now() + 9000;
  stand.healths.set(hook, {
    state: 'waiting',
    since: 1,
    width: 1,
    inFlightCount: 0,
    queuedCount: 1,
    failuresInARow: 10,
    nextProbeAt: probeAt,
    lastError: 'http_503',
  });
  expect((await stand.ask('GET', `/deliveries/${id}`)).body['next']).toMatchObject({
    reason: 'receiver_down',
    retry: 1,
    probeAt: new Date(probeAt).toISOString(),
    words: expect.stringContaining('http_503'),
  });
  const row = await stand.look.db
    .selectFrom('deliveries')
    .select('attempts_before_replay as before')
    .where('event_id', '=', id.slice(0, 40))
    .executeTakeFirstOrThrow();
  expect(row.before).toBe(2);
  for (const unknown of [`${id.slice(0, -1)}!`, `${'0'.repeat(40)}_${hook}`]) {
    expect((await stand.ask('POST', `/deliveries/${encodeURIComponent(unknown)}/replay`)).status).toBe(404);
  }
});

test('credentials in an address are not shown', () => {
  const shown = attemptAnswer(attempt(0, 'https://ada:secret@crm.example.com/hook?to=a@b', 200, null));
  expect(shown.url).toMatch(/^https:\/\/[^:]+@crm\.example\.com\/hook\?to=a@b$/);
  expect(shown.url).not.toContain('secret');
});

test('deliveries come newest first, in pages, by every filter', async () => {
  const second = await addHook({ name: 'Second', events: ['trackEventReceived'] });
  await stand.ask('POST', `/webhooks/${second}/enable`);
  stand.clock.advance(1);
  await stand.ledger.accept(
    ['one', 'two', 'three'].map((id) => trackInput(id, { accountId: 'Filtered' })),
    [],
  );
  await report('one', 200, { kind: 'delivered' });
  await report('two', 404, { kind: 'failed', code: 'http_404', disableWebhook: null });
  await stand.ask('POST', `/webhooks/${second}/disable`);
  const who = async (query: string) =>
    (await all(`/deliveries?accountId=Filtered${query}`)).map(
      (one) => `${String(one['visitorId'])} ${String(one['state'])}`,
    );

  expect(await who(`&webhookId=${hook}`)).toEqual(['three pending', 'two failed', 'one delivered']);
  expect((await who('')).length).toBe(6);
  expect(await who('&state=held')).toEqual(['three held', 'two held', 'one held']);
  expect(await who('&state=pending')).toEqual(['three pending']);
  expect(await who('&state=failed')).toEqual(['two failed']);
  expect(await who('&code=http_404')).toEqual(['two failed']);
  expect(await who('&eventType=pageLoaded')).toEqual([]);
  expect(await who(`&visitorId=one&webhookId=${hook}`)).toEqual(['one delivered']);
  const ids = (await all('/deliveries')).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.length).toBe((await stand.reads.deliveries({}, { limit: 200, cursor: null })).items.length);
  expect(await stand.reads.queue()).toMatchObject({
    pendingCount: expect.any(Number),
    oldestPendingAt: expect.any(Number),
  });
});

async function warningsOf(query: string): Promise<unknown[]> {
  return (await all(`/warnings${query}`)).map(({ reason, appId }) => [reason, appId]);
}

test('warnings come newest first, by app and reason', async () => {
  const warning = (reason: string, appId: number | null) => ({
    appId,
    door: 'segment' as const,
    reason,
    message: 'What is wrong.',
    field: 'userId',
    messageId: null,
    sample: '{}',
    receivedAt: stand.clock.now(),
  });
  await stand.ledger.accept(
    [],
    [warning('missing_id', testAppId), warning('track_off', testAppId), warning('missing_id', null)],
  );
  expect(await warningsOf('')).toEqual([
    ['missing_id', null],
    ['track_off', testAppId],
    ['missing_id', testAppId],
  ]);
  expect(await warningsOf(`?appId=${testAppId}&reason=missing_id`)).toEqual([['missing_id', testAppId]]);
});

test('how many warnings of each reason is told whole, also of a flood, of an app, and since a moment', async () => {
  const summaries = async (query: string) =>
    ((await stand.ask('GET', `/warning-summaries${query}`)).body['items'] as object[]).filter(
      (item) => Reflect.get(item, 'reason') === 'flooded' || Reflect.get(item, 'reason') === 'rare',
    );
  const warning = { door: 'segment' as const, message: 'Wrong.', field: '', messageId: null, sample: '{}' };
  const flood = limits.warningSamplesPerHour + 50;
  const startedAt = stand.clock.now();
  const refuse = (reason: string, appId: number | null, count: number) =>
    stand.ledger.accept(
      [],
      Array.from({ length: count }, () => ({ ...warning, reason, appId, receivedAt: stand.clock.now() })),
    );
  await refuse('flooded', testAppId, flood);
  stand.clock.advance(1000);
  await refuse('rare', testAppId, 1);
  stand.clock.advance(1000);
  await refuse('flooded', null, 2);
  const at = (afterMs: number) => new Date(startedAt + afterMs).toISOString();
  const rare = { reason: 'rare', appId: testAppId, count: 1, lastAt: at(1000) };
  const flooded = { reason: 'flooded', appId: testAppId, count: flood, lastAt: at(0) };
  expect(await summaries('')).toEqual([{ reason: 'flooded', appId: null, count: 2, lastAt: at(2000) }, rare, flooded]);
  expect(await summaries(`?appId=${testAppId}`)).toEqual([rare, flooded]);
  expect(await summaries(`?appId=${testAppId}&from=${at(1000)}`)).toEqual([rare]);
  expect((await stand.ask('GET', '/warning-summaries?from=today')).body).toMatchObject({ error: { field: 'from' } });
});

test('what a person is known by is shown as we keep it and as Pendo does', async () => {
  const id = 'ada+1@example.com/ümlaut';
  await stand.ledger.accept(
    [
      identifyInput(id, { traits: { email: 'ada@example.com' }, accountId: 'Acme / West' }),
      groupInput(id, 'Acme / West', { plan: 'team' }),
    ],
    [],
  );
  const path = encodeURIComponent(id);
  const shown = (await stand.ask('GET', `/visitors/${path}`)).body;
  expect(shown).toMatchObject({ id, accountId: 'Acme / West', anonymous: false, doNotProcess: false });
  expect(shown['metadata']).toMatchObject({ segment: { email: 'ada@example.com' } });

  const pendo = (await stand.ask('GET', `/visitor/${path}`)).body;
  expect(pendo).toMatchObject({
    id,
    accountIds: ['Acme / West'],
    metadata: { agent: {}, custom: {}, pendo: { donotprocess: false } },
  });
  expect((pendo['metadata'] as { auto: object }).auto).toMatchObject({
    id,
    accountid: 'Acme / West',
    firstvisit: expect.any(Number),
  });

  const account = encodeURIComponent('Acme / West');
  expect((await stand.ask('GET', `/accounts/${account}`)).body).toMatchObject({
    metadata: { segment: { plan: 'team' } },
  });
  expect((await stand.ask('GET', `/account/${account}`)).body).toMatchObject({
    id: 'Acme / West',
    metadata: { auto: { id: 'Acme / West' } },
  });
  expect((await all('/visitors?search=ada%2B')).map((visitor) => visitor['id'])).toEqual([id]);
  expect((await all(`/visitors?accountId=${account}`)).map((visitor) => visitor['id'])).toEqual([id]);
  expect((await all('/accounts?search=Acme%20')).map((one) => one['id'])).toEqual(['Acme / West']);

  expect((await stand.ask('PATCH', `/visitors/${path}`, { doNotProcess: true })).body).toMatchObject({
    doNotProcess: true,
  });
  expect((await stand.ask('PATCH', '/visitors/nobody', { doNotProcess: true })).status).toBe(404);
  expect((await stand.ask('GET', '/visitor/nobody')).status).toBe(404);
});

test('lists of people are in the order of their ids, and nobody is left out between pages', async () => {
  const ids = (await all('/visitors')).map(({ id }) => String(id));
  expect(ids.length).toBeGreaterThan(5);
  expect(ids).toEqual(ids.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  expect(new Set(ids).size).toBe(ids.length);
});
