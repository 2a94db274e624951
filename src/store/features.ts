/** Features, by which clicks become events. There are few, so they are read whole, oldest first. */
import type { Kysely, Selectable, Updateable } from 'kysely';
import type { Feature } from '../core/feature.ts';
import type { Database, FeatureRow } from './schema.ts';

export async function listFeatures(db: Kysely<Database>): Promise<Feature[]> {
  const rows = await db.selectFrom('features').selectAll().orderBy('created_at').orderBy('id').execute();
  return rows.map((row) => featureOf(row));
}

export async function findFeature(db: Kysely<Database>, id: string): Promise<Feature | null> {
  const row = await db.selectFrom('features').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : featureOf(row);
}

export async function insertFeature(db: Kysely<Database>, row: FeatureRow): Promise<Feature> {
  await db.insertInto('features').values(row).execute();
  return featureOf(row);
}

export async function updateFeature(db: Kysely<Database>, id: string, values: Updateable<FeatureRow>): Promise<void> {
  await db.updateTable('features').set(values).where('id', '=', id).execute();
}

export async function deleteFeature(db: Kysely<Database>, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('features').where('id', '=', id).executeTakeFirst();
  return numDeletedRows > 0n;
}

function featureOf(row: Selectable<FeatureRow>): Feature {
  return {
    id: row.id,
    appId: row.app_id,
    name: row.name,
    rule: row.rule,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}
