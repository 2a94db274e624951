/**
 * Lists must stay quick with millions of rows. What decides that is the plan: an index that gives the rows in the order of
 * the page, so that reading stops when the page is full. A sort, or a scan past what the filter names, shows here.
 */
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type StandDatabase, standDatabase } from '../../test/support/stand-database.ts';
import type { ReplayFilter } from '../core/replay.ts';
import type { Reads } from '../ledger/reads.ts';
import { createReads } from '../ledger/reads-store.ts';
import { deleteOldAuditEntries, insertAuditEntry } from './audit-log.ts';
import { discardLate, discardStep } from './discards.ts';
import { migrate } from './migrate.ts';
import { nextCandidates } from './replay-candidates.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';
import { statements } from './sqlite-statements.ts';

let sqlite: Sqlite;
let database: StandDatabase;
let reads: Reads;
let prepare: DatabaseSync['prepare'];
let texts: string[] = [];
beforeAll(async () => {
  database = await standDatabase();
  if (database.address.kind !== 'sqlite') throw new Error('These are the plans of SQLite.');
  sqlite = openSqlite(database.address.path);
  await migrate(sqlite);
  const { raw, db } = sqlite;
  // So that a first page may reach back into the trails, and a later one may lie in them altogether.
  const window = { last_event_id: '8'.repeat(40), first_event_id: '7'.repeat(40) };
  await db.insertInto('trail_windows').values(window).execute();
  reads = createReads({ db, close: async () => {} }, { segmentApiUrl: null });
  prepare = raw.prepare.bind(raw);
  raw.prepare = (sql) => {
    texts.push(sql);
    return prepare(sql);
  };
});
afterAll(async () => {
  sqlite.close();
  await database.drop();
});

const eventId = '0'.repeat(40);
const hookId = 'wh_000000000000';
const page = (...key: (string | number)[]) => ({
  limit: 50,
  cursor: key.length === 0 ? null : Buffer.from(JSON.stringify(key)).toString('base64url'),
});

/** The plan of each list that was read; the other questions are who a visitor was, and how far the trails go. */
async function plansOf(ask: () => Promise<unknown>): Promise<string[][]> {
  texts = [];
  await ask();
  const lists = texts.filter(
    (sql) => sql.includes('limit') && !sql.includes('"to_id" in') && !sql.startsWith('select "last_event_id"'),
  );
  return lists.map((list) =>
    prepare(`explain query plan ${list}`)
      .all()
      .map((row) => String(row['detail'])),
  );
}

const recentEvents = 'SEARCH events USING INDEX sqlite_autoindex_events_1 (id>?)';
const trail = 'SEARCH trails USING INDEX sqlite_autoindex_trails_1 (window_end=? AND subject=?)';

test.each<[string, () => Promise<unknown>, ...string[]]>([
  ['events', () => reads.events({}, page(eventId)), 'SEARCH events USING INDEX sqlite_autoindex_events_1 (id<?)'],
  [
    'events by time',
    () => reads.events({ receivedFrom: 1, receivedBefore: 2 }, page()),
    'SEARCH events USING INDEX sqlite_autoindex_events_1 (id>? AND id<?)',
  ],
  ['events by visitor', () => reads.events({ visitorId: 'a' }, page()), recentEvents, trail],
  ['events by account', () => reads.events({ accountId: 'a', type: 'click' }, page()), recentEvents, trail],
  [
    'events by visitor and time, on a later page',
    () => reads.events({ visitorId: 'a', receivedFrom: 1, receivedBefore: 2 }, page(eventId)),
    trail,
  ],
  ['visitors', () => reads.visitors({}, page('a')), 'SEARCH visitors USING PRIMARY KEY (id>?)'],
  [
    'visitors by the start of an id',
    () => reads.visitors({ search: 'a' }, page()),
    'SEARCH visitors USING PRIMARY KEY (id>? AND id<?)',
  ],
  [
    'visitors by account',
    () => reads.visitors({ accountId: 'a' }, page('a')),
    'SEARCH visitors USING INDEX visitors_account (account_id=? AND id>?)',
  ],
  [
    'accounts by the start of an id',
    () => reads.accounts({ search: 'a' }, page()),
    'SEARCH accounts USING PRIMARY KEY (id>? AND id<?)',
  ],
  [
    'deliveries',
    () => reads.deliveries({}, page(eventId, hookId)),
    'SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 ((event_id,webhook_id)<(?,?))',
  ],
  [
    'deliveries by webhook',
    () => reads.deliveries({ webhookId: hookId }, page(eventId, hookId)),
    'SEARCH deliveries USING INDEX deliveries_webhook (webhook_id=? AND event_id<?)',
  ],
  [
    'deliveries by visitor',
    () => reads.deliveries({ visitorId: 'a' }, page()),
    'SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 (event_id>?)',
    trail,
  ],
  [
    'deliveries by account and webhook',
    () => reads.deliveries({ accountId: 'a', webhookId: hookId }, page()),
    'SEARCH deliveries USING INDEX deliveries_webhook (webhook_id=? AND event_id>?)',
    trail,
  ],
  ['deliveries by visitor, on a later page', () => reads.deliveries({ visitorId: 'a' }, page(eventId, hookId)), trail],
  [
    'deliveries that failed',
    () => reads.deliveries({ state: 'failed' }, page()),
    'SCAN deliveries USING INDEX deliveries_failed',
  ],
  [
    'deliveries that failed, of one webhook',
    () => reads.deliveries({ state: 'failed', webhookId: hookId }, page()),
    'SEARCH deliveries USING INDEX deliveries_webhook_failed (webhook_id=?)',
  ],
  [
    'deliveries by error code',
    () => reads.deliveries({ code: 'timeout' }, page()),
    'SEARCH deliveries USING INDEX deliveries_code (last_code=?)',
  ],
  [
    'deliveries by time',
    () => reads.deliveries({ receivedFrom: 1, receivedBefore: 2 }, page()),
    'SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 (event_id>? AND event_id<?)',
  ],
  [
    'deliveries by type: how far to look, and the page',
    () => reads.deliveries({ eventType: 'npsSubmitted' }, page(eventId, hookId)),
    'SEARCH deliveries USING COVERING INDEX sqlite_autoindex_deliveries_1 (event_id<?)',
    'SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 ((event_id,webhook_id)<(?,?))',
  ],
  [
    'events by messageId: how far to look, and the page',
    () => reads.events({ messageId: 'm' }, page(eventId)),
    'SEARCH events USING COVERING INDEX sqlite_autoindex_events_1 (id<?)',
    'SEARCH events USING INDEX sqlite_autoindex_events_1 (id<?)',
  ],
  ['warnings', () => reads.warnings({}, page(5)), 'SEARCH warnings USING INTEGER PRIMARY KEY (rowid<?)'],
])('%s come from an index, in order', async (_, ask, ...wanted) => {
  const plans = await plansOf(ask);
  expect(plans).toHaveLength(wanted.length);
  for (const [index, plan] of plans.entries()) {
    expect(plan).toContain(wanted[index]);
    expect(plan.filter((step) => step.includes('TEMP B-TREE') && !step.includes('FOR LAST'))).toEqual([]);
    // Whatever else is read is looked up by its key. A trail is read window by window, and an event's deliveries by it.
    const isTrail = wanted[index] === trail;
    const mayScan = isTrail ? /^SCAN (trail_windows|listed)/ : /^$/;
    const wrong = plan.filter((step) => step.startsWith('SCAN') && step !== wanted[index] && !mayScan.test(step));
    expect(isTrail ? [...wrong, ...plan.filter((step) => step.includes('deliveries_webhook'))] : wrong).toEqual([]);
  }
});

test('what is due comes from the index of the queue, and retries from one of their own', () => {
  texts = [];
  statements(sqlite.raw);
  const plans = texts
    .filter((sql) => sql.includes('due_at <= ?'))
    .map((sql) =>
      prepare(`explain query plan ${sql}`)
        .all()
        .map((row) => row['detail']),
    );
  expect(plans).toEqual([
    ['SEARCH deliveries USING INDEX deliveries_due (webhook_id=? AND due_at<?)'],
    ['SEARCH deliveries USING INDEX deliveries_due_again (webhook_id=? AND due_at<?)'],
  ]);
});

test('what a page of webhooks asks every few seconds comes from indexes, however many deliveries there are', async () => {
  texts = [];
  await reads.webhookSummaries(1_000_000_000_000);
  await reads.pendingOf(hookId);
  await reads.tallies('all', { span: '1h', from: 1, before: 2 });
  await reads.sources(1, 1_000_000_000_000);
  await reads.warningSummaries({ from: 1_000_000_000_000 });
  const steps = texts.flatMap((sql) =>
    prepare(`explain query plan ${sql}`)
      .all()
      .map((row) => String(row['detail'])),
  );
  expect([...new Set(steps.filter((step) => step.includes('deliveries')))].sort()).toEqual([
    'SEARCH deliveries USING COVERING INDEX deliveries_due (webhook_id=?)',
    'SEARCH deliveries USING INDEX deliveries_due_again (webhook_id=?)',
  ]);
  expect(steps).toContain('SEARCH warnings USING INDEX warnings_received (received_at>?)');
  const tallies = [...new Set(steps.filter((step) => step.includes('tallies')))];
  expect(tallies.filter((step) => step.startsWith('SCAN'))).toEqual([]);
  expect(tallies).toContain('SEARCH tallies USING INDEX tallies_bucket (span=? AND bucket_at>?)');
  expect(tallies).toContain('SEARCH tallies USING PRIMARY KEY (subject=? AND span=? AND bucket_at>? AND bucket_at<?)');
});

test('what is discarded of a webhook is found by the index of the queue', async () => {
  texts = [];
  await discardStep(sqlite.db, hookId, 500);
  await discardLate(sqlite.db, 1_000_000_000_000);
  expect(stepsOn('deliveries')).toEqual([
    'SEARCH deliveries USING COVERING INDEX deliveries_due (webhook_id=?)',
    'SEARCH deliveries USING COVERING INDEX deliveries_due (webhook_id=?)',
  ]);
});

test('what is old is found by indexes, and of the audit log only the oldest entries are looked at', async () => {
  texts = [];
  statements(sqlite.raw);
  const found = texts
    .filter(
      (sql) => /^(delete from|update deliveries set state = 'failed')/.test(sql) && /\(select .* limit/s.test(sql),
    )
    .flatMap((sql) => stepsIn(sql))
    .filter((step) => !step.startsWith('LIST') && !/(PRIMARY KEY|autoindex_\w+) \([^<>]*\)$/.test(step));
  expect(found).toEqual([
    'SEARCH messages USING COVERING INDEX messages_received (received_at<?)',
    'SCAN deliveries USING COVERING INDEX deliveries_due',
    'SEARCH warnings USING COVERING INDEX warnings_received (received_at<?)',
    'SEARCH tallies USING COVERING INDEX tallies_bucket (span=? AND bucket_at<?)',
  ]);
  const actor = { kind: 'server', id: '', name: '', address: '' } as const;
  const entry = { action: 'one', outcome: 'done', targetId: '', beforeJson: null, afterJson: null } as const;
  await insertAuditEntry(sqlite.db, { ...entry, actor, at: 1_000_000_000_000 });
  texts = [];
  await deleteOldAuditEntries(sqlite.db, 1_000_000_000_000);
  // Both are read in the order of their keys, and no further than their limit.
  expect(stepsOn('audit_entries')).toEqual([
    'SCAN audit_entries',
    'SEARCH audit_entries USING INTEGER PRIMARY KEY (rowid=?)',
    'SCAN audit_entries',
  ]);
});

test('the candidates of a replay are looked up within their window', async () => {
  const narrow = { ids: null, webhookId: hookId, eventType: null, code: null, visitorIds: null, accountId: null };
  const candidates = (states: ReplayFilter['states']) => {
    const filter: ReplayFilter = { ...narrow, states, receivedFrom: null, receivedBefore: null };
    const stretch = { filter, webhookId: hookId, afterEventId: eventId, beforeEventId: 'f'.repeat(40) };
    return nextCandidates(sqlite.db, stretch, 1000, () => false);
  };
  texts = [];
  await candidates(['failed']);
  expect(stepsOn('deliveries|events')).toEqual([
    'SEARCH deliveries USING COVERING INDEX deliveries_webhook_failed (webhook_id=? AND event_id>? AND event_id<?)',
    'SEARCH deliveries USING INDEX deliveries_webhook_failed (webhook_id=? AND event_id>? AND event_id<?)',
    'SEARCH events USING INDEX sqlite_autoindex_events_1 (id=?)',
  ]);
  texts = [];
  await candidates(['never_attempted', 'failed']);
  expect(stepsOn('deliveries|events')).toEqual([
    'SEARCH events USING COVERING INDEX sqlite_autoindex_events_1 (id>? AND id<?)',
    'SEARCH events USING INDEX sqlite_autoindex_events_1 (id>? AND id<?)',
    'SEARCH deliveries USING INDEX sqlite_autoindex_deliveries_1 (event_id=? AND webhook_id=?) LEFT-JOIN',
  ]);
});

/** What is done with the tables of that name by all that was asked since. */
function stepsOn(table: string): string[] {
  return texts.flatMap((sql) => stepsIn(sql)).filter((step) => new RegExp(` (${table})\\b`).test(step));
}

function stepsIn(sql: string): string[] {
  return prepare(`explain query plan ${sql}`)
    .all()
    .map((row) => String(row['detail']));
}
