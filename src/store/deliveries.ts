/**
 * Deliveries as people look at them: lists, one with its attempts, and what is done to them by hand. How they are made,
 * claimed and recorded is the journal's.
 *
 * `held` is stored as `pending`: it is what is pending while its webhook is off, and so is worked out when it is read.
 */
import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { attemptIn } from '../core/attempt-text.ts';
import { type Attempt, type Delivery, type DeliveryState, deliveryId } from '../core/delivery.ts';
import type { RecordedType } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import type { Page, PageRequest } from '../core/page.ts';
import type { BodyFormat } from '../core/webhook.ts';
import { bytesOf, isPostgres } from './dialect.ts';
import { rangeOf } from './events.ts';
import { cursorPair, pageOf } from './page.ts';
import { bodyRevision, routesIn } from './routes.ts';
import type { Database } from './schema.ts';
import { alongTrails, type IdRange, idAfter, subjectsOf, trailed, within } from './trail.ts';

export interface DeliveryConditions {
  webhookId?: string;
  state?: DeliveryState;
  eventType?: string;
  /** A visitor under all the ids that it has had. */
  visitorIds?: readonly string[];
  accountId?: string;
  code?: string;
  /** When its event was received: from this moment on, and before that one. */
  receivedFrom?: number;
  receivedBefore?: number;
  /** Else those of entries of the audit log are left out. */
  withAdminEvents?: boolean;
}

interface Key {
  eventId: string;
  webhookId: string;
}

/** Newest first: by event, and within an event by webhook. */
export async function listDeliveries(
  db: Kysely<Database>,
  where: DeliveryConditions,
  page: PageRequest,
): Promise<Page<Delivery>> {
  const after = cursorPair(page);
  const subjects = subjectsOf(where);
  const asked = rangeOf(where, after === null ? null : idAfter(after[0]));
  const floor = subjects === null && isSearch(where) ? await scanFloor(db, where, asked) : null;
  const range: IdRange = floor === null ? asked : { ...asked, from: floor };
  const conditions = conditionsOf(where, after);
  const limit = page.limit + 1;
  // PostgreSQL does not conclude the one from the other, and would look through the events of all time.
  const alsoOfEvents = (part: IdRange) => (isPostgres(db) ? within('events.id', part) : []);
  const inDeliveries = (part: IdRange): Promise<ListedRow[]> =>
    rows(db)
      .where((eb) => eb.and([...conditions, ...within('deliveries.event_id', part), ...alsoOfEvents(part)]))
      .orderBy('deliveries.event_id', 'desc')
      .orderBy('deliveries.webhook_id', 'desc')
      .limit(limit)
      .execute();
  const onTrail = (part: IdRange): Promise<ListedRow[]> =>
    trailed(db, subjects ?? [], part)
      .crossJoin('deliveries')
      .whereRef('deliveries.event_id', '=', 'listed.value')
      .innerJoin('events', 'events.id', 'deliveries.event_id')
      .innerJoin('webhooks', 'webhooks.id', 'deliveries.webhook_id')
      .select(listedColumns)
      .where((eb) => eb.and(conditions))
      .orderBy('trail_windows.last_event_id', 'desc')
      .orderBy('listed.value', 'desc')
      .orderBy('deliveries.webhook_id', 'desc')
      .limit(limit)
      .execute();
  const reading = { recent: inDeliveries, trailed: onTrail };
  const found = subjects === null ? await inDeliveries(range) : await alongTrails(db, range, limit, reading);
  return pageOf(
    found,
    page,
    (row) => deliveryOf(row),
    (row) => [row.event_id, row.webhook_id],
    floor === null ? null : [floor, ''],
  );
}

/** Whether it asks for something that no index leads to, so that a page could have to read everything. */
function isSearch({ state, eventType, accountId, code, webhookId }: DeliveryConditions): boolean {
  const indexed = state === undefined || state === 'failed';
  return (
    !indexed || eventType !== undefined || accountId !== undefined || (code !== undefined && webhookId !== undefined)
  );
}

/** The event at which one page stops looking, along the index that the page is read by; null when the range has fewer. */
async function scanFloor(
  db: Kysely<Database>,
  { webhookId, state, code }: DeliveryConditions,
  range: IdRange,
): Promise<string | null> {
  let query = db
    .selectFrom('deliveries')
    .select('event_id')
    .where((eb) => eb.and(within('deliveries.event_id', range)))
    .orderBy('event_id', 'desc')
    .limit(1)
    .offset(limits.scanRowsMax - 1);
  if (webhookId !== undefined) query = query.where('webhook_id', '=', webhookId);
  if (state === 'failed') query = query.where('state', '=', sql.lit('failed'));
  if (code !== undefined) query = query.where('last_code', '=', code);
  return (await query.executeTakeFirst())?.event_id ?? null;
}

function conditionsOf(where: DeliveryConditions, after: readonly [string, string] | null): Expression<SqlBool>[] {
  const eb = expressionBuilder<Database, 'deliveries' | 'events' | 'webhooks'>();
  const conditions: Expression<SqlBool>[] = [];
  if (where.webhookId !== undefined) conditions.push(eb('deliveries.webhook_id', '=', where.webhookId));
  if (where.eventType !== undefined) conditions.push(eb('events.type', '=', where.eventType));
  if (where.withAdminEvents !== true) conditions.push(eb('events.type', '!=', 'adminEvent'));
  if (where.visitorIds !== undefined) conditions.push(eb('events.visitor_id', 'in', where.visitorIds));
  if (where.accountId !== undefined) conditions.push(eb('events.account_id', '=', where.accountId));
  if (where.receivedFrom !== undefined) conditions.push(eb('events.received_at', '>=', where.receivedFrom));
  if (where.receivedBefore !== undefined) conditions.push(eb('events.received_at', '<', where.receivedBefore));
  if (where.code !== undefined) conditions.push(eb('deliveries.last_code', '=', where.code));
  if (where.state !== undefined) {
    const stored = where.state === 'held' ? 'pending' : where.state;
    // A literal, because a partial index on a state is only used where the text of the query names that state.
    const isStored = eb('deliveries.state', '=', sql.lit(stored));
    // What has been discarded is cancelled, although its rows may follow later.
    const discarded = eb('deliveries.event_id', '<=', eb.fn.coalesce('webhooks.discard_through', sql.lit('')));
    if (stored === 'pending')
      conditions.push(isStored, eb('webhooks.enabled', '=', where.state === 'held' ? 0 : 1), eb.not(discarded));
    else if (stored === 'cancelled')
      conditions.push(eb.or([isStored, eb.and([eb('deliveries.state', '=', sql.lit('pending')), discarded])]));
    else conditions.push(isStored);
  }
  if (after !== null) {
    conditions.push(eb(eb.refTuple('deliveries.event_id', 'deliveries.webhook_id'), '<', eb.tuple(...after)));
  }
  return conditions;
}

/** All of them, also those that have no row yet. */
export async function deliveriesOfEvent(db: Kysely<Database>, eventId: string): Promise<Delivery[]> {
  const found = await rows(db).where('deliveries.event_id', '=', eventId).execute();
  const owed = await owedOf(db, eventId, new Set(found.map((row) => row.webhook_id)));
  return [...found, ...owed]
    .map((row) => deliveryOf(row))
    .sort((a, b) => a.createdAt - b.createdAt || (a.webhookId < b.webhookId ? -1 : 1));
}

export async function findDelivery(db: Kysely<Database>, { eventId, webhookId }: Key): Promise<Delivery | null> {
  const row = await rows(db)
    .where('deliveries.event_id', '=', eventId)
    .where('deliveries.webhook_id', '=', webhookId)
    .executeTakeFirst();
  if (row !== undefined) return deliveryOf(row);
  const owed = (await owedOf(db, eventId, new Set())).find((one) => one.webhook_id === webhookId);
  return owed === undefined ? null : deliveryOf(owed);
}

/**
 * Deliveries that the event's row names and that have no row of their own: their first attempt is under way, and its end
 * or the next round writes it (owed-deliveries.ts).
 */
async function owedOf(db: Kysely<Database>, eventId: string, known: ReadonlySet<string>): Promise<ListedRow[]> {
  const event = await db
    .selectFrom('events')
    .select(['type', 'visitor_id', 'account_id', 'received_at', 'routes'])
    .where('id', '=', eventId)
    .executeTakeFirst();
  if (event === undefined) return [];
  const owed = routesIn(event.routes).filter(({ webhookId }) => !known.has(webhookId));
  if (owed.length === 0) return [];
  const webhooks = await db
    .selectFrom('webhooks')
    .select(['id', 'name', 'enabled', 'discard_through', 'discard_at'])
    .where(
      'id',
      'in',
      owed.map(({ webhookId }) => webhookId),
    )
    .execute();
  return owed.flatMap(({ webhookId, format }) => {
    const webhook = webhooks.find(({ id }) => id === webhookId);
    if (webhook === undefined) return [];
    return {
      event_id: eventId,
      webhook_id: webhookId,
      format,
      state: 'pending',
      attempt_count: 0,
      created_at: event.received_at,
      due_at: event.received_at,
      finished_at: null,
      last_status: null,
      last_code: null,
      type: event.type,
      visitor_id: event.visitor_id,
      account_id: event.account_id,
      name: webhook.name,
      enabled: webhook.enabled,
      discard_through: webhook.discard_through,
      discard_at: webhook.discard_at,
    };
  });
}

/** The bytes that are sent, as text; empty when they have left. */
export async function findBody(
  db: Kysely<Database>,
  { eventId, webhookId, format }: Key & Pick<Delivery, 'format'>,
): Promise<string> {
  if (format === 'pendo') {
    const event = await db.selectFrom('events').select('body').where('id', '=', eventId).executeTakeFirst();
    return event?.body ?? '';
  }
  // A body's revision is that of its delivery, or, before that has a row, the only one that there is.
  const delivery = await db
    .selectFrom('deliveries')
    .select('revision')
    .where('event_id', '=', eventId)
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst();
  const body = await db
    .selectFrom('bodies')
    .select('text')
    .where('event_id', '=', eventId)
    .where('format', '=', format)
    .where('revision', '=', delivery?.revision ?? bodyRevision)
    .executeTakeFirst();
  return body?.text ?? '';
}

/** With their numbers, in the order in which they were made. */
export async function listAttempts(
  db: Kysely<Database>,
  { eventId, webhookId }: Key,
): Promise<{ number: number; attempt: Attempt }[]> {
  const former = await db
    .selectFrom('attempts')
    .select(['number', 'attempt'])
    .where('event_id', '=', eventId)
    .where('webhook_id', '=', webhookId)
    .orderBy('number')
    .execute();
  const last = await db
    .selectFrom('deliveries')
    .select(['attempt_count as number', 'last_attempt as attempt'])
    .where('event_id', '=', eventId)
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst();
  return [...former, ...(last === undefined ? [] : [last])].flatMap(({ number, attempt }) =>
    attempt === null ? [] : [{ number, attempt: attemptIn(attempt) }],
  );
}

/** How many attempts were made before it was last put back by a person. */
export async function attemptsBeforeReplay(db: Kysely<Database>, { eventId, webhookId }: Key): Promise<number> {
  const row = await db
    .selectFrom('deliveries')
    .select('attempts_before_replay')
    .where('event_id', '=', eventId)
    .where('webhook_id', '=', webhookId)
    .executeTakeFirst();
  return row?.attempts_before_replay ?? 0;
}

/** A body that was not made with its event; one that is there stays. */
export async function insertBody(
  db: Kysely<Database>,
  eventId: string,
  format: BodyFormat,
  text: string,
): Promise<void> {
  await db
    .insertInto('bodies')
    .values({ event_id: eventId, format, revision: bodyRevision, text: bytesOf(db, text) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

function rows(db: Kysely<Database>) {
  return db
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .innerJoin('webhooks', 'webhooks.id', 'deliveries.webhook_id')
    .select(listedColumns);
}

const listedColumns = [
  'deliveries.event_id',
  'deliveries.webhook_id',
  'deliveries.format',
  'deliveries.state',
  'deliveries.attempt_count',
  'deliveries.created_at',
  'deliveries.due_at',
  'deliveries.finished_at',
  'deliveries.last_status',
  'deliveries.last_code',
  'events.type',
  'events.visitor_id',
  'events.account_id',
  'webhooks.name',
  'webhooks.enabled',
  'webhooks.discard_through',
  'webhooks.discard_at',
] as const;

type ListedRow = Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>;

function deliveryOf(row: ListedRow): Delivery {
  const discarded = row.state === 'pending' && row.event_id <= (row.discard_through ?? '');
  const pending = row.state === 'pending' && !discarded;
  const held = pending && row.enabled === 0;
  return {
    id: deliveryId(row.event_id, row.webhook_id),
    eventId: row.event_id,
    webhookId: row.webhook_id,
    webhookName: row.name,
    eventType: row.type as RecordedType,
    visitorId: row.visitor_id,
    accountId: row.account_id,
    format: row.format as BodyFormat,
    state: held ? 'held' : discarded ? 'cancelled' : (row.state as DeliveryState),
    attemptCount: row.attempt_count,
    createdAt: row.created_at,
    dueAt: pending && !held ? row.due_at : null,
    finishedAt: discarded ? row.discard_at : row.finished_at,
    lastStatus: row.last_status,
    lastCode: row.last_code,
  };
}
