/**
 * What one visitor, or the visitors of one account, did: newest first. It stands in two places, because trails are written
 * later and in bulk, a window of events at a time. Up to the last window the trails are complete; what came after it is
 * looked for in `events` itself, which takes 10 to 30 ms for the 20,000 events that may be waiting.
 *
 * The end of the last window is read once and both places are cut at it, so nothing is found twice; and since it only moves
 * on, nothing is missed when a window is finished between two queries.
 */
import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { accountSubject, visitorSubject } from '../core/trail-subject.ts';
import { isPostgres } from './dialect.ts';
import type { Database } from './schema.ts';

/** Event ids: from this one on, and before that one. */
export interface IdRange {
  from?: string;
  before?: string;
}

/** The two ways to read a page of something that belongs to events. Both answer newest first, and at most a page. */
export interface TrailReading<Row> {
  recent: (range: IdRange) => Promise<Row[]>;
  trailed: (range: IdRange) => Promise<Row[]>;
}

/** The trails that hold what these conditions ask for; null when there is none, and `events` must do. */
export function subjectsOf(where: { visitorIds?: readonly string[]; accountId?: string }): string[] | null {
  if (where.visitorIds !== undefined) return where.visitorIds.map((id) => visitorSubject(id));
  // The empty account has no trail: it would hold most of what happens, and is found quickly without one.
  if (where.accountId === undefined || where.accountId === '') return null;
  return [accountSubject(where.accountId)];
}

export async function alongTrails<Row>(
  db: Kysely<Database>,
  range: IdRange,
  limit: number,
  reading: TrailReading<Row>,
): Promise<Row[]> {
  // Its indexes tell whose an event was, and there are no windows.
  if (isPostgres(db)) return reading.recent(range);
  const mark = idAfter((await trailedTo(db)) ?? '');
  const { from = '', before } = range;
  const onlyTrailed = before !== undefined && before <= mark;
  const recent = onlyTrailed ? [] : await reading.recent({ ...range, from: from > mark ? from : mark });
  if (recent.length >= limit || from >= mark) return recent;
  const trailed = await reading.trailed({ ...range, before: onlyTrailed ? before : mark });
  return [...recent, ...trailed].slice(0, limit);
}

/** The last event of the last window; null when there is none. */
async function trailedTo(db: Kysely<Database>): Promise<string | null> {
  const last = await db
    .selectFrom('trail_windows')
    .select('last_event_id')
    .orderBy('last_event_id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.last_event_id ?? null;
}

/**
 * Ids of the next events of some subjects between two ids, oldest first, and up to where all of them are among these; null
 * where there are no trails, and `events` must be looked through. `through` is null when that is to the end.
 */
export async function nextOnTrails(
  db: Kysely<Database>,
  subjects: readonly string[],
  { after, before }: { after: string; before: string },
  limit: number,
): Promise<{ ids: string[]; through: string | null } | null> {
  const last = isPostgres(db) ? null : await trailedTo(db);
  if (last === null || after >= last) return null;
  const mark = idAfter(last);
  const rows = await trailed(db, subjects, { from: idAfter(after), before: before < mark ? before : mark })
    .select('listed.value as id')
    .orderBy('trail_windows.last_event_id')
    .orderBy('listed.value')
    .limit(limit)
    .execute();
  const ids = rows.map(({ id }) => id);
  if (ids.length === limit) return { ids, through: ids.at(-1) ?? null };
  return { ids, through: before <= mark ? null : last };
}

/**
 * The events of some subjects, to be joined by `listed.value` and ordered by window and that: window after window, newest
 * first, and in each only the rows of the subjects, so that reading stops when the page is full.
 */
export function trailed(db: Kysely<Database>, subjects: readonly string[], range: IdRange) {
  const { from, before } = range;
  // Ids that cannot be read must not hide all others.
  const ids = sql.ref('trails.event_ids');
  return (
    db
      .selectFrom('trail_windows')
      // SQLite keeps the order of cross joins, and would else begin with all trails there are.
      .crossJoin('trails')
      .crossJoin(sql<{ value: string }>`json_each(iif(json_valid(${ids}), ${ids}, '[]'))`.as('listed'))
      .whereRef('trails.window_end', '=', 'trail_windows.last_event_id')
      .where('trails.subject', 'in', subjects)
      .where((eb) =>
        eb.and([
          ...(from === undefined
            ? []
            : [eb('trail_windows.last_event_id', '>=', from), eb('listed.value', '>=', from)]),
          ...(before === undefined
            ? []
            : [eb('trail_windows.first_event_id', '<', before), eb('listed.value', '<', before)]),
        ]),
      )
  );
}

/**
 * The range as conditions on the column that the rows come in the order of, with one bound at each end: of two the
 * database may choose the looser one to start from, and read all that is between them.
 */
export function within(column: 'events.id' | 'deliveries.event_id', range: IdRange): Expression<SqlBool>[] {
  const eb = expressionBuilder<Database, 'events' | 'deliveries'>();
  return [
    ...(range.from === undefined ? [] : [eb(column, '>=', range.from)]),
    ...(range.before === undefined ? [] : [eb(column, '<', range.before)]),
  ];
}

/** Sorts right after this id: all ids are of one length, so none can come between. */
export function idAfter(id: string): string {
  return `${id}0`;
}
