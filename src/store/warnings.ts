/** Ingestion warnings, newest first. */
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
