/** The exclude list, newest first. */
import type { Kysely, Selectable } from 'kysely';
import type { ExclusionPattern } from '../core/exclusion.ts';
import type { PageRequest } from '../core/page.ts';
import { cursorNumber, pageOf } from './page.ts';
import type { Database, ExclusionRow } from './schema.ts';

export async function listExclusions(db: Kysely<Database>, page: PageRequest) {
  let query = db
    .selectFrom('exclusions')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  const after = cursorNumber(page);
  if (after !== null) query = query.where('id', '<', after);
  return pageOf(
    await query.execute(),
    page,
    (row) => exclusionOf(row),
    (row) => [row.id],
  );
}

/** All of it, for matching. */
export async function allExclusions(db: Kysely<Database>): Promise<ExclusionPattern[]> {
  const rows = await db.selectFrom('exclusions').select(['kind', 'pattern']).execute();
  return rows.map((row) => ({ kind: row.kind as ExclusionPattern['kind'], pattern: row.pattern }));
}

export async function countExclusions(db: Kysely<Database>): Promise<number> {
  const { count } = await db
    .selectFrom('exclusions')
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Null when the list has it already. */
export async function insertExclusion(db: Kysely<Database>, exclusion: ExclusionPattern, now: number) {
  const row = await db
    .insertInto('exclusions')
    .values({ ...exclusion, created_at: now })
    .onConflict((conflict) => conflict.columns(['kind', 'pattern']).doNothing())
    .returningAll()
    .executeTakeFirst();
  return row === undefined ? null : exclusionOf(row);
}

export async function deleteExclusion(db: Kysely<Database>, id: number): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('exclusions').where('id', '=', id).executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function findExclusion(db: Kysely<Database>, id: number) {
  const row = await db.selectFrom('exclusions').selectAll().where('id', '=', id).executeTakeFirst();
  return row === undefined ? null : exclusionOf(row);
}

function exclusionOf(row: Selectable<ExclusionRow>) {
  return {
    id: row.id,
    kind: row.kind as ExclusionPattern['kind'],
    pattern: row.pattern,
    createdAt: row.created_at,
  };
}
