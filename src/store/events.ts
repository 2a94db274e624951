/**
 * Events, newest first. Ids sort by time, so a range of time is first of all a range of ids, which the primary key
 * answers; what one visitor or one account's visitors did is on their trails.
 */
import { type Expression, expressionBuilder, type Kysely, type SqlBool } from 'kysely';
import type { Event, Origin, RecordedType, Withheld } from '../core/event.ts';
import { eventIdFloor } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import type { Page, PageRequest } from '../core/page.ts';
import { cursorText, pageOf } from './page.ts';
import type { Database, EventRow } from './schema.ts';
import { alongTrails, type IdRange, subjectsOf, trailed, within } from './trail.ts';

export interface EventConditions {
  type?: string;
  appId?: number;
  /** A visitor under all the ids that it has had. */
  visitorIds?: readonly string[];
  accountId?: string;
  door?: string;
  messageId?: string;
  receivedFrom?: number;
  receivedBefore?: number;
  /** Else entries of the audit log are left out. */
  withAdminEvents?: boolean;
}

export async function listEvents(
  db: Kysely<Database>,
  where: EventConditions,
  page: PageRequest,
): Promise<Page<Event>> {
  const subjects = subjectsOf(where);
  const asked = rangeOf(where, cursorText(page));
  const floor = subjects === null && isSearch(where) ? await scanFloor(db, asked) : null;
  const range = floor === null ? asked : { ...asked, from: floor };
  const conditions = conditionsOf(where);
  const limit = page.limit + 1;
  const inEvents = (part: IdRange): Promise<EventRow[]> =>
    db
      .selectFrom('events')
      .selectAll()
      .where((eb) => eb.and([...conditions, ...within('events.id', part)]))
      .orderBy('events.id', 'desc')
      .limit(limit)
      .execute();
  const onTrail = (part: IdRange): Promise<EventRow[]> =>
    trailed(db, subjects ?? [], part)
      .innerJoin('events', 'events.id', 'listed.value')
      .selectAll('events')
      .where((eb) => eb.and(conditions))
      .orderBy('trail_windows.last_event_id', 'desc')
      .orderBy('listed.value', 'desc')
      .limit(limit)
      .execute();
  const reading = { recent: inEvents, trailed: onTrail };
  return pageOf(
    subjects === null ? await inEvents(range) : await alongTrails(db, range, limit, reading),
    page,
    (row) => eventOf(row),
    (row) => [row.id],
    floor === null ? null : [floor],
  );
}

/** Whether it asks for something that no index leads to, so that a page could have to read everything. */
function isSearch({ type, appId, accountId, door, messageId }: EventConditions): boolean {
  return [type, appId, accountId, door, messageId].some((condition) => condition !== undefined);
}

/** The event at which one page stops looking; null when the range has fewer. */
async function scanFloor(db: Kysely<Database>, range: IdRange): Promise<string | null> {
  const row = await db
    .selectFrom('events')
    .select('id')
    .where((eb) => eb.and(within('events.id', range)))
    .orderBy('id', 'desc')
    .limit(1)
    .offset(limits.scanRowsMax - 1)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** A range of time as a range of ids, and what the page before leaves of it. */
export function rangeOf(
  { receivedFrom, receivedBefore }: Pick<EventConditions, 'receivedFrom' | 'receivedBefore'>,
  after: string | null,
): IdRange {
  const end = receivedBefore === undefined ? null : eventIdFloor(receivedBefore + commitDelayMaxMs);
  const before = after !== null && end !== null ? (after < end ? after : end) : (after ?? end);
  return {
    // An event gets its id after it was received, so no id is older than this.
    ...(receivedFrom === undefined ? {} : { from: eventIdFloor(receivedFrom) }),
    ...(before === null ? {} : { before }),
  };
}

function conditionsOf(where: EventConditions): Expression<SqlBool>[] {
  const eb = expressionBuilder<Database, 'events'>();
  const conditions: Expression<SqlBool>[] = [];
  if (where.type !== undefined) conditions.push(eb('events.type', '=', where.type));
  if (where.withAdminEvents !== true) conditions.push(eb('events.type', '!=', 'adminEvent'));
  if (where.appId !== undefined) conditions.push(eb('events.app_id', '=', where.appId));
  if (where.visitorIds !== undefined) conditions.push(eb('events.visitor_id', 'in', where.visitorIds));
  if (where.accountId !== undefined) conditions.push(eb('events.account_id', '=', where.accountId));
  if (where.door !== undefined) conditions.push(eb('events.door', '=', where.door));
  if (where.messageId !== undefined) conditions.push(eb('events.message_id', '=', where.messageId));
  if (where.receivedFrom !== undefined) conditions.push(eb('events.received_at', '>=', where.receivedFrom));
  if (where.receivedBefore !== undefined) conditions.push(eb('events.received_at', '<', where.receivedBefore));
  return conditions;
}

export async function findEvent(db: Kysely<Database>, id: string): Promise<Event | null> {
  const row = await db.selectFrom('events').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : eventOf(row);
}

/** The id of the newest, or null when there is none. */
export async function newestEventId(db: Kysely<Database>): Promise<string | null> {
  const row = await db.selectFrom('events').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row?.id ?? null;
}

/** Longer than any event waits between being received and getting its id in a commit. */
export const commitDelayMaxMs = 60_000;

function eventOf(row: EventRow): Event {
  const { userAgent, properties } = JSON.parse(row.body) as { userAgent: string; properties: unknown };
  return {
    id: row.id,
    appId: row.app_id,
    door: row.door as Origin,
    type: row.type as RecordedType,
    visitorId: row.visitor_id,
    accountId: row.account_id,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    timeReplaced: row.time_replaced === 1,
    messageId: row.message_id,
    userAgent,
    url: row.url,
    title: row.title,
    propertiesJson: JSON.stringify(properties),
    agentVersion: row.agent_version,
    withheld: row.withheld as Withheld | null,
  };
}
