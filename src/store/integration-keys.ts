/** The keys of the management API, by their hashes. */
import type { Kysely, Updateable } from 'kysely';
import type { Database, IntegrationKeyRow } from './schema.ts';

export async function listIntegrationKeys(
  db: Kysely<Database>,
): Promise<{ id: string; hash: string; write: boolean }[]> {
  const rows = await db.selectFrom('integration_keys').select(['id', 'hash', 'write']).orderBy('id').execute();
  return rows.map((row) => ({ id: row.id, hash: row.hash, write: row.write === 1 }));
}

export async function insertIntegrationKey(db: Kysely<Database>, row: IntegrationKeyRow): Promise<void> {
  await db.insertInto('integration_keys').values(row).execute();
}

export async function updateIntegrationKey(
  db: Kysely<Database>,
  id: string,
  values: Updateable<IntegrationKeyRow>,
): Promise<void> {
  await db.updateTable('integration_keys').set(values).where('id', '=', id).execute();
}
