/**
 * What is done in the background, and when a node has died, reads no more than it changes, whatever else is pending and however
 * much is kept. The database itself counts the rows here: of 300,000 events, 100,000 are held for one webhook that is off, and
 * another's deliveries are claimed by one node that lives and one that does not.
 *
 * Everything is asked twice, of tables of which nothing is known yet, as a new day's part is, and after they were analysed.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type QueryPlan, queryPlan } from '../../test/support/query-plan.ts';
import { type StandDatabase, standDatabase } from '../../test/support/stand-database.ts';
import { systemClock } from '../core/clock.ts';
import { eventIdFloor } from '../core/id.ts';
import type { ReplayCandidate, ReplayFilter } from '../core/replay.ts';
import { deleteOldAuditEntries } from './audit-log.ts';
import { discardLate, discardStep } from './discards.ts';
import type { Journal } from './journal.ts';
import { Membership } from './nodes.ts';
import { migrateServer } from './open-store.ts';
import { makeParts } from './parts.ts';
import { countPending } from './pending-counts.ts';
import { openPostgres, type Postgres } from './postgres.ts';
import { postgresJournal } from './postgres-journal.ts';
import { nextCandidates } from './replay-candidates.ts';
import { endedRequeues, requeue, waitingRequeues } from './requeues.ts';

const total = 300_000;
const claimedCount = 2000;
const busy = 'wh_000000000001';
const held = 'wh_000000000002';
const gone = 'wh_000000000003';
const alive = 1;
const dead = 2;
const dayMs = 86_400_000;
const now = systemClock.now();
/** In parts of a day; the last event is this minute's. */
const days = 12;
const firstAt = now - days * dayMs;
const retentionDays = 11;
const expiredBefore = eventIdFloor(now - retentionDays * dayMs);

let database: StandDatabase;
let postgres: Postgres;
let journal: Journal;
let membership: Membership;

beforeAll(async () => {
  database = await standDatabase();
  const { address, look } = database;
  if (address.kind !== 'postgres') throw new Error('These are the plans of PostgreSQL.');
  // With a part for each day.
  await migrateServer(address.url, { ...systemClock, now: () => firstAt });
  postgres = openPostgres(address.url, { name: 'work', byIndexOnly: true, queryTimeoutMs: 60_000 });
  const { link } = postgres;
  await link.transaction(() => makeParts(link, now, retentionDays));
  await load(look);
  journal = postgresJournal(link, { nodeId: alive });
  membership = new Membership(link, { name: '', roles: [], version: '' });
}, 120_000);
afterAll(async () => {
  await postgres.close();
  await database.drop();
});

async function load(look: StandDatabase['look']): Promise<void> {
  await look.change(
    `insert into webhooks (id, name, type, url, events, enabled, enabled_changed_at, headers_sealed, timeout_ms, retry_delays_ms,
      signature_prefix, hub_signature, signing_secret_sealed, signing_secret_hint, created_at, changed_at, deleted_at)
     select id, '', 'url', '', 'all', 1, 1, '{}', 1, '[]', '', 0, '', '', 1, 1, case id when '${gone}' then ${now}::bigint end
     from unnest(array['${busy}', '${held}', '${gone}']) id`,
  );
  await look.change(
    `insert into events (id, app_id, door, type, visitor_id, account_id, occurred_at, received_at, time_replaced, url, title, body)
     select lpad(to_hex(at), 12, '0') || lpad(to_hex(i), 28, '0'), 1, 'track', case when i % 30000 = 7 then 'npsSubmitted' else 'pageLoaded' end,
      'v' || i % 3000, 'a' || i % 300, at, at, 0, '', '', '{"userAgent":"","properties":{}}'
     from (select i, ${firstAt}::bigint + i::bigint * ${now - firstAt} / ${total} as at from generate_series(1, ${total}) i) n`,
  );
  const claimed = `i > ${total - 2 * claimedCount}`;
  await look.change(
    `insert into deliveries (event_id, webhook_id, format, revision, state, attempt_count, attempts_before_replay, created_at,
      due_at, last_code, claimed_by)
     select id, '${busy}', 'pendo', 1, case when ${claimed} or i % 10000 = 9 then 'pending' when i % 1000 = 3 then 'failed' else 'delivered' end,
      1, 0, received_at, received_at, case when i % 1000 = 3 then 'timeout' end,
      case when ${claimed} then case when i % 2 = 0 then ${alive} else ${dead} end end
     from (select id, received_at, row_number() over (order by id) as i from events) e`,
  );
  await look.change(
    `insert into deliveries (event_id, webhook_id, format, revision, state, attempt_count, attempts_before_replay, created_at, due_at)
     select id, '${held}', 'pendo', 1, 'pending', 0, 0, received_at, received_at from events order by id desc limit 100000`,
  );
  await look.change(
    `insert into requeues (event_id, webhook_id, number, at, replay_id, waiting)
     select event_id, webhook_id, 2, 1, 'one', case when state = 'failed' then 1 else 0 end from deliveries
     where webhook_id = '${busy}' and state <> 'pending' and (state = 'failed' or right(event_id, 1) = '7')`,
  );
  await look.change(
    `insert into messages (app_id, message_id, received_at) select 1, 'm' || i, ${now}::bigint - i * 1000::bigint
     from generate_series(1, ${total}) i`,
  );
  await look.change(
    `insert into audit_entries (at, actor_kind, actor_id, actor_name, address, action, outcome, target_id)
     select ${now}::bigint - i, 'user', '', '', '', '', 'done', '' from generate_series(1, 50000) i`,
  );
  await look.change(
    `insert into nodes (id, name, roles, version, lost_at) values (${alive}, '', '', '', null), (${dead}, '', '', '', clock_timestamp())`,
  );
}

class TakenBack extends Error {}

/** What the statements of some work read, each as it is asked. Nothing of it stays done. */
async function readBy(work: () => Promise<unknown>): Promise<QueryPlan[]> {
  const { link } = postgres;
  const ask = link.query.bind(link);
  const transaction = link.transaction.bind(link);
  const plans: QueryPlan[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const explain = async (...[text, values]: Parameters<typeof ask>): ReturnType<typeof ask> => {
    await ask('savepoint explained');
    plans.push(queryPlan((await ask(`explain (analyze, format json) ${text}`, values)).rows));
    await ask('rollback to savepoint explained');
    return ask(text, values);
  };
  const takenBack = transaction(async () => {
    // All of it is in this transaction, and one after the other.
    link.transaction = (inner) => inner();
    link.query = (text, values) => {
      const explained = last.then(() =>
        /^(savepoint|set|drop) /.test(text) ? ask(text, values) : explain(text, values),
      );
      last = explained.catch(() => {});
      return explained;
    };
    await work();
    await last;
    throw new TakenBack();
  });
  await takenBack
    .catch((error: unknown) => {
      if (!(error instanceof TakenBack)) throw error;
    })
    .finally(() => Object.assign(link, { query: ask, transaction }));
  expect(plans.length).toBeGreaterThan(0);
  return plans;
}

const everything: ReplayFilter = {
  states: ['delivered', 'failed', 'cancelled'],
  ids: null,
  webhookId: busy,
  eventType: null,
  code: null,
  visitorIds: null,
  accountId: null,
  receivedFrom: null,
  receivedBefore: null,
};

function candidates(filter: Partial<ReplayFilter>) {
  const afterEventId = eventIdFloor(firstAt + 2 * dayMs);
  const stretch = {
    filter: { ...everything, ...filter },
    webhookId: busy,
    afterEventId,
    beforeEventId: eventIdFloor(now),
  };
  return nextCandidates(postgres.db, stretch, 1000, () => false);
}

function claimDue(webhookId: string, onlyRetries: boolean) {
  return journal.claimDue(webhookId, { now, limit: 500, bodyCharsMax: 1_000_000, onlyRetries, claimed: new Set() });
}

async function discard(webhookId: string, limit: number): Promise<void> {
  const through = { discard_through: eventIdFloor(now + dayMs), discard_at: now };
  await postgres.db.updateTable('webhooks').set(through).where('id', '=', webhookId).execute();
  await discardStep(postgres.db, webhookId, limit);
}

function putBack(chosen: readonly ReplayCandidate[]) {
  const eventIds = chosen.slice(0, 100).map(({ eventId }) => eventId);
  return requeue(postgres.db, { webhookId: busy, eventIds, replayId: 'one', now });
}

const tallies = Array.from({ length: 200 }, (_, index) => ({
  subject: busy,
  span: '5m' as const,
  bucketAt: index * 300_000,
  measure: 'delivered',
  count: 1,
  lastAt: now,
}));

/** What a batch of 500 or 1,000 changes, and what indexes still name that was taken back. */
const batch = 2000;
/** The same for a window of a replay, of which nobody knows yet how much is in it: then it is compared row by row. */
const window = 1_000_000;

/** What is read by webhook comes first: what the others write and take back makes the indexes of a small part long. */
const works: [string, number, () => unknown][] = [
  ['what is pending of one webhook', 3 * claimedCount, () => countPending(postgres.db, busy)],
  ['a batch of what is discarded', batch, () => discard(held, 500)],
  ['the last of what is discarded', 6 * claimedCount, () => discard(busy, 5000)],
  ['claims of the dead', 2 * claimedCount, () => membership.rescue()],
  ['claims of nobody', 4 * claimedCount, () => membership.rescueStray()],
  ['claims of one node', claimedCount, () => membership.giveBack(alive)],
  ['claims of a node that has none', 0, () => membership.giveBack(77)],
  ['claims that nobody has heard of', claimedCount, () => journal.releaseAllBut([])],
  ['what is due', batch, () => claimDue(held, false)],
  ['what is due again', batch, () => claimDue(busy, true)],
  ['what is due next', 2, () => journal.nextDueAt(busy, now)],
  ['when something is due', 10, () => journal.unclaimed([busy, held, gone])],
  ['what has expired', batch, () => journal.expirePending(expiredBefore, now, 500)],
  ['a part to drop', 50, () => journal.pruneEvents(expiredBefore, 500)],
  ['old messages', batch, () => journal.pruneMessages(now - dayMs, 500)],
  ['messages of which none is old', 0, () => journal.pruneMessages(now - 10 * dayMs, 500)],
  ['old entries of the audit log', batch, () => deleteOldAuditEntries(postgres.db, now)],
  ['counts of a span', 200, () => journal.addTallies(tallies)],
  ['what was made late for a deleted webhook', 10, () => discardLate(postgres.db, now)],
  ['what is to be sent again', batch, () => candidates({})],
  ['what is put back', batch, async () => putBack((await candidates({})).candidates)],
  ['what has failed', batch, () => candidates({ states: ['failed'] })],
  ['what was never tried', window, () => candidates({ states: ['never_attempted'] })],
  ['what is of a type', batch, () => candidates({ eventType: 'npsSubmitted' })],
  [
    'what is of a type, and was never tried',
    window,
    () => candidates({ eventType: 'npsSubmitted', states: ['never_attempted'] }),
  ],
  ['what replays wait for', 1000, () => waitingRequeues(postgres.db)],
  ['what has ended of that', 1000, () => endedRequeues(postgres.db, 2000)],
];

describe.each([
  ['of which nothing is known yet', false],
  ['that were analysed', true],
])('on tables %s', (_, analysed) => {
  beforeAll(async () => {
    if (analysed) await database.look.change('vacuum analyze');
  });

  test.each(works)('%s: at most %i rows are read', async (_name, rowsMax, work) => {
    const plans = await readBy(async () => work());
    for (const { rowCount, scanned, steps } of plans) {
      expect(scanned, steps).toEqual([]);
      expect(rowCount, steps).toBeLessThanOrEqual(rowsMax);
    }
  });
});
