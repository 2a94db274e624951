/** How the database itself is: its size, and the nodes that share it. */
import { type Kysely, sql } from 'kysely';
import type { SharingNode } from '../core/sharing-node.ts';
import { isPostgres } from './dialect.ts';
import type { Database } from './schema.ts';

export async function databaseBytes(db: Kysely<Database>): Promise<number> {
  const asked = isPostgres(db)
    ? sql<{ bytes: string }>`select pg_database_size(current_database()) as bytes`
    : sql<{ bytes: number }>`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`;
  const { rows } = await asked.execute(db);
  return Number(rows[0]?.bytes ?? 0);
}

/** Those that are there, and those that fell silent a short while ago; none on SQLite, which belongs to one process. */
export async function sharingNodes(db: Kysely<Database>): Promise<SharingNode[]> {
  if (!isPostgres(db)) return [];
  const { rows } = await sql<{
    name: string;
    roles: string;
    version: string;
    // The driver gives numbers of any size as text.
    started_ms: string;
    silent_ms: string;
    lost: boolean;
  }>`select name, roles, version, extract(epoch from started_at) * 1000 as started_ms,
      extract(epoch from clock_timestamp() - beat_at) * 1000 as silent_ms, lost_at is not null as lost
    from nodes where roles <> '' order by name, id`.execute(db);
  return rows.map(({ name, roles, version, started_ms, silent_ms, lost }) => ({
    name,
    roles: roles.split(','),
    version,
    startedAt: Math.round(Number(started_ms)),
    silentMs: Math.max(0, Math.round(Number(silent_ms))),
    lost,
  }));
}
