/**
 * Deliveries that are put back to pending, or made late, by a person: alone or by a replay. Each time is kept, so that an
 * attempt can say why it was made, and a replay what has become of what it put back.
 */
import { type Kysely, sql } from 'kysely';
import type { BodyFormat } from '../core/webhook.ts';
import { isOneOf } from './dialect.ts';
import { bodyRevision } from './routes.ts';
import type { Database } from './schema.ts';

interface Many {
  webhookId: string;
  eventIds: readonly string[];
  /** Null: one alone. */
  replayId: string | null;
  now: number;
}

/** Puts finished deliveries back to the start of their retries; those that are pending or not there stay as they are. Answers the ids of their events. */
export async function requeue(db: Kysely<Database>, { webhookId, eventIds, replayId, now }: Many): Promise<string[]> {
  if (eventIds.length === 0) return [];
  const rows = await db
    .updateTable('deliveries')
    .set((eb) => ({
      state: 'pending',
      due_at: now,
      finished_at: null,
      attempts_before_replay: eb.ref('attempt_count'),
    }))
    .where('webhook_id', '=', webhookId)
    .where(isOneOf(db, 'event_id', eventIds))
    .where('state', 'in', ['delivered', 'failed', 'cancelled'])
    .returning(['event_id', 'attempt_count'])
    .execute();
  await note(
    db,
    rows.map((row) => ({ event_id: row.event_id, number: row.attempt_count + 1 })),
    { webhookId, replayId, now },
  );
  return rows.map((row) => row.event_id);
}

/** Makes deliveries of events that have none to this webhook. Bodies are written by the caller. Answers the ids of their events. */
export async function makeLate(
  db: Kysely<Database>,
  { webhookId, eventIds, replayId, now, format }: Many & { format: BodyFormat },
): Promise<string[]> {
  if (eventIds.length === 0) return [];
  const rows = await db
    .insertInto('deliveries')
    .values(
      eventIds.map((eventId) => ({
        event_id: eventId,
        webhook_id: webhookId,
        format,
        revision: bodyRevision,
        state: 'pending',
        attempt_count: 0,
        attempts_before_replay: 0,
        created_at: now,
        due_at: now,
        finished_at: null,
        last_status: null,
        last_code: null,
        last_attempt: null,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('event_id')
    .execute();
  await note(
    db,
    rows.map((row) => ({ event_id: row.event_id, number: 1 })),
    { webhookId, replayId, now },
  );
  return rows.map((row) => row.event_id);
}

async function note(
  db: Kysely<Database>,
  made: readonly { event_id: string; number: number }[],
  { webhookId, replayId, now }: Omit<Many, 'eventIds'>,
): Promise<void> {
  if (made.length === 0) return;
  await db
    .insertInto('requeues')
    .values(
      made.map((one) => ({
        ...one,
        webhook_id: webhookId,
        at: now,
        replay_id: replayId,
        waiting: replayId === null ? 0 : 1,
      })),
    )
    // Put back again before an attempt was made of the last time. A replay that waits for that one still does.
    .onConflict((conflict) => {
      const again = conflict.columns(['event_id', 'webhook_id', 'number']);
      return replayId === null ? again.doNothing() : again.doUpdateSet({ at: now, replay_id: replayId, waiting: 1 });
    })
    .execute();
}

/** What replays wait for. */
export function waitingRequeues(db: Kysely<Database>) {
  return db.selectFrom('requeues').select(['event_id', 'webhook_id']).where('waiting', '=', sql.lit(1)).execute();
}

/** How many that are, by replay and webhook. */
export function countWaiting(db: Kysely<Database>) {
  return db
    .selectFrom('requeues')
    .select((eb) => ['replay_id', 'webhook_id', eb.fn.countAll().as('count')])
    .where('waiting', '=', sql.lit(1))
    .groupBy(['replay_id', 'webhook_id'])
    .execute();
}

/** Those of them that are finished, and how; null when their event has left. */
export function endedRequeues(db: Kysely<Database>, limit: number) {
  return db
    .selectFrom('requeues')
    .leftJoin('deliveries', (join) =>
      join
        .onRef('deliveries.event_id', '=', 'requeues.event_id')
        .onRef('deliveries.webhook_id', '=', 'requeues.webhook_id'),
    )
    .select(['requeues.event_id', 'requeues.webhook_id', 'requeues.number', 'requeues.replay_id', 'deliveries.state'])
    .where('requeues.waiting', '=', sql.lit(1))
    .where((eb) => eb.or([eb('deliveries.state', 'is', null), eb('deliveries.state', '!=', 'pending')]))
    .limit(limit)
    .execute();
}

/** Nobody waits for these any more. They are of one webhook. */
export async function endWaiting(db: Kysely<Database>, webhookId: string, eventIds: readonly string[]): Promise<void> {
  await db
    .updateTable('requeues')
    .set({ waiting: 0 })
    .where('webhook_id', '=', webhookId)
    .where('event_id', 'in', eventIds)
    .where('waiting', '=', sql.lit(1))
    .execute();
}

/** The numbers of the attempts that were made because somebody asked for them, in order. */
export async function requeuedNumbers(
  db: Kysely<Database>,
  { eventId, webhookId }: { eventId: string; webhookId: string },
): Promise<{ number: number; at: number }[]> {
  return db
    .selectFrom('requeues')
    .select(['number', 'at'])
    .where('event_id', '=', eventId)
    .where('webhook_id', '=', webhookId)
    .orderBy('number')
    .execute();
}
