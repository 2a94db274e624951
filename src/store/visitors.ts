/**
 * Visitors, in the order of their ids: the order that the primary key has anyway, and in which the start of an id is a
 * range. An anonymous visitor that has become a named one is found by its old id and is no longer a visitor of its own.
 */
import type { Kysely, Updateable } from 'kysely';
import type { MetadataByGroup } from '../core/event-input.ts';
import type { PageRequest } from '../core/page.ts';
import { isPostgres } from './dialect.ts';
import { cursorText, endOfPrefix, pageOf } from './page.ts';
import type { Database, VisitorRow } from './schema.ts';

export async function listVisitors(
  db: Kysely<Database>,
  where: { search?: string; accountId?: string },
  page: PageRequest,
) {
  let query = db
    .selectFrom('visitors')
    .selectAll()
    .where((eb) =>
      eb.not(eb.exists(eb.selectFrom('aliases').select('from_id').whereRef('from_id', '=', 'visitors.id'))),
    )
    .orderBy('id')
    .limit(page.limit + 1);
  if (where.search !== undefined) {
    query = query.where('id', '>=', where.search).where('id', '<', endOfPrefix(where.search));
  }
  if (where.accountId === '') {
    // Both that say "no account": those tied to the empty one, and those that nothing has tied to any yet.
    query = query.where((eb) => eb.fn.coalesce('account_id', eb.val('')), '=', '');
  } else if (where.accountId !== undefined) {
    query = query.where('account_id', '=', where.accountId);
  }
  const after = cursorText(page);
  if (after !== null) query = query.where('id', '>', after);
  const rows = await query.execute();
  const former = await formerIdsOf(
    db,
    rows.map((row) => row.id),
  );
  return pageOf(
    rows,
    page,
    (row) => visitorOf(row, former.get(row.id) ?? []),
    (row) => [row.id],
  );
}

export async function findVisitor(db: Kysely<Database>, id: string) {
  const currentId = await currentVisitorId(db, id);
  const row = await findVisitorRow(db, currentId);
  return row === null ? null : visitorOf(row, (await formerIdsOf(db, [currentId])).get(currentId) ?? []);
}

/** What is read to be changed is locked, where others could change it meanwhile. */
export async function findVisitorRow(
  db: Kysely<Database>,
  id: string,
  purpose: 'to read' | 'to change' = 'to read',
): Promise<VisitorRow | null> {
  const row = await db
    .selectFrom('visitors')
    .selectAll()
    .where('id', '=', id)
    .$if(purpose === 'to change' && isPostgres(db), (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  return row ?? null;
}

/** The named visitor that an anonymous one became; any other id is itself. */
export async function currentVisitorId(db: Kysely<Database>, id: string): Promise<string> {
  const row = await db.selectFrom('aliases').select('to_id').where('from_id', '=', id).executeTakeFirst();
  return row?.to_id ?? id;
}

/** Every id under which a visitor has events: its own, and those of the anonymous visitors that became it. */
export async function idsOfVisitor(db: Kysely<Database>, id: string): Promise<string[]> {
  const currentId = await currentVisitorId(db, id);
  return [currentId, ...((await formerIdsOf(db, [currentId])).get(currentId) ?? [])];
}

export async function insertVisitor(db: Kysely<Database>, row: VisitorRow): Promise<void> {
  await db.insertInto('visitors').values(row).execute();
}

export async function updateVisitor(
  db: Kysely<Database>,
  id: string,
  values: Updateable<VisitorRow>,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('visitors')
    .set(values)
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Somebody may have used a product from thousands of browsers; the newest of them will do. */
const formerIdsShownMax = 500;

async function formerIdsOf(db: Kysely<Database>, ids: readonly string[]): Promise<Map<string, string[]>> {
  const former = new Map<string, string[]>();
  if (ids.length === 0) return former;
  const rows = await db
    .selectFrom('aliases')
    .select(['from_id', 'to_id'])
    .where('to_id', 'in', ids)
    .orderBy('created_at', 'desc')
    .limit(formerIdsShownMax)
    .execute();
  for (const { from_id, to_id } of rows) former.set(to_id, [...(former.get(to_id) ?? []), from_id]);
  return former;
}

function visitorOf(row: VisitorRow, formerIds: string[]) {
  return {
    id: row.id,
    accountId: row.account_id ?? '',
    anonymous: row.anonymous === 1,
    doNotProcess: row.do_not_process === 1,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    createdAt: row.created_at,
    formerIds,
    metadata: JSON.parse(row.metadata) as MetadataByGroup,
  };
}
