/**
 * Lists stay quick with many rows, and so does the queue. What decides that is how many rows are read for a page, over all parts
 * of a table: the database itself counts them here, at 300,000 events.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type QueryPlan, queryPlan } from '../../test/support/query-plan.ts';
import { type StandDatabase, standDatabase } from '../../test/support/stand-database.ts';
import { systemClock } from '../core/clock.ts';
import { eventIdFloor } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import type { Reads } from '../ledger/reads.ts';
import { createReads } from '../ledger/reads-store.ts';
import { commitDelayMaxMs } from './events.ts';
import { migrateDatabase } from './migrate-database.ts';
import { openPostgres, type Postgres } from './postgres.ts';

const total = 300_000;
const hook = 'wh_000000000001';
const dayMs = 86_400_000;
/** Half of them lie in yesterday's part and half in today's. */
const today = systemClock.now() - (systemClock.now() % dayMs);
const everyMs = 20;
const firstAt = today - (total / 2) * everyMs;
const middle = eventIdFloor(today);

let database: StandDatabase;
let postgres: Postgres;
let reads: Reads;
let asked: { text: string; values: readonly unknown[] }[] = [];

beforeAll(async () => {
  database = await standDatabase();
  await migrateDatabase(database.address);
  const { look, address } = database;
  if (address.kind !== 'postgres') throw new Error('These are the plans of PostgreSQL.');
  await look.change(
    `insert into webhooks (id, name, type, url, events, enabled, enabled_changed_at, headers_sealed, timeout_ms, retry_delays_ms,
      signature_prefix, hub_signature, signing_secret_sealed, signing_secret_hint, created_at, changed_at)
     values ('${hook}', 'One', 'url', '', 'all', 1, 1, '{}', 1, '[]', '', 0, '', '', 1, 1)`,
  );
  await look.change(
    `insert into events (id, app_id, door, type, visitor_id, account_id, occurred_at, received_at, time_replaced, message_id,
      url, title, body)
     select lpad(to_hex(at), 12, '0') || lpad(to_hex(i), 28, '0'), 1, 'track', case when i = 7 then 'npsSubmitted' else 'pageLoaded' end,
      'v' || i % 3000, 'a' || i % 300, at, at, 0, 'm' || i, '', '', '{"userAgent":"","properties":{}}'
     from (select i, i * ${everyMs} + ${firstAt}::bigint as at from generate_series(1, ${total}) i) n`,
  );
  await look.change(
    `insert into deliveries (event_id, webhook_id, format, revision, state, attempt_count, attempts_before_replay, created_at,
      due_at, last_code)
     select id, '${hook}', 'pendo', 1, case when received_at % 400000 = 0 then 'failed' when received_at % 10000 = 20 then 'pending'
      else 'delivered' end, 1, 0, received_at, received_at, case when received_at % 400000 = 0 then 'timeout' end from events`,
  );
  await look.change(
    `insert into visitors (id, account_id, anonymous, do_not_process, created_at, metadata)
     select 'v' || i, 'a' || i % 300, 0, 0, 1, '{}' from generate_series(1, 100000) i`,
  );
  await look.change(
    `insert into accounts (id, created_at, metadata) select 'a' || i, 1, '{}' from generate_series(1, 100000) i`,
  );
  await look.change(
    `insert into tallies (subject, span, bucket_at, measure, count, last_at)
     select '${hook}', '5m', ${systemClock.now() - (systemClock.now() % 300_000)}::bigint + (i - 50000)::bigint * 300000, 'delivered', 1, 1 from generate_series(1, 50000) i`,
  );
  await look.change('analyze');
  postgres = openPostgres(address.url, { name: 'plans', readOnly: true, byIndexOnly: true });
  const ask = postgres.link.query.bind(postgres.link);
  postgres.link.query = (text, values, name) => {
    asked.push({ text, values: values ?? [] });
    return ask(text, values, name);
  };
  reads = createReads({ db: postgres.db, close: async () => {} }, { segmentApiUrl: null });
}, 120_000);
afterAll(async () => {
  await postgres.close();
  await database.drop();
});

const page = (...key: (string | number)[]) => ({
  limit: 50,
  cursor: key.length === 0 ? null : Buffer.from(JSON.stringify(key)).toString('base64url'),
});

/** The most rows that a step of any of the queries has read, and the tables that were read from their start to their end. */
async function readBy(ask: () => Promise<unknown>): Promise<QueryPlan> {
  asked = [];
  await ask();
  const queries = asked.splice(0);
  expect(queries.length).toBeGreaterThan(0);
  const plans: QueryPlan[] = [];
  for (const { text, values } of queries)
    plans.push(queryPlan((await postgres.link.query(`explain (analyze, format json) ${text}`, values)).rows));
  return {
    rowCount: Math.max(...plans.map(({ rowCount }) => rowCount)),
    scanned: plans.flatMap(({ scanned }) => scanned),
    steps: plans.map(({ steps }) => steps).join('\n'),
  };
}

/** A page, the row that says whether there is another, and as much again for what is looked up beside it. */
const pageRows = 200;
/** And what came in so shortly after a time that it may have been received within it. */
const lateRows = pageRows + (commitDelayMaxMs + 10_000) / everyMs;

test.each<[string, number, () => Promise<unknown>]>([
  ['events', pageRows, () => reads.events({}, page(middle))],
  [
    'events by time',
    lateRows,
    () => reads.events({ receivedFrom: today - 5000, receivedBefore: today + 5000 }, page()),
  ],
  ['events by visitor', pageRows, () => reads.events({ visitorId: 'v7' }, page(middle))],
  ['events by account', pageRows, () => reads.events({ accountId: 'a7' }, page(middle))],
  ['events by account and type', 1100, () => reads.events({ accountId: 'a7', type: 'npsSubmitted' }, page())],
  ['events of a visitor that is not there', pageRows, () => reads.events({ visitorId: 'nobody' }, page())],
  ['visitors', pageRows, () => reads.visitors({}, page('v5'))],
  ['visitors by the start of an id', pageRows, () => reads.visitors({ search: 'v77' }, page())],
  ['visitors by account', pageRows * 2, () => reads.visitors({ accountId: 'a7' }, page('v5'))],
  ['accounts by the start of an id', pageRows, () => reads.accounts({ search: 'a77' }, page())],
  ['deliveries', pageRows, () => reads.deliveries({}, page(middle, hook))],
  ['deliveries by webhook', pageRows, () => reads.deliveries({ webhookId: hook }, page(middle, hook))],
  ['deliveries by visitor', pageRows, () => reads.deliveries({ visitorId: 'v7' }, page())],
  ['deliveries by account and webhook', 1100, () => reads.deliveries({ accountId: 'a7', webhookId: hook }, page())],
  ['deliveries that failed', pageRows, () => reads.deliveries({ state: 'failed' }, page())],
  [
    'deliveries that failed, of one webhook',
    pageRows,
    () => reads.deliveries({ state: 'failed', webhookId: hook }, page()),
  ],
  ['deliveries by error code', pageRows, () => reads.deliveries({ code: 'timeout' }, page())],
  [
    'deliveries by time',
    lateRows,
    () => reads.deliveries({ receivedFrom: today - 5000, receivedBefore: today + 5000 }, page()),
  ],
  ['deliveries by type', limits.scanRowsMax, () => reads.deliveries({ eventType: 'npsSubmitted' }, page())],
  ['events by messageId', limits.scanRowsMax, () => reads.events({ messageId: 'm5' }, page())],
  ['events by type', limits.scanRowsMax, () => reads.events({ type: 'npsSubmitted' }, page(middle))],
  ['deliveries that are pending', limits.scanRowsMax, () => reads.deliveries({ state: 'pending' }, page())],
  ['deliveries that were cancelled', limits.scanRowsMax, () => reads.deliveries({ state: 'cancelled' }, page())],
  ['warnings', pageRows, () => reads.warnings({}, page(5))],
  ['warnings by reason', pageRows, () => reads.warningSummaries({ from: today })],
  ['what is pending of a webhook', total / 200, () => reads.pendingOf(hook)],
  ['webhooks at a glance', total / 200, () => reads.webhookSummaries(systemClock.now())],
  ['the chart of a webhook', 100, () => reads.tallies(hook, { span: '5m', from: today, before: today + 3_600_000 })],
  ['what came in by each door', 200, () => reads.sources(1, systemClock.now())],
])('%s are read by an index, at most %i rows', async (_, rowsMax, ask) => {
  const { rowCount, scanned, steps } = await readBy(ask);
  expect(scanned, steps).toEqual([]);
  expect(rowCount, steps).toBeLessThanOrEqual(rowsMax);
});

test('a question that no index leads to would be found out', async () => {
  const { rowCount } = await readBy(() =>
    postgres.db.selectFrom('events').select('id').where('title', '=', 'x').execute(),
  );
  expect(rowCount).toBeGreaterThanOrEqual(total / 2);
});
