/**
 * Brings the tables of either database up to date, from one list of steps, or insists that they are. A table of its own
 * names the steps that were done.
 *
 *   tables behind the program   brought up to date, or the start is refused
 *   tables ahead of it          refused: a newer program has been here, and what it keeps there is not known to this one
 *
 * All that is missing is one transaction with the notes that it was done, so a node that starts meanwhile sees all of it or
 * none. A lock of that transaction makes nodes that start at once wait for each other. Kysely's own migrator holds a lock of
 * the session instead: after an error that one stays behind where a pooler hands each transaction another connection.
 */
import { type Kysely, sql } from 'kysely';
import { version } from '../core/version.ts';
import { isPostgres } from './dialect.ts';
import { migrations } from './migrations/migrations.ts';
import type { Database } from './schema.ts';

type Steps = typeof migrations;

/** A database, and how a transaction on it is done; what is asked of `db` meanwhile is in that transaction. */
export interface Migrated {
  db: Kysely<Database>;
  transaction: <Value>(work: () => Promise<Value>) => Promise<Value>;
}

/** Does the steps that are missing and answers their names. Throws a sentence when a newer program has been here. */
export async function migrate({ db, transaction }: Migrated, steps: Steps = migrations): Promise<string[]> {
  if ((await missingSteps(db, steps)).length === 0) return [];
  return transaction(async () => {
    await waitForOthers(db);
    const created = db.schema.createTable('migrations').ifNotExists();
    await created.addColumn('name', 'text', (column) => column.primaryKey()).execute();
    const missing = await missingSteps(db, steps);
    for (const name of missing) {
      await steps[name]?.up(db);
      await withSteps(db).insertInto('migrations').values({ name }).execute();
    }
    return missing;
  });
}

/** Throws a sentence when the tables are not as this program needs them. */
export async function insistUpToDate(db: Kysely<Database>, steps: Steps = migrations): Promise<void> {
  const missing = await missingSteps(db, steps);
  if (missing.length === 0) return;
  throw new Error(
    `The database is not up to date: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing, and BELLWIRE_MIGRATE is off. Run \`npx bellwire migrate\` of this version (${version}) with the same BELLWIRE_DATABASE_URL, then start again.`,
  );
}

/** A file nobody else has. */
async function waitForOthers(db: Kysely<Database>): Promise<void> {
  if (!isPostgres(db)) return;
  // As long as it takes: another node's steps, and then ours, on tables of any size.
  await sql`set local lock_timeout = 0`.execute(db);
  await sql`set local statement_timeout = 0`.execute(db);
  await sql`select pg_advisory_xact_lock(${sql.lit(lockId)})`.execute(db);
}

/** Any number, as long as nobody else who uses the database has chosen it. */
const lockId = 7_203_545;

/** In their order. Throws a sentence when the database has steps that this program does not know. */
async function missingSteps(db: Kysely<Database>, steps: Steps): Promise<string[]> {
  const done = await doneSteps(db);
  const unknown = done.filter((name) => !(name in steps));
  if (unknown.length > 0) {
    throw new Error(
      `The database is ahead of this Bellwire (${version}): a newer one has added ${unknown.join(', ')}. Start that newer version. The way back is a backup from before.`,
    );
  }
  return Object.keys(steps).filter((name) => !done.includes(name));
}

async function doneSteps(db: Kysely<Database>): Promise<string[]> {
  const look = isPostgres(db)
    ? sql`select 1 where to_regclass('migrations') is not null`
    : sql`select 1 from sqlite_master where name = 'migrations'`;
  if ((await look.execute(db)).rows.length === 0) return [];
  const rows = await withSteps(db).selectFrom('migrations').select('name').orderBy('name').execute();
  return rows.map(({ name }) => name);
}

/** The table is not one of schema.ts, because it must be known before any of those is there. */
function withSteps(db: Kysely<Database>): Kysely<{ migrations: { name: string } }> {
  return db as unknown as Kysely<{ migrations: { name: string } }>;
}
