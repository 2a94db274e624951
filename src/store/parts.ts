/**
 * The partitions of what is kept by time: `events` and all that hangs on an event's id. An id begins with the moment it was
 * made, so a span of time is a range of ids. Each part follows on the one before without a gap, and there is none that takes
 * what fits nowhere: old data leaves by dropping a part, which takes no longer than any other statement.
 */
import { eventIdFloor } from '../core/id.ts';
import { isLockedOut, type PostgresLink } from './postgres.ts';

const dayMs = 86_400_000;
/** Parts are made so far ahead, so that none is missing when a node was away for a while. */
const aheadMs = 3 * dayMs;
/** With a long retention parts are longer, so that there are not many more of them than this. */
const partsWanted = 40;
/** How long dropping waits for the locks of others: everybody else would have to wait behind it. */
const dropLockMs = 200;

/** Each divided table with the column of the event's id. */
const tables = { events: 'id', bodies: 'event_id', deliveries: 'event_id', attempts: 'event_id', requeues: 'event_id' };

/** Makes what is missing from the moment on, and some days ahead, in the caller's transaction. Nodes that do so at once wait for each other. */
export async function makeParts(link: PostgresLink, now: number, retentionDays: number): Promise<void> {
  const present = await link.query('select min(from_id) as first, max(to_id) as last from parts');
  if (isEnough(present.rows[0], now)) return;
  await link.query('lock table parts in share row exclusive mode');
  const { rows } = await link.query('select min(from_id) as first, max(to_id) as last from parts');
  const first = momentOf(rows[0]?.['first']);
  const last = momentOf(rows[0]?.['last']);
  const lengthMs = Math.max(1, Math.ceil(retentionDays / partsWanted)) * dayMs;
  const today = now - (now % dayMs);
  // A clock that is behind writes before what is there.
  if (first !== null && now < first) await makePart(link, today, first);
  for (let from = last ?? today - dayMs; from < now + aheadMs; from += lengthMs)
    await makePart(link, from, from + lengthMs);
}

/** Whether there is something for now, and for more than another day. */
function isEnough(row: Record<string, unknown> | undefined, now: number): boolean {
  const [first, last] = [momentOf(row?.['first']), momentOf(row?.['last'])];
  return first !== null && last !== null && first <= now && last > now + dayMs;
}

/** The same for a row that fitted nowhere, in a transaction of its own. */
export async function makePartFor(link: PostgresLink, at: number): Promise<void> {
  await link.transaction(() => makeParts(link, at, 1));
}

/** Drops parts that end before this id and in which nothing is pending any more. Answers how many. */
export async function dropParts(link: PostgresLink, beforeEventId: string): Promise<number> {
  const { rows } = await link.query(
    'select from_id from parts where to_id <= $1 order by from_id limit 1 for update skip locked',
    [beforeEventId],
  );
  const from = momentOf(rows[0]?.['from_id']);
  if (from === null) return 0;
  for (const which of ['claimed_by is null', 'claimed_by is not null']) {
    const pending = `select 1 from ${partName('deliveries', from)} where state = 'pending' and ${which} limit 1`;
    if ((await link.query(pending)).rows.length > 0) return 0;
  }
  await link.query(`savepoint dropping`);
  try {
    await link.query(`set local lock_timeout = ${dropLockMs}`);
    await link.query(
      `drop table ${Object.keys(tables)
        .map((table) => partName(table, from))
        .join(', ')}`,
    );
    await link.query('delete from parts where from_id = $1', [eventIdFloor(from)]);
    return 1;
  } catch (error) {
    if (!isLockedOut(error)) throw error;
    await link.query('rollback to savepoint dropping');
    return 0;
  }
}

async function makePart(link: PostgresLink, from: number, to: number): Promise<void> {
  const [fromId, toId] = [eventIdFloor(from), eventIdFloor(to)];
  for (const table of Object.keys(tables)) {
    const name = partName(table, from);
    // Made apart and then attached: made in its place, all that use the table would have to wait.
    await link.query(`create table ${name} (like ${table} including defaults including constraints including storage)
      with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05)`);
    await link.query(`alter table ${table} attach partition ${name} for values from ('${fromId}') to ('${toId}')`);
  }
  await link.query('insert into parts (from_id, to_id) values ($1, $2)', [fromId, toId]);
}

function partName(table: string, from: number): string {
  return `${table}_${new Date(from).toISOString().slice(0, 13).replaceAll(/\D/g, '')}`;
}

function momentOf(id: unknown): number | null {
  return typeof id === 'string' ? Number.parseInt(id.slice(0, 12), 16) : null;
}
