/**
 * What a replay may send to one webhook, looked at in windows of events, oldest first: each window is bounded in what it
 * reads, however little of it a filter asks for. What one visitor or account did is found by their trails. What is read is a little more than what is meant: core/replay.ts decides.
 */
import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import type { RecordedType, Withheld } from '../core/event.ts';
import { eventIdsIn, type ReplayCandidate, type ReplayFilter } from '../core/replay.ts';
import { isPostgres } from './dialect.ts';
import { routesIn } from './routes.ts';
import type { Database } from './schema.ts';
import { nextOnTrails, subjectsOf } from './trail.ts';

export interface Stretch {
  filter: ReplayFilter;
  webhookId: string;
  /** Events after this one, and before that one. */
  afterEventId: string;
  beforeEventId: string;
}

export interface CandidateWindow {
  candidates: ReplayCandidate[];
  /** The last event that was looked at; null when there are no more. */
  through: string | null;
}

/** `isExcluded` is asked by visitor and account; what else an event came with is not kept. */
export async function nextCandidates(
  db: Kysely<Database>,
  stretch: Stretch,
  size: number,
  isExcluded: (subject: { visitorId: string; accountId: string; host: null; ip: null }) => boolean,
): Promise<CandidateWindow> {
  const { filter, webhookId } = stretch;
  const { range, through } = await windowOf(db, stretch, size);
  const rows = filter.states.includes('never_attempted')
    ? await alongEvents(db, stretch, range)
    : await alongDeliveries(db, stretch, range);
  const candidates = rows.map((row) => {
    const { visitor_id: visitorId, account_id: accountId } = row;
    // A delivery whose first attempt is under way may have no row yet.
    const made = row.state !== null || routesIn(row.routes).some((route) => route.webhookId === webhookId);
    return {
      eventId: row.id,
      eventType: row.type as RecordedType,
      visitorId,
      accountId,
      receivedAt: row.received_at,
      withheld: row.withheld as Withheld | null,
      state: made ? ((row.state ?? 'pending') as ReplayCandidate['state']) : null,
      code: row.last_code,
      barred:
        row.type !== 'adminEvent' &&
        (row.do_not_process === 1 || isExcluded({ visitorId, accountId, host: null, ip: null })),
    };
  });
  return { candidates, through };
}

/** Ids of events: these, or all of a range that has both its ends. */
type Range = { ids: string[] } | { after: string; through: string };

/** The end of the window is looked up in the index that leads through it, before any row is read. */
async function windowOf(
  db: Kysely<Database>,
  { filter, webhookId, afterEventId, beforeEventId }: Stretch,
  size: number,
): Promise<{ range: Range; through: string | null }> {
  if (filter.ids !== null) {
    const left = eventIdsIn(filter.ids).filter((id) => id > afterEventId && id < beforeEventId);
    const ids = left.slice(0, size);
    return { range: { ids }, through: left.length > size ? (ids.at(-1) ?? null) : null };
  }
  const { visitorIds, accountId } = filter;
  const subjects = subjectsOf({ ...(visitorIds && { visitorIds }), ...(accountId !== null && { accountId }) });
  if (subjects !== null) {
    const found = await nextOnTrails(db, subjects, { after: afterEventId, before: beforeEventId }, size);
    if (found !== null) return { range: { ids: found.ids }, through: found.through };
  }
  const end = filter.states.includes('never_attempted')
    ? await db
        .selectFrom('events')
        .select('id')
        .where('id', '>', afterEventId)
        .where('id', '<', beforeEventId)
        .orderBy('id')
        .limit(1)
        .offset(size - 1)
        .executeTakeFirst()
    : await db
        .selectFrom('deliveries')
        .select('event_id as id')
        .where('webhook_id', '=', webhookId)
        .where('event_id', '>', afterEventId)
        .where('event_id', '<', beforeEventId)
        .$if(onlyFailed(filter), (query) => query.where('state', '=', sql.lit('failed')))
        .orderBy('event_id')
        .limit(1)
        .offset(size - 1)
        .executeTakeFirst();
  // The end of a stretch is an event's id with a letter more (the newest event), or the first id that a moment can have.
  return {
    range: { after: afterEventId, through: end?.id ?? beforeEventId.slice(0, 40) },
    through: end?.id ?? null,
  };
}

/** The index of what has failed is only used where the text of the query says so. */
function onlyFailed({ states }: ReplayFilter): boolean {
  return states.length === 1 && states[0] === 'failed';
}

function alongEvents(db: Kysely<Database>, { filter, webhookId }: Stretch, range: Range) {
  return db
    .selectFrom('events')
    .leftJoin('deliveries', (join) =>
      join
        .onRef('deliveries.event_id', '=', 'events.id')
        .on('deliveries.webhook_id', '=', webhookId)
        .on(alsoWithin(db, 'deliveries.event_id', range)),
    )
    .leftJoin('aliases', 'aliases.from_id', 'events.visitor_id')
    .leftJoin('visitors', (join) =>
      join.on((eb) => eb('visitors.id', '=', eb.fn.coalesce('aliases.to_id', 'events.visitor_id'))),
    )
    .select(columns)
    .where((eb) => eb.and([within('events.id', range), ...eventConditions(filter)]))
    .orderBy('events.id')
    .execute();
}

function alongDeliveries(db: Kysely<Database>, { filter, webhookId }: Stretch, range: Range) {
  const states = filter.states.filter((state) => state !== 'never_attempted');
  return db
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .leftJoin('aliases', 'aliases.from_id', 'events.visitor_id')
    .leftJoin('visitors', (join) =>
      join.on((eb) => eb('visitors.id', '=', eb.fn.coalesce('aliases.to_id', 'events.visitor_id'))),
    )
    .select(columns)
    .where('deliveries.webhook_id', '=', webhookId)
    .where((eb) =>
      onlyFailed(filter)
        ? eb('deliveries.state', '=', sql.lit('failed'))
        : eb('deliveries.state', 'in', states.length === 0 ? [''] : states),
    )
    .where((eb) =>
      eb.and([within('deliveries.event_id', range), alsoWithin(db, 'events.id', range), ...eventConditions(filter)]),
    )
    .orderBy('deliveries.event_id')
    .execute();
}

const columns = [
  'events.id',
  'events.type',
  'events.visitor_id',
  'events.account_id',
  'events.received_at',
  'events.withheld',
  'events.routes',
  'deliveries.state',
  'deliveries.last_code',
  'visitors.do_not_process',
] as const;

function within(column: 'events.id' | 'deliveries.event_id', range: Range): Expression<SqlBool> {
  const eb = expressionBuilder<Database, 'events' | 'deliveries'>();
  if ('ids' in range) return eb(column, 'in', range.ids.length === 0 ? [''] : range.ids);
  return eb.and([eb(column, '>', range.after), eb(column, '<=', range.through)]);
}

/**
 * The same of the table that is joined. PostgreSQL does not conclude the one from the other: it would take the parts of all
 * time for what has to be looked through. Measured on 300,000 events: 65 s for a window of 1,000 while nothing was known of
 * the tables yet, and 0.3 s for one of a rare type, instead of 10 ms.
 */
function alsoWithin(
  db: Kysely<Database>,
  column: 'events.id' | 'deliveries.event_id',
  range: Range,
): Expression<SqlBool> {
  const eb = expressionBuilder<Database, 'events' | 'deliveries'>();
  if (!isPostgres(db)) return eb.and([]);
  if (!('ids' in range)) return within(column, range);
  // They are in order, and their list would have to be compared with the bounds of all parts once more.
  return eb.and([eb(column, '>=', range.ids.at(0) ?? ''), eb(column, '<=', range.ids.at(-1) ?? '')]);
}

/** What the database can leave out for us. */
function eventConditions({ eventType, visitorIds, accountId, code }: ReplayFilter): Expression<SqlBool>[] {
  const eb = expressionBuilder<Database, 'events' | 'deliveries'>();
  return [
    ...(eventType === null ? [] : [eb('events.type', '=', eventType)]),
    ...(visitorIds === null ? [] : [eb('events.visitor_id', 'in', visitorIds)]),
    ...(accountId === null ? [] : [eb('events.account_id', '=', accountId)]),
    ...(code === null ? [] : [eb('deliveries.last_code', '=', code)]),
  ];
}
