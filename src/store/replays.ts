/** Replays: what was asked for, a line for each webhook with how far it is, and what has come of it so far. */
import { type Kysely, sql } from 'kysely';
import type { Page, PageRequest } from '../core/page.ts';
import type { ReplayCounts, ReplayFilter, ReplayState } from '../core/replay.ts';
import { cursorPair, pageOf } from './page.ts';
import type { Database, ReplayLineRow, ReplayRow } from './schema.ts';

export async function insertReplay(db: Kysely<Database>, row: ReplayRow, lines: readonly ReplayLineRow[]) {
  await db.insertInto('replays').values(row).execute();
  if (lines.length > 0)
    await db
      .insertInto('replay_lines')
      .values([...lines])
      .execute();
}

export async function countRunningReplays(db: Kysely<Database>): Promise<number> {
  const { count } = await db
    .selectFrom('replays')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('state', '=', 'running')
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Forgets the oldest that are over, beyond so many. */
export async function forgetOldReplays(db: Kysely<Database>, kept: number): Promise<void> {
  const old = db.selectFrom('replays').select('id').orderBy('created_at', 'desc').limit(1_000_000).offset(kept);
  await db.deleteFrom('replay_lines').where('replay_id', 'in', old).where('done', '=', 1).execute();
  await db.deleteFrom('replays').where('id', 'in', old).where('state', '!=', 'running').execute();
}

/** False when it is over already, or not there. */
export async function cancelReplay(db: Kysely<Database>, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('replays')
    .set({ state: 'cancelled', finished_at: now })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .executeTakeFirst();
  await db.updateTable('replay_lines').set({ done: 1 }).where('replay_id', '=', id).execute();
  return numUpdatedRows > 0n;
}

/** Where there is something left to look at, by replay, oldest first. */
export function openLines(db: Kysely<Database>) {
  return db
    .selectFrom('replay_lines')
    .innerJoin('replays', 'replays.id', 'replay_lines.replay_id')
    .select([
      'replay_lines.replay_id',
      'replay_lines.webhook_id',
      'replay_lines.after_event_id',
      'replays.before_event_id',
      'replays.filter',
    ])
    .where('replays.state', '=', 'running')
    .where('replay_lines.done', '=', 0)
    .orderBy('replays.created_at')
    .orderBy('replay_lines.replay_id')
    .orderBy('replay_lines.webhook_id')
    .execute();
}

export async function advanceLine(
  db: Kysely<Database>,
  line: { replayId: string; webhookId: string },
  { afterEventId, done, requeuedCount }: { afterEventId: string; done: boolean; requeuedCount: number },
): Promise<void> {
  await db
    .updateTable('replay_lines')
    .set((eb) => ({
      after_event_id: afterEventId,
      done: done ? 1 : 0,
      requeued: eb('requeued', '+', requeuedCount),
    }))
    .where('replay_id', '=', line.replayId)
    .where('webhook_id', '=', line.webhookId)
    .execute();
}

export async function countEnded(
  db: Kysely<Database>,
  line: { replayId: string; webhookId: string },
  ended: Pick<ReplayCounts, 'delivered' | 'failed' | 'cancelled'>,
): Promise<void> {
  await db
    .updateTable('replay_lines')
    .set((eb) => ({
      delivered: eb('delivered', '+', ended.delivered),
      failed: eb('failed', '+', ended.failed),
      cancelled: eb('cancelled', '+', ended.cancelled),
    }))
    .where('replay_id', '=', line.replayId)
    .where('webhook_id', '=', line.webhookId)
    .execute();
}

/** Finishes those that have nothing left to look at and nothing to wait for. */
export async function finishReplays(db: Kysely<Database>, now: number): Promise<void> {
  await db
    .updateTable('replays')
    .set({ state: 'finished', finished_at: now })
    .where('state', '=', 'running')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('replay_lines')
            .select('replay_lines.webhook_id')
            .whereRef('replay_lines.replay_id', '=', 'replays.id')
            .where((line) =>
              line.or([line('done', '=', 0), line('requeued', '>', sql<number>`delivered + failed + cancelled`)]),
            ),
        ),
      ),
    )
    .execute();
}

/** Newest first. */
export async function listReplays(
  db: Kysely<Database>,
  { withAdminEvents = false }: { withAdminEvents?: boolean },
  page: PageRequest,
): Promise<Page<ReturnType<typeof replayOf>>> {
  const after = cursorPair(page);
  let query = db
    .selectFrom('replays')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  // No text that somebody gave can look like this: its quotes are escaped.
  if (!withAdminEvents) query = query.where('filter', 'not like', '%"eventType":"adminEvent"%');
  if (after !== null) {
    query = query.where((eb) => eb(eb.refTuple('created_at', 'id'), '<', eb.tuple(Number(after[0]), after[1])));
  }
  const found = await query.execute();
  const lines = await linesOf(
    db,
    found.map(({ id }) => id),
  );
  return pageOf(
    found,
    page,
    (row) => replayOf(row, lines),
    (row) => [String(row.created_at), row.id],
  );
}

export async function findReplay(db: Kysely<Database>, id: string) {
  const row = await db.selectFrom('replays').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : replayOf(row, await linesOf(db, [id]));
}

async function linesOf(db: Kysely<Database>, replayIds: readonly string[]) {
  if (replayIds.length === 0) return [];
  return db
    .selectFrom('replay_lines')
    .innerJoin('webhooks', 'webhooks.id', 'replay_lines.webhook_id')
    .selectAll('replay_lines')
    .select(['webhooks.name', 'webhooks.enabled'])
    .where('replay_id', 'in', replayIds)
    .orderBy('replay_lines.webhook_id')
    .execute();
}

function replayOf(row: ReplayRow, allLines: Awaited<ReturnType<typeof linesOf>>) {
  const lines = allLines.filter((line) => line.replay_id === row.id);
  const webhooks = lines.map((line) => ({
    webhookId: line.webhook_id,
    webhookName: line.name,
    ...countsOf(line),
  }));
  const open = lines.filter((line) => line.done === 0 || countsOf(line).waiting > 0);
  const filter = JSON.parse(row.filter) as ReplayFilter;
  const paused = row.state === 'running' && open.length > 0 && open.every((line) => line.enabled === 0);
  return {
    id: row.id,
    state: paused ? 'paused' : (row.state as ReplayState),
    filter,
    webhookName: webhooks.find(({ webhookId }) => webhookId === filter.webhookId)?.webhookName ?? null,
    counts: webhooks.reduce<ReplayCounts>((sum, one) => added(sum, one), nothing),
    webhooks,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}

const nothing: ReplayCounts = { matched: 0, requeued: 0, delivered: 0, failed: 0, cancelled: 0, waiting: 0 };

function countsOf({ matched, requeued, delivered, failed, cancelled }: ReplayLineRow): ReplayCounts {
  return { matched, requeued, delivered, failed, cancelled, waiting: requeued - delivered - failed - cancelled };
}

function added(a: ReplayCounts, b: ReplayCounts): ReplayCounts {
  return {
    matched: a.matched + b.matched,
    requeued: a.requeued + b.requeued,
    delivered: a.delivered + b.delivered,
    failed: a.failed + b.failed,
    cancelled: a.cancelled + b.cancelled,
    waiting: a.waiting + b.waiting,
  };
}
