/**
 * How much is pending, from the indexes of it and nothing else. What is being discarded does not count any more, although its
 * rows follow later (discards.ts).
 */
import { type Kysely, sql } from 'kysely';
import { bareEventId, pendingDeliveries } from './pending-deliveries.ts';
import type { Database } from './schema.ts';

/** Of one webhook. */
export async function countPending(db: Kysely<Database>, webhookId: string): Promise<number> {
  return Number((await keptOf(db, webhookId)).count);
}

/** Over all webhooks, also those that are deleted. */
export async function pendingBacklog(
  db: Kysely<Database>,
): Promise<{ pendingCount: number; oldestPendingAt: number | null }> {
  const discarding = await db.selectFrom('webhooks').select('id').where('discard_through', 'is not', null).execute();
  const ids = discarding.map(({ id }) => id);
  const others = await pending(db)
    .$if(ids.length > 0, (query) => query.where('webhook_id', 'not in', ids))
    .executeTakeFirstOrThrow();
  const found = [others, ...(await Promise.all(ids.map((id) => keptOf(db, id))))];
  const [oldest] = found.flatMap(({ oldest: id }) => (id === null ? [] : [id])).toSorted();
  return {
    pendingCount: found.reduce((sum, { count }) => sum + Number(count), 0),
    // An event's id begins with the moment it was made, in milliseconds.
    oldestPendingAt: oldest === undefined ? null : Number.parseInt(oldest.slice(0, 12), 16),
  };
}

/** Of each webhook that is not deleted, or of one of them; and how many of it have been tried before. */
export async function pendingCounts(
  db: Kysely<Database>,
  webhookId: string | null = null,
): Promise<{ webhookId: string; pendingCount: number; retryingCount: number }[]> {
  const countOfEach = (again: boolean) =>
    db
      .selectFrom('webhooks')
      .where('deleted_at', 'is', null)
      .$if(webhookId !== null, (query) => query.where('id', '=', webhookId))
      .select((eb) => [
        'id',
        eb
          .selectFrom(pendingDeliveries(db))
          .whereRef('webhook_id', '=', 'webhooks.id')
          .$if(again, (query) => query.whereRef('attempt_count', '>', 'attempts_before_replay'))
          .where(bareEventId, '>', (inner) => inner.fn.coalesce('discard_through', sql.lit('')))
          .select((inner) => inner.fn.countAll().as('count'))
          .as('count'),
      ])
      .execute();
  const all = await countOfEach(false);
  const again = new Map((await countOfEach(true)).map(({ id, count }) => [id, Number(count)]));
  return all.map(({ id, count }) => ({
    webhookId: id,
    pendingCount: Number(count),
    retryingCount: again.get(id) ?? 0,
  }));
}

function keptOf(db: Kysely<Database>, webhookId: string) {
  return pending(db)
    .where('webhook_id', '=', webhookId)
    .where(bareEventId, '>', (eb) =>
      eb
        .selectFrom('webhooks')
        .select((inner) => inner.fn.coalesce('discard_through', sql.lit('')).as('through'))
        .where('id', '=', webhookId),
    )
    .executeTakeFirstOrThrow();
}

function pending(db: Kysely<Database>) {
  return db
    .selectFrom(pendingDeliveries(db))
    .select((eb) => [eb.fn.countAll().as('count'), eb.fn.min('event_id').as('oldest')]);
}
