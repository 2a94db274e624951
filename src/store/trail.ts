/**
 * What one visitor, or the visitors of one account, did: newest first. It stands in two places, because trails are
 * written later and in bulk. Up to the event that the fact `trailed_to` names the trails are complete; what came after it
 * is looked for in `events` itself, which takes 10 to 30 ms for the 20,000 events that may be waiting.
 *
 * The mark is read once and both places are cut at it, so nothing is found twice; and since it only moves on, nothing
 * is missed when the writer of the trails moves it between two queries.
 */
import { type Expression, expressionBuilder, type Kysely, type SqlBool } from 'kysely';
import { accountSubject, visitorSubject } from '../core/trail-subject.ts';
import { readFact } from './facts.ts';
import type { Database } from './schema.ts';

/** Event ids: from this one on, and before that one. */
export interface IdRange {
  from?: string;
  before?: string;
}

/** The two ways to read a page of something that belongs to events. Both answer newest first, and at most a page. */
export interface TrailReading<Row> {
  recent: (range: IdRange) => Promise<Row[]>;
  trailed: (subject: string, range: IdRange) => Promise<Row[]>;
  eventIdOf: (row: Row) => string;
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
  subjects: readonly string[],
  range: IdRange,
  limit: number,
  reading: TrailReading<Row>,
): Promise<Row[]> {
  const mark = idAfter((await readFact(db, 'trailed_to')) ?? '');
  const { from = '', before } = range;
  const onlyTrailed = before !== undefined && before <= mark;
  const recent = onlyTrailed ? [] : await reading.recent({ ...range, from: from > mark ? from : mark });
  if (recent.length >= limit || from >= mark) return recent;

  const trailed: Row[] = [];
  for (const subject of subjects) {
    trailed.push(...(await reading.trailed(subject, { ...range, before: onlyTrailed ? before : mark })));
  }
  // Each trail is in order, but somebody who was anonymous before has several. An event is on one of them only, so what
  // belongs to one event stays together, and in its order.
  if (subjects.length > 1) trailed.sort((a, b) => compare(reading.eventIdOf(b), reading.eventIdOf(a)));
  return [...recent, ...trailed].slice(0, limit);
}

/**
 * The range as conditions on the column that the rows come in the order of, with one bound at each end: of two the
 * database may choose the looser one to start from, and read all that is between them.
 */
export function within(
  column: 'events.id' | 'deliveries.event_id' | 'trails.event_id',
  range: IdRange,
): Expression<SqlBool>[] {
  const eb = expressionBuilder<Database, 'events' | 'deliveries' | 'trails'>();
  return [
    ...(range.from === undefined ? [] : [eb(column, '>=', range.from)]),
    ...(range.before === undefined ? [] : [eb(column, '<', range.before)]),
  ];
}

/** Sorts right after this id: all ids are of one length, so none can come between. */
export function idAfter(id: string): string {
  return `${id}0`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
