/** The keys of the management API, by their hashes. There are few, so they are read whole, oldest first. */
import type { Kysely, Updateable } from 'kysely';
import type { IntegrationKey, Scope } from '../core/scope.ts';
import type { Database, IntegrationKeyRow } from './schema.ts';

export async function integrationKeyRows(db: Kysely<Database>): Promise<IntegrationKeyRow[]> {
  return db.selectFrom('integration_keys').selectAll().orderBy('created_at').orderBy('id').execute();
}

export async function listIntegrationKeys(db: Kysely<Database>): Promise<IntegrationKey[]> {
  return (await integrationKeyRows(db)).map((row) => integrationKeyOf(row));
}

export async function findIntegrationKey(db: Kysely<Database>, id: string): Promise<IntegrationKey | null> {
  const row = await db.selectFrom('integration_keys').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : integrationKeyOf(row);
}

export async function insertIntegrationKey(db: Kysely<Database>, row: IntegrationKeyRow): Promise<IntegrationKey> {
  await db.insertInto('integration_keys').values(row).execute();
  return integrationKeyOf(row);
}

export async function updateIntegrationKey(
  db: Kysely<Database>,
  id: string,
  values: Updateable<IntegrationKeyRow>,
): Promise<void> {
  await db.updateTable('integration_keys').set(values).where('id', '=', id).execute();
}

export async function deleteIntegrationKey(db: Kysely<Database>, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('integration_keys').where('id', '=', id).executeTakeFirst();
  return numDeletedRows > 0n;
}

export function integrationKeyOf(row: IntegrationKeyRow): IntegrationKey {
  return {
    id: row.id,
    name: row.name,
    scopes: JSON.parse(row.scopes) as Scope[],
    hint: row.hint,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
  };
}
