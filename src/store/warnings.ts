/** Ingestion warnings, newest first; and how many there were. */
import type { Kysely } from 'kysely';
import type { Door } from '../core/event.ts';
import type { PageRequest } from '../core/page.ts';
import { cursorNumber, pageOf } from './page.ts';
import type { Database } from './schema.ts';

export async function listWarnings(
  db: Kysely<Database>,
  where: { appId?: number; reason?: string },
  page: PageRequest,
) {
  let query = db
    .selectFrom('warnings')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (where.appId !== undefined) query = query.where('app_id', '=', where.appId);
  if (where.reason !== undefined) query = query.where('reason', '=', where.reason);
  const after = cursorNumber(page);
  if (after !== null) query = query.where('id', '<', after);
  return pageOf(
    await query.execute(),
    page,
    (row) => ({
      id: row.id,
      appId: row.app_id,
      door: row.door as Door,
      reason: row.reason,
      message: row.message,
      field: row.field,
      messageId: row.message_id,
      sample: row.sample,
      count: row.count,
      receivedAt: row.received_at,
    }),
    (row) => [row.id],
  );
}

/** Of each reason and app, since then: how many, those that were only counted too, and when the last came. The latest first. */
export async function warningSummaries(
  db: Kysely<Database>,
  { appId, from }: { appId?: number; from: number },
): Promise<{ reason: string; appId: number | null; count: number; lastAt: number }[]> {
  let query = db
    .selectFrom('warnings')
    .where('received_at', '>=', from)
    .select((eb) => [
      'reason',
      'app_id',
      eb.fn.sum<number | string>('count').as('count'),
      eb.fn.max('received_at').as('last_at'),
    ])
    .groupBy(['reason', 'app_id'])
    .orderBy('last_at', 'desc');
  if (appId !== undefined) query = query.where('app_id', '=', appId);
  return (await query.execute()).map((row) => ({
    reason: row.reason,
    appId: row.app_id,
    count: Number(row.count),
    lastAt: row.last_at,
  }));
}
