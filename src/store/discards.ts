/**
 * Cancelling what is pending of a visitor; and all that is of a webhook, because it was deleted or somebody discarded what was
 * held. Of a webhook there may be a million, so it holds at once (the webhook's row says up to which event) and the rows
 * follow, a batch between two commits, also after a crash. Until they have, whoever reads deliveries goes by the webhook's row.
 */
import { type Expression, type Kysely, sql } from 'kysely';
import { listDeliveries } from './deliveries.ts';
import { isOneOf, isPostgres } from './dialect.ts';
import { countPending } from './pending-counts.ts';
import { bareEventId, kindsOfPending, pendingDeliveries, pendingOfKind } from './pending-deliveries.ts';
import type { Database } from './schema.ts';

/** Answers how many deliveries it is about. */
export async function beginDiscard(db: Kysely<Database>, webhookId: string, now: number): Promise<number> {
  const count = await countPending(db, webhookId);
  if (count === 0) return 0;
  await db
    .updateTable('webhooks')
    .set((eb) => ({ discard_through: eb.selectFrom('events').select(eb.fn.max('id').as('id')), discard_at: now }))
    .where('id', '=', webhookId)
    .execute();
  return count;
}

/**
 * Processes that share the database hear of a deletion a moment later, and make deliveries meanwhile that nobody would ever
 * send. Has them cancelled as well; answers of how many webhooks there are some.
 */
export async function discardLate(db: Kysely<Database>, now: number): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('webhooks')
    .set((eb) => ({ discard_through: eb.selectFrom('events').select(eb.fn.max('id').as('id')), discard_at: now }))
    .where('deleted_at', '>', now - lateMs)
    .where('discard_through', 'is', null)
    .where((eb) =>
      eb.or(
        kindsOfPending(db).map((kind) =>
          eb.exists(
            pendingOfKind(db, kind)
              .select(sql.lit(1).as('one'))
              .where('webhook_id', '=', sql.ref<string>('webhooks.id')),
          ),
        ),
      ),
    )
    .executeTakeFirst();
  return Number(numUpdatedRows);
}

/**
 * Cancels what is pending of a visitor's events, under all the ids that it has had. What has been handed out to be sent may
 * still be sent once, as after any cancelling.
 */
export async function cancelPendingOf(db: Kysely<Database>, visitorIds: readonly string[], now: number): Promise<void> {
  for (const state of ['pending', 'held'] as const) {
    for (let cursor: string | null = null; ; ) {
      const { items, nextCursor } = await listDeliveries(db, { visitorIds, state }, { limit: pageRows, cursor });
      for (const [webhookId, those] of Map.groupBy(items, (delivery) => delivery.webhookId)) {
        const eventIds = those.map(({ eventId }) => eventId);
        await cancel(db, webhookId, eventIds, now);
      }
      if (nextCursor === null) break;
      cursor = nextCursor;
    }
  }
}

const pageRows = 500;

/** Whoever has not heard of a deletion for so long has not reached the database either. */
const lateMs = 86_400_000;

/** Webhooks, deleted ones too, of which rows are still to follow. */
export async function discardingWebhooks(db: Kysely<Database>): Promise<string[]> {
  const rows = await db.selectFrom('webhooks').select('id').where('discard_through', 'is not', null).execute();
  return rows.map(({ id }) => id);
}

/** One batch of one webhook, in the caller's transaction. Answers how many it cancelled, and whether that was the last one of it. */
export async function discardStep(
  db: Kysely<Database>,
  webhookId: string,
  limit: number,
): Promise<{ count: number; isLast: boolean }> {
  const found = await nextToDiscard(db, webhookId, limit);
  const count = await cancel(
    db,
    webhookId,
    found.map((row) => row.event_id),
    db.selectFrom('webhooks').select('discard_at').where('id', '=', webhookId).$asScalar(),
  );
  if (found.length === limit) return { count, isLast: false };
  const none = { discard_through: null, discard_at: null };
  await db.updateTable('webhooks').set(none).where('id', '=', webhookId).execute();
  return { count, isLast: true };
}

async function nextToDiscard(db: Kysely<Database>, webhookId: string, limit: number): Promise<{ event_id: string }[]> {
  const through = db.selectFrom('webhooks').select('discard_through').where('id', '=', webhookId);
  const waiting = await pendingOfKind(db, kindsOfPending(db)[0])
    .select('event_id')
    .where('webhook_id', '=', webhookId)
    .where(bareEventId, '<=', through)
    // As their index has them, so that no more is read than is cancelled.
    .orderBy('due_at')
    .orderBy('event_id')
    .limit(limit)
    .execute();
  if (waiting.length === limit || !isPostgres(db)) return waiting;
  // What is claimed too, and as of one moment: a claim may just be given back.
  return db
    .selectFrom(pendingDeliveries(db))
    .select('event_id')
    .where('webhook_id', '=', webhookId)
    .where(bareEventId, '<=', through)
    .limit(limit)
    .execute();
}

/** Answers how many: what has ended meanwhile stays as it is. */
async function cancel(
  db: Kysely<Database>,
  webhookId: string,
  eventIds: readonly string[],
  finishedAt: number | Expression<number | null>,
): Promise<number> {
  if (eventIds.length === 0) return 0;
  // In the order in which reports lock them, so that neither waits for the other in a ring.
  if (isPostgres(db))
    await db
      .selectFrom('deliveries')
      .select(sql.lit(1).as('one'))
      .where('webhook_id', '=', webhookId)
      .where(isOneOf(db, 'event_id', eventIds))
      .orderBy('event_id')
      .forNoKeyUpdate()
      .execute();
  const { numUpdatedRows } = await db
    .updateTable('deliveries')
    .set({ state: 'cancelled', finished_at: finishedAt })
    .where('webhook_id', '=', webhookId)
    .where(isOneOf(db, 'event_id', eventIds))
    .where('state', '=', sql.lit('pending'))
    .executeTakeFirst();
  return Number(numUpdatedRows);
}
