/** Links by which people set a password, once; each by the hash of what it holds. */
import type { Kysely } from 'kysely';
import type { Database, PasswordLinkRow } from './schema.ts';

export async function insertPasswordLink(db: Kysely<Database>, row: PasswordLinkRow): Promise<void> {
  await db.insertInto('password_links').values(row).execute();
}

/** Null for one that there is not, or no more. */
export async function findPasswordLink(
  db: Kysely<Database>,
  hash: string,
  now: number,
): Promise<PasswordLinkRow | null> {
  const query = db.selectFrom('password_links').selectAll().where('hash', '=', hash).where('ends_at', '>', now);
  return (await query.executeTakeFirst()) ?? null;
}

/** Of a person; of nobody, those by which the first Admin is made. */
export async function deletePasswordLinks(db: Kysely<Database>, userId: string | null): Promise<void> {
  const query = db.deleteFrom('password_links');
  await (userId === null ? query.where('user_id', 'is', null) : query.where('user_id', '=', userId)).execute();
}

/** What is over leaves. */
export async function deleteOverPasswordLinks(db: Kysely<Database>, now: number): Promise<void> {
  await db.deleteFrom('password_links').where('ends_at', '<=', now).execute();
}
