import { CompiledQuery } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { aliasInput, testAppId, trackInput } from '../../test/support/event-input.ts';
import { type FakeClock, fakeClock } from '../../test/support/fake-clock.ts';
import { isOnPostgres, type StandDatabase, standDatabase } from '../../test/support/stand-database.ts';
import { reportOf } from '../core/attempt-text.ts';
import type { AttemptReport, Claim, Verdict } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { owedRoundMs } from '../store/owed-deliveries.ts';
import { AdminEvents } from './admin-events.ts';
import { ReplayWork } from './replay-work.ts';
import type { Standing } from './standing.ts';
import { pruneEveryMs } from './upkeep.ts';
import { Writer } from './writer.ts';

const webhookId = 'wh_000000000001';

let database: StandDatabase;
let store: Store;
let clock: FakeClock;
let standing: Standing;
let claims: Claim[];
let troubles: string[];
let writer: Writer;

beforeEach(async () => {
  database = await standDatabase();
  clock = fakeClock();
  standing = standingWith([target({})]);
  await openWriter();
});

afterEach(async () => {
  await writer.close();
  await store.close();
  await database.drop();
});

test('an event is answered after its commit, and its delivery is claimed in the same moment', async () => {
  const [result] = await writer.accept([trackInput('ada', { accountId: 'acme' })], []);
  expect(result?.kind).toBe('accepted');
  const types = claims.map(({ body }) => (JSON.parse(body) as { event: string }).event);
  expect(types).toEqual(['visitorCreated', 'accountCreated', 'trackEventReceived']);
  await settled();
  expect(await count('select count(*) as n from deliveries where state = ?', 'pending')).toBe(3);
});

test('a repeated messageId is one event, within a call, across calls and across doors; another app may use it', async () => {
  const one = trackInput('ada', { messageId: 'm1' });
  const kinds = async (...inputs: (typeof one)[]) => (await writer.accept(inputs, [])).map(({ kind }) => kind);
  expect(await kinds(one, one)).toEqual(['accepted', 'duplicate']);
  expect(await kinds({ ...one, door: 'agent' })).toEqual(['duplicate']);
  expect(await kinds({ ...one, appId: 7 })).toEqual(['accepted']);
  const later = clock.now() + limits.dedupeWindowMs + 1;
  expect(await kinds({ ...one, receivedAt: later })).toEqual(['accepted']);
});

test('the same batch twenty times at once is kept once, and everybody is answered', async () => {
  const batch = ['a', 'b', 'c'].map((id) => trackInput(id, { messageId: `m-${id}` }));
  const answers = await Promise.all(Array.from({ length: 20 }, () => writer.accept(batch, [])));
  expect(answers.flat().filter(({ kind }) => kind === 'accepted')).toHaveLength(3);
  expect(answers.flat().filter(({ kind }) => kind === 'duplicate')).toHaveLength(57);
  expect(await count('select count(*) as n from events where type = ?', 'trackEventReceived')).toBe(3);
});

test('a refused call does not use up its messageId: mended, it can be sent again', async () => {
  const call = aliasInput('ada', 'bob');
  expect(await writer.accept([{ ...call, messageId: 'm1' }], [])).toMatchObject([{ kind: 'refused' }]);
  const mended = aliasInput('ada', '_PENDO_T_x1');
  expect(await writer.accept([{ ...mended, messageId: 'm1' }], [])).toMatchObject([{ kind: 'accepted' }]);
});

test('a retry is claimed again when it is due, with the same bytes', async () => {
  const [claim] = await oneClaim();
  await record([attemptOf(claim, { kind: 'retry', dueAt: clock.now() + 5000, code: 'http_503' })]);
  await settled();
  expect(claims).toEqual([]);
  clock.advance(4999);
  await settled();
  expect(claims).toEqual([]);
  clock.advance(1);
  await settled();
  expect(claims).toEqual([{ ...claim, triesUsed: 1 }]);
});

test('what was pending when the process died is claimed again by the next one, and nothing that was finished', async () => {
  const [first] = await oneClaim();
  await writer.accept([trackInput('ada')], []);
  await record([attemptOf(first, { kind: 'delivered' })]);
  const unfinished = claims.map(({ eventId }) => eventId);
  await store.close();
  // Where others share the database, one that dies is missed by them.
  if (isOnPostgres) await database.look.change("update nodes set beat_at = beat_at - interval '1 minute'");
  await openWriter();
  await settled();
  expect(unfinished).toHaveLength(1);
  expect(claims.map(({ eventId }) => eventId)).toEqual(unfinished);
});

test('a delivery has its row after its first attempt, or after two rounds without one; among many nodes at once', async () => {
  const claim = await unwrittenClaim();
  const before = await statesOf();
  const recorded = writer.record([attemptOf(claim, { kind: 'delivered' })]);
  await writer.accept([trackInput('ada')], []);
  clock.advance(20);
  await recorded;
  const attempted = isOnPostgres ? [...before.slice(0, -1), 'delivered'] : [...before, 'delivered'];
  expect(await statesOf()).toEqual([...attempted, ...(isOnPostgres ? ['pending'] : [])]);
  for (const pending of [isOnPostgres ? ['pending'] : [], ['pending']]) {
    clock.advance(owedRoundMs);
    await turned();
    expect(await statesOf()).toEqual([...attempted, ...pending]);
  }
});

test('reports wait a moment for an event to ride with, and are written without one', async () => {
  const claim = await unwrittenClaim();
  const before = await deliveredCount();
  const recorded = writer.record([attemptOf(claim, { kind: 'delivered' })]);
  await turned();
  expect(await deliveredCount()).toBe(before);
  clock.advance(20);
  await recorded;
  expect(await deliveredCount()).toBe(before + 1);
});

test('beyond what a lane may hold deliveries stay in the database, and come oldest first as there is room', async () => {
  const names = Array.from({ length: limits.claimsPerWebhookMax + 300 }, (_, index) => `event ${index}`);
  await writer.accept([trackInput('ada')], []);
  claims.splice(0);
  await writer.accept(
    names.map((name) => trackInput('ada', { name })),
    [],
  );
  const seen: string[] = [];
  while (claims.length > 0) {
    const taken = claims.splice(0);
    expect(taken.length).toBeLessThanOrEqual(limits.claimsPerWebhookMax);
    seen.push(...taken.map(({ body }) => (JSON.parse(body) as { properties: { name: string } }).properties.name));
    await record(taken.map((claim) => attemptOf(claim, { kind: 'delivered' })));
    await settled();
  }
  expect(seen.slice(-names.length)).toEqual(names);
});

test('a webhook that is off gets nothing, and what was held comes when it is on again', async () => {
  const [claim] = await oneClaim();
  await setWebhooks([target({ enabled: false })]);
  await writer.release([claim]);
  await writer.accept([trackInput('ada')], []);
  await settled();
  expect(claims).toEqual([]);
  await setWebhooks([target({})]);
  await settled();
  expect(claims).toEqual([claim]);
});

test('while the storage fails senders are told so, reports are kept, and both go through afterwards', async () => {
  const [claim] = await oneClaim();
  await refuseWrites('on');
  const reported = writer.record([attemptOf(claim, { kind: 'delivered' })]);
  await expect(writer.accept([trackInput('ada')], [])).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(await count('select sum(attempt_count) as n from deliveries')).toBe(1);
  await refuseWrites('off');
  await settled();
  // Where reports have a way of their own, they go with the first that is written again.
  expect(await count('select sum(attempt_count) as n from deliveries')).toBe(isOnPostgres ? 2 : 1);
  const during = writer.accept([trackInput('bob')], []);
  await settled();
  clock.advance(1000);
  await reported;
  expect(await during).toMatchObject([{ kind: 'accepted' }]);
  expect(await count('select count(*) as n from deliveries where state = ?', 'delivered')).toBe(2);
  expect(await writer.accept([trackInput('ada')], [])).toMatchObject([{ kind: 'accepted' }]);
});

test('what is pending when its time is over becomes failed (expired), stays a day, and leaves with all its rows', async () => {
  await oneClaim();
  await settled();
  clock.advance(30 * 86_400_000 + 60_000);
  await settled();
  expect(await count('select count(*) as n from deliveries where last_code = ?', 'expired')).toBe(1);
  // Where the tables are divided by days, what is old leaves when all of its day is.
  clock.advance(86_400_000);
  if (isOnPostgres) await passed(86_400_000, pruneEveryMs);
  await settled();
  for (const table of ['events', 'bodies', 'deliveries', 'attempts']) {
    expect(await count(`select count(*) as n from ${table}`), table).toBe(0);
  }
});

test('last-seen times are gathered and written a few seconds later', async () => {
  const at = clock.now();
  await writer.accept([trackInput('ada', { accountId: 'acme' })], []);
  await writer.accept([trackInput('ada', { accountId: 'acme', occurredAt: at + 500 })], []);
  clock.advance(5000);
  await settled();
  expect(await count('select last_seen_at as n from visitors where id = ?', 'ada')).toBe(at + 500);
  expect(await count('select last_seen_at as n from accounts where id = ?', 'acme')).toBe(at + 500);
});

test('a flood of one warning is kept as samples and a count', async () => {
  const warning = {
    appId: testAppId,
    door: 'segment' as const,
    reason: 'missing_id',
    message: 'A call needs a userId or an anonymousId.',
    field: 'userId',
    messageId: null,
    sample: '{}',
    receivedAt: clock.now(),
  };
  await writer.accept(
    [],
    Array.from({ length: limits.warningSamplesPerHour + 50 }, () => warning),
  );
  expect(await count('select count(*) as n from warnings')).toBe(limits.warningSamplesPerHour);
  expect(await count('select sum(count) as n from warnings')).toBe(limits.warningSamplesPerHour + 50);
});

async function openWriter(): Promise<void> {
  const node = { name: 'test', roles: ['deliver'], version: '1' };
  store = await openStore(database.address, { clock, node, migrates: true });
  await store.membership?.join();
  await store.membership?.loseSilent();
  await store.membership?.rescue();
  claims = [];
  troubles = [];
  writer = await Writer.open({
    journal: store.journal,
    adminEvents: new AdminEvents(store.db, store.journal),
    replays: new ReplayWork(store.db),
    readStanding: async () => standing,
    discardStep: async () => ({ count: 0, isLast: true }),
    discardLate: async () => 0,
    endOverlaps: async () => {},
    doubts: { load: async () => null, save: async () => {} },
    isStorageError: (error) => store.isTrouble(error),
    sentHere: () => true,
    isShared: store.membership !== null,
    reportJournal: store.reportJournal,
    clock,
    listener: {
      onClaims: (handed) => claims.push(...handed),
      onClaimsLost: () => {},
      onDirectory: () => {},
      onTrouble: (message) => troubles.push(message),
    },
  });
}

/** One delivery of a visitor who has been seen before. */
async function oneClaim(): Promise<[Claim]> {
  await writer.accept([trackInput('ada')], []);
  const [created, claim] = claims.splice(0);
  if (created === undefined || claim === undefined) throw new Error('two deliveries should have been claimed');
  await record([attemptOf(created, { kind: 'delivered' })]);
  return [claim];
}

/** Of a delivery that has no row yet. */
async function unwrittenClaim(): Promise<Claim> {
  await oneClaim();
  await writer.accept([trackInput('ada')], []);
  const [claim] = claims.splice(0);
  if (claim === undefined) throw new Error('a delivery should have been claimed');
  return claim;
}

async function setWebhooks(webhooks: WebhookTarget[]): Promise<void> {
  standing = standingWith(webhooks);
  await writer.command(async () => {});
}

/** Resolves when the loop has done what it had to do: a command goes through it after everything before. */
async function settled(): Promise<void> {
  await writer.command(async () => {});
  await writer.command(async () => {});
}

/** As a disk that is full would. */
async function refuseWrites(refuse: 'on' | 'off'): Promise<void> {
  if (!isOnPostgres) return void (await store.db.executeQuery(CompiledQuery.raw(`pragma query_only = ${refuse}`)));
  const { look } = database;
  await look.change(
    `create or replace function full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'planted' using errcode = 'disk_full'; end $$`,
  );
  for (const table of ['events', 'deliveries']) {
    await look.change(
      refuse === 'on'
        ? `create trigger full_disk before insert or update on ${table} for each statement execute function full_disk()`
        : `drop trigger full_disk on ${table}`,
    );
  }
}

async function passed(...times: number[]): Promise<void> {
  for (const ms of times) {
    await settled();
    clock.advance(ms);
  }
}

/** The loop's next turns, with nothing to make it turn but the clock. */
async function turned(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Reports wait for the commit of an arrival, or for a command. */
async function record(reports: AttemptReport[]): Promise<void> {
  const recorded = writer.record(reports);
  await settled();
  await recorded;
}

function deliveredCount(): Promise<number> {
  return count("select count(*) as n from deliveries where state = 'delivered'");
}

/** Of all deliveries that have a row, by event. */
async function statesOf(): Promise<unknown[]> {
  return (await database.look.rows('select state from deliveries order by event_id')).map((row) => row['state']);
}

function count(text: string, ...values: string[]): Promise<number> {
  return database.look.count(text, ...values);
}

function attemptOf({ eventId, webhookId, triesUsed }: Claim, verdict: Verdict): AttemptReport {
  const code = verdict.kind === 'delivered' ? null : verdict.code;
  const timings = { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: 1, totalMs: 2 };
  const attempt = {
    startedAt: clock.now(),
    url: 'http://127.0.0.1:9/',
    requestHeadersJson: '{}',
    status: code === null ? 200 : 503,
    responseHeadersJson: '{}',
    responseBody: '',
    responseTruncated: false,
    code,
    timings,
  };
  return reportOf({ eventId, webhookId, attempt, verdict, ...(triesUsed > 0 ? { again: true } : {}) });
}

function standingWith(webhooks: WebhookTarget[]): Standing {
  const people = { users: [], sessions: [], isSetUp: true };
  const subscription = { id: 1, name: 'Test' };
  return {
    directory: { subscription, apps: [], integrationKeys: [], ...people, webhooks, features: [], sentElsewhere: [] },
    isExcluded: () => false,
    retentionDays: 30,
    discarding: [],
  };
}

function target(over: Partial<WebhookTarget>): WebhookTarget {
  return {
    id: webhookId,
    name: 'Test',
    type: 'url',
    format: 'pendo',
    url: 'http://127.0.0.1:9/',
    headers: {},
    secret: null,
    writeKey: null,
    signingSecret: 'whsec_AAAA',
    formerSigning: null,
    secretsUnreadable: false,
    events: 'all',
    enabled: true,
    timeoutMs: 1000,
    retryDelaysMs: [5000],
    signaturePrefix: '',
    hubSignature: false,
    ratePerSecond: null,
    rateBurst: null,
    ...over,
  };
}
