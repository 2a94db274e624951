/** Accounts, in the order of their ids. The one with the empty id stands for "no account". */
import type { Kysely, Updateable } from 'kysely';
import type { MetadataByGroup } from '../core/event-input.ts';
import type { PageRequest } from '../core/page.ts';
import { isPostgres } from './dialect.ts';
import { cursorText, endOfPrefix, pageOf } from './page.ts';
import type { AccountRow, Database } from './schema.ts';

export async function listAccounts(db: Kysely<Database>, where: { search?: string }, page: PageRequest) {
  let query = db
    .selectFrom('accounts')
    .selectAll()
    .orderBy('id')
    .limit(page.limit + 1);
  if (where.search !== undefined) {
    query = query.where('id', '>=', where.search).where('id', '<', endOfPrefix(where.search));
  }
  const after = cursorText(page);
  if (after !== null) query = query.where('id', '>', after);
  return pageOf(
    await query.execute(),
    page,
    (row) => accountOf(row),
    (row) => [row.id],
  );
}

export async function findAccount(db: Kysely<Database>, id: string) {
  const row = await findAccountRow(db, id);
  return row === null ? null : accountOf(row);
}

/** What is read to be changed is locked, where others could change it meanwhile. */
export async function findAccountRow(
  db: Kysely<Database>,
  id: string,
  purpose: 'to read' | 'to change' = 'to read',
): Promise<AccountRow | null> {
  const row = await db
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', id)
    .$if(purpose === 'to change' && isPostgres(db), (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  return row ?? null;
}

export async function insertAccount(db: Kysely<Database>, row: AccountRow): Promise<void> {
  await db.insertInto('accounts').values(row).execute();
}

export async function updateAccount(db: Kysely<Database>, id: string, values: Updateable<AccountRow>): Promise<void> {
  await db
    .updateTable('accounts')
    .set(values)
    .set((eb) => ({ version: eb('version', '+', 1) }))
    .where('id', '=', id)
    .execute();
}

function accountOf(row: AccountRow) {
  return {
    id: row.id,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    createdAt: row.created_at,
    metadata: JSON.parse(row.metadata) as MetadataByGroup,
  };
}
