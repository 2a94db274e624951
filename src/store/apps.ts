/** Apps: the instrumented products, each with its keys. There are few, so they are read whole, oldest first. */
import type { Kysely, Updateable } from 'kysely';
import type { AppRow, Database } from './schema.ts';

export function appRows(db: Kysely<Database>): Promise<AppRow[]> {
  return db.selectFrom('apps').selectAll().orderBy('created_at').orderBy('id').execute();
}

export async function listApps(db: Kysely<Database>) {
  return (await appRows(db)).map((row) => appOf(row));
}

export async function findApp(db: Kysely<Database>, id: number) {
  const row = await db.selectFrom('apps').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : appOf(row);
}

export async function insertApp(db: Kysely<Database>, row: AppRow) {
  await db.insertInto('apps').values(row).execute();
  return appOf(row);
}

export async function updateApp(db: Kysely<Database>, id: number, values: Updateable<AppRow>) {
  if (Object.keys(values).length > 0) await db.updateTable('apps').set(values).where('id', '=', id).execute();
  return findApp(db, id);
}

/** An app as people see it: of the Track Event secret only how it ends. */
function appOf(row: AppRow) {
  return {
    id: row.id,
    name: row.name,
    apiKey: row.api_key,
    trackEnabled: row.track_enabled === 1,
    trackSecretHint: row.track_secret_hint,
    createdAt: row.created_at,
  };
}
