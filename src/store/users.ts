/** People who sign in. There are few, so they are read whole, oldest first. */
import type { Kysely, Updateable } from 'kysely';
import type { User, UserRole } from '../core/user.ts';
import type { Database, UserRow } from './schema.ts';

export async function listUsers(db: Kysely<Database>): Promise<User[]> {
  const rows = await db.selectFrom('users').selectAll().orderBy('created_at').orderBy('id').execute();
  return rows.map((row) => userOf(row));
}

export async function findUser(db: Kysely<Database>, id: string): Promise<User | null> {
  const row = await findUserRow(db, id);
  return row === null ? null : userOf(row);
}

export async function findUserRow(db: Kysely<Database>, id: string): Promise<UserRow | null> {
  return (await db.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()) ?? null;
}

/** Of whoever may sign in with this address; null when nobody may. */
export async function findCredentials(
  db: Kysely<Database>,
  by: { email: string } | { userId: string },
): Promise<{ userId: string; passwordHash: string } | null> {
  const query = db.selectFrom('users').select(['id', 'password_hash']).where('disabled', '=', 0);
  const row = await ('email' in by
    ? query.where('email', '=', by.email)
    : query.where('id', '=', by.userId)
  ).executeTakeFirst();
  const passwordHash = row?.password_hash ?? null;
  return row === undefined || passwordHash === null ? null : { userId: row.id, passwordHash };
}

export async function countUsers(db: Kysely<Database>): Promise<number> {
  const { count } = await db
    .selectFrom('users')
    .select((eb) => eb.fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Whether somebody has ever chosen a password here. */
export async function isSetUp(db: Kysely<Database>): Promise<boolean> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('password_hash', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Null when somebody has this address already. */
export async function insertUser(db: Kysely<Database>, row: UserRow): Promise<User | null> {
  const inserted = await db
    .insertInto('users')
    .values(row)
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returningAll()
    .executeTakeFirst();
  return inserted === undefined ? null : userOf(inserted);
}

export async function updateUser(db: Kysely<Database>, id: string, values: Updateable<UserRow>): Promise<User | null> {
  if (Object.keys(values).length > 0) await db.updateTable('users').set(values).where('id', '=', id).execute();
  return findUser(db, id);
}

export async function deleteUser(db: Kysely<Database>, id: string): Promise<void> {
  await db.deleteFrom('users').where('id', '=', id).execute();
}

function userOf(row: UserRow): User {
  return {
    id: row.id,
    email: row.email,
    name: row.name,
    role: row.role as UserRole,
    state: row.disabled === 1 ? 'disabled' : row.password_hash === null ? 'invited' : 'active',
    createdAt: row.created_at,
    signedInAt: row.signed_in_at,
  };
}
