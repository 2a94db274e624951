/**
 * Events, newest first. Ids sort by time, so a range of time is first of all a range of ids, which the primary key
 * answers; what one visitor or one account's visitors did has an index each.
 */
import type { Kysely } from 'kysely';
import type { Door, Event, RecordedType, Withheld } from '../core/event.ts';
import { eventIdFloor } from '../core/id.ts';
import type { Page, PageRequest } from '../core/page.ts';
import { cursorText, pageOf } from './page.ts';
import type { Database, EventRow } from './schema.ts';

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
}

export async function listEvents(
  db: Kysely<Database>,
  where: EventConditions,
  page: PageRequest,
): Promise<Page<Event>> {
  let query = db
    .selectFrom('events')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (where.type !== undefined) query = query.where('type', '=', where.type);
  if (where.appId !== undefined) query = query.where('app_id', '=', where.appId);
  if (where.visitorIds !== undefined) query = query.where('visitor_id', 'in', where.visitorIds);
  if (where.accountId !== undefined) query = query.where('account_id', '=', where.accountId);
  if (where.door !== undefined) query = query.where('door', '=', where.door);
  if (where.messageId !== undefined) query = query.where('message_id', '=', where.messageId);
  if (where.receivedFrom !== undefined) {
    // An event gets its id after it was received, so no id is older than this.
    query = query.where('id', '>=', eventIdFloor(where.receivedFrom)).where('received_at', '>=', where.receivedFrom);
  }
  if (where.receivedBefore !== undefined) {
    query = query
      .where('id', '<', eventIdFloor(where.receivedBefore + commitDelayMaxMs))
      .where('received_at', '<', where.receivedBefore);
  }
  const after = cursorText(page);
  if (after !== null) query = query.where('id', '<', after);
  return pageOf(
    await query.execute(),
    page,
    (row) => eventOf(row),
    (row) => [row.id],
  );
}

export async function findEvent(db: Kysely<Database>, id: string): Promise<Event | null> {
  const row = await db.selectFrom('events').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : eventOf(row);
}

/** Longer than any event waits between being received and getting its id in a commit. */
const commitDelayMaxMs = 60_000;

function eventOf(row: EventRow): Event {
  return {
    id: row.id,
    appId: row.app_id,
    door: row.door as Door,
    type: row.type as RecordedType,
    visitorId: row.visitor_id,
    accountId: row.account_id,
    occurredAt: row.occurred_at,
    receivedAt: row.received_at,
    timeReplaced: row.time_replaced === 1,
    messageId: row.message_id,
    userAgent: row.user_agent,
    url: row.url,
    title: row.title,
    propertiesJson: propertiesIn(row.body),
    agentVersion: row.agent_version,
    withheld: row.withheld as Withheld | null,
  };
}

/** A body is the one place where an event's properties are kept. */
function propertiesIn(body: string): string {
  return JSON.stringify((JSON.parse(body) as { properties: unknown }).properties);
}
