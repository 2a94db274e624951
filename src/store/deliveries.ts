/**
 * Deliveries as people look at them: lists, one with its attempts, and what is done to them by hand. How they are made,
 * claimed and recorded is the journal's.
 *
 * `held` is stored as `pending`: it is what is pending while its webhook is off, and so is worked out when it is read.
 */
import { type Expression, expressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { type Attempt, type Delivery, type DeliveryState, deliveryId } from '../core/delivery.ts';
import type { RecordedType } from '../core/event.ts';
import type { Page, PageRequest } from '../core/page.ts';
import type { BodyFormat } from '../core/webhook.ts';
import { cursorPair, pageOf } from './page.ts';
import type { AttemptRow, Database } from './schema.ts';
import { alongTrails, type IdRange, idAfter, subjectsOf, within } from './trail.ts';

export interface DeliveryConditions {
  webhookId?: string;
  state?: DeliveryState;
  eventType?: string;
  /** A visitor under all the ids that it has had. */
  visitorIds?: readonly string[];
  accountId?: string;
  code?: string;
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
  const range: IdRange = after === null ? {} : { before: idAfter(after[0]) };
  const conditions = conditionsOf(where, after);
  const limit = page.limit + 1;
  const inDeliveries = (part: IdRange): Promise<ListedRow[]> =>
    rows(db)
      .where((eb) => eb.and([...conditions, ...within('deliveries.event_id', part)]))
      .orderBy('deliveries.event_id', 'desc')
      .orderBy('deliveries.webhook_id', 'desc')
      .limit(limit)
      .execute();
  const onTrail = (subject: string, part: IdRange): Promise<ListedRow[]> =>
    rows(db)
      .innerJoin('trails', 'trails.event_id', 'events.id')
      .where('trails.subject', '=', subject)
      .where((eb) => eb.and([...conditions, ...within('trails.event_id', part)]))
      .orderBy('trails.event_id', 'desc')
      .orderBy('deliveries.webhook_id', 'desc')
      .limit(limit)
      .execute();
  const subjects = subjectsOf(where);
  const reading = { recent: inDeliveries, trailed: onTrail, eventIdOf: (row: ListedRow) => row.event_id };
  const found = subjects === null ? await inDeliveries(range) : await alongTrails(db, subjects, range, limit, reading);
  return pageOf(
    found,
    page,
    (row) => deliveryOf(row),
    (row) => [row.event_id, row.webhook_id],
  );
}

function conditionsOf(where: DeliveryConditions, after: readonly [string, string] | null): Expression<SqlBool>[] {
  const eb = expressionBuilder<Database, 'deliveries' | 'events' | 'webhooks'>();
  const conditions: Expression<SqlBool>[] = [];
  if (where.webhookId !== undefined) conditions.push(eb('deliveries.webhook_id', '=', where.webhookId));
  if (where.eventType !== undefined) conditions.push(eb('events.type', '=', where.eventType));
  if (where.visitorIds !== undefined) conditions.push(eb('events.visitor_id', 'in', where.visitorIds));
  if (where.accountId !== undefined) conditions.push(eb('events.account_id', '=', where.accountId));
  if (where.code !== undefined) conditions.push(eb('deliveries.last_code', '=', where.code));
  if (where.state !== undefined) {
    const stored = where.state === 'held' ? 'pending' : where.state;
    // A literal, because a partial index on a state is only used where the text of the query names that state.
    conditions.push(eb('deliveries.state', '=', sql.lit(stored)));
    if (stored === 'pending') conditions.push(eb('webhooks.enabled', '=', where.state === 'held' ? 0 : 1));
  }
  if (after !== null) {
    conditions.push(eb(eb.refTuple('deliveries.event_id', 'deliveries.webhook_id'), '<', eb.tuple(...after)));
  }
  return conditions;
}

export async function deliveriesOfEvent(db: Kysely<Database>, eventId: string): Promise<Delivery[]> {
  const found = await rows(db)
    .where('deliveries.event_id', '=', eventId)
    .orderBy('deliveries.created_at')
    .orderBy('deliveries.webhook_id')
    .execute();
  return found.map((row) => deliveryOf(row));
}

export async function findDelivery(db: Kysely<Database>, { eventId, webhookId }: Key): Promise<Delivery | null> {
  const row = await rows(db)
    .where('deliveries.event_id', '=', eventId)
    .where('deliveries.webhook_id', '=', webhookId)
    .executeTakeFirst();
  return row === undefined ? null : deliveryOf(row);
}

/** The bytes that are sent, as text; empty when they have left. */
export async function findBody(db: Kysely<Database>, { eventId, webhookId }: Key): Promise<string> {
  const row = await db
    .selectFrom('deliveries')
    .leftJoin('bodies', (join) =>
      join
        .onRef('bodies.event_id', '=', 'deliveries.event_id')
        .onRef('bodies.format', '=', 'deliveries.format')
        .onRef('bodies.revision', '=', 'deliveries.revision'),
    )
    .leftJoin('events', 'events.id', 'deliveries.event_id')
    .select(['deliveries.format', 'bodies.text', 'events.body'])
    .where('deliveries.event_id', '=', eventId)
    .where('deliveries.webhook_id', '=', webhookId)
    .executeTakeFirst();
  return (row?.format === 'pendo' ? row.body : row?.text) ?? '';
}

/** In the order in which they were made. */
export async function listAttempts(db: Kysely<Database>, { eventId, webhookId }: Key): Promise<Attempt[]> {
  const found = await db
    .selectFrom('attempts')
    .selectAll()
    .where('event_id', '=', eventId)
    .where('webhook_id', '=', webhookId)
    .orderBy('number')
    .execute();
  return found.map((row) => attemptOf(row));
}

export async function countPending(db: Kysely<Database>, webhookId: string): Promise<number> {
  const { count } = await pendingOf(db, webhookId)
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Over all webhooks; reads the index of what is pending and nothing else. */
export async function pendingBacklog(db: Kysely<Database>) {
  const { count, oldest } = await db
    .selectFrom('deliveries')
    .where('state', '=', sql.lit('pending'))
    .select((eb) => [eb.fn.countAll().as('count'), eb.fn.min('event_id').as('oldest')])
    .executeTakeFirstOrThrow();
  // An event's id begins with the moment it was made, in milliseconds.
  return {
    pendingCount: Number(count),
    oldestPendingAt: oldest === null ? null : Number.parseInt(oldest.slice(0, 12), 16),
  };
}

export async function cancelPending(db: Kysely<Database>, webhookId: string, now: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('deliveries')
    .set({ state: 'cancelled', finished_at: now })
    .where('webhook_id', '=', webhookId)
    .where('state', '=', sql.lit('pending'))
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Puts a finished delivery back to the start of its retries; false when it is pending, or not there. */
export async function requeue(db: Kysely<Database>, { eventId, webhookId }: Key, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('deliveries')
    .set((eb) => ({
      state: 'pending',
      due_at: now,
      finished_at: null,
      attempts_before_replay: eb.ref('attempt_count'),
    }))
    .where('event_id', '=', eventId)
    .where('webhook_id', '=', webhookId)
    .where('state', 'in', ['delivered', 'failed', 'cancelled'])
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function pendingOf(db: Kysely<Database>, webhookId: string) {
  return db.selectFrom('deliveries').where('webhook_id', '=', webhookId).where('state', '=', sql.lit('pending'));
}

function rows(db: Kysely<Database>) {
  return db
    .selectFrom('deliveries')
    .innerJoin('events', 'events.id', 'deliveries.event_id')
    .innerJoin('webhooks', 'webhooks.id', 'deliveries.webhook_id')
    .select([
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
    ]);
}

type ListedRow = Awaited<ReturnType<ReturnType<typeof rows>['executeTakeFirstOrThrow']>>;

function deliveryOf(row: ListedRow): Delivery {
  const pending = row.state === 'pending';
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
    state: held ? 'held' : (row.state as DeliveryState),
    attemptCount: row.attempt_count,
    createdAt: row.created_at,
    dueAt: pending && !held ? row.due_at : null,
    finishedAt: row.finished_at,
    lastStatus: row.last_status,
    lastCode: row.last_code,
  };
}

function attemptOf(row: AttemptRow): Attempt {
  return {
    startedAt: row.started_at,
    url: row.url,
    requestHeadersJson: row.request_headers,
    status: row.status,
    responseHeadersJson: row.response_headers,
    responseBody: row.response_body,
    responseTruncated: row.response_truncated === 1,
    code: row.code,
    timings: {
      dnsMs: row.dns_ms,
      connectMs: row.connect_ms,
      tlsMs: row.tls_ms,
      firstByteMs: row.first_byte_ms,
      totalMs: row.total_ms,
    },
  };
}
