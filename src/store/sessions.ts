/** Where people are signed in. */
import type { Kysely } from 'kysely';
import { limits } from '../core/limits.ts';
import type { Session } from '../core/user.ts';
import type { Database, SessionRow } from './schema.ts';

/** What is in force, with the hash by which a request is told to belong to it. */
export async function liveSessions(db: Kysely<Database>): Promise<(Session & { hash: string })[]> {
  const rows = await db.selectFrom('sessions').selectAll().orderBy('id').execute();
  return rows.map((row) => Object.assign(sessionOf(row), { hash: row.hash }));
}

/** Of one person, the one used last first. */
export async function listSessions(db: Kysely<Database>, userId: string): Promise<Session[]> {
  const rows = await db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('seen_at', 'desc')
    .orderBy('id')
    .execute();
  return rows.map((row) => sessionOf(row));
}

/** Those of the same person that were used longest ago make room when there are too many. */
export async function insertSession(db: Kysely<Database>, row: SessionRow): Promise<Session> {
  const known = await listSessions(db, row.user_id);
  const tooMany = known.slice(limits.sessionsPerUserMax - 1).map(({ id }) => id);
  if (tooMany.length > 0) await db.deleteFrom('sessions').where('id', 'in', tooMany).execute();
  await db.insertInto('sessions').values(row).execute();
  return sessionOf(row);
}

export async function noteSessionSeen(db: Kysely<Database>, id: string, now: number): Promise<void> {
  await db.updateTable('sessions').set({ seen_at: now }).where('id', '=', id).where('seen_at', '<', now).execute();
}

export async function deleteSession(db: Kysely<Database>, id: string): Promise<boolean> {
  const { numDeletedRows } = await db.deleteFrom('sessions').where('id', '=', id).executeTakeFirst();
  return numDeletedRows > 0n;
}

/** All of a person's, but for one if it is named; answers how many there were. */
export async function deleteSessionsOf(db: Kysely<Database>, userId: string, exceptId: string | null): Promise<number> {
  let query = db.deleteFrom('sessions').where('user_id', '=', userId);
  if (exceptId !== null) query = query.where('id', '!=', exceptId);
  const { numDeletedRows } = await query.executeTakeFirst();
  return Number(numDeletedRows);
}

/** What is over leaves. */
export async function deleteOverSessions(db: Kysely<Database>, now: number): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where((eb) => eb.or([eb('ends_at', '<=', now), eb('seen_at', '<=', now - limits.sessionIdleMs)]))
    .execute();
}

function sessionOf(row: SessionRow): Session {
  return {
    id: row.id,
    userId: row.user_id,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    endsAt: row.ends_at,
    address: row.address,
    userAgent: row.user_agent,
  };
}
