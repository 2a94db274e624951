/**
 * Brings the tables of a database up to date, or insists that they are. A table of their own names the steps that were done.
 *
 *   tables behind the program   brought up to date, or the start is refused
 *   tables ahead of it          refused: a newer program has been here, and what it keeps there is not known to this one
 *
 * Each step is one transaction with the note that it was done, so it is there wholly or not at all, and two nodes that start
 * at once cannot both do it. A lock of that transaction makes the second one wait instead of fail. Kysely's own migrator
 * holds a lock of the session outside of any transaction: it stays behind, held for ever, where a pooler hands each
 * transaction another connection.
 */
import { type Kysely, PostgresAdapter, sql } from 'kysely';
import { version } from '../core/version.ts';
import { migrations } from './migrations/migrations.ts';
import type { Database } from './schema.ts';

type Steps = typeof migrations;

/** Does the steps that are missing and answers their names. */
export async function migrate(db: Kysely<Database>, steps: Steps = migrations): Promise<string[]> {
  const done: string[] = [];
  for (;;) {
    const name = await firstMissing(db, steps);
    if (name === null) return done;
    if (await doStep(db, name, steps)) done.push(name);
  }
}

/** Throws a sentence when the tables are not as this program needs them. */
export async function insistUpToDate(db: Kysely<Database>, steps: Steps = migrations): Promise<void> {
  const missing = await missingSteps(db, steps);
  if (missing.length === 0) return;
  throw new Error(
    `The database is not up to date: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing, and BELLWIRE_MIGRATE is off. Run \`bellwire migrate\` of this version (${version}) with the same BELLWIRE_DATABASE_URL, then start again.`,
  );
}

/** False: somebody else has done it meanwhile. */
async function doStep(db: Kysely<Database>, name: string, steps: Steps): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    await waitForOthers(transaction);
    await transaction.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .execute();
    if ((await firstMissing(transaction, steps)) !== name) return false;
    await steps[name]?.up(transaction);
    await withSteps(transaction).insertInto('migrations').values({ name }).execute();
    return true;
  });
}

/** A file nobody else has. */
async function waitForOthers(transaction: Kysely<Database>): Promise<void> {
  if (!isShared(transaction)) return;
  // As long as it takes: another node's step, and then ours, on tables of any size.
  await sql`set local lock_timeout = 0`.execute(transaction);
  await sql`set local statement_timeout = 0`.execute(transaction);
  await sql`select pg_advisory_xact_lock(${sql.lit(lockId)})`.execute(transaction);
}

function isShared(db: Kysely<Database>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter;
}

/** Any number, as long as nobody else who uses the database has chosen it. */
const lockId = 7_235_550_421;

async function firstMissing(db: Kysely<Database>, steps: Steps): Promise<string | null> {
  const [name = null] = await missingSteps(db, steps);
  return name;
}

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
  const look = isShared(db)
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
