/**
 * Before the tests of the project `postgres`: one PostgreSQL for all of them, which they find by `inject('database')`. It is
 * the one that BELLWIRE_TEST_DATABASE_URL names, or one of our own, of the version that BELLWIRE_TEST_POSTGRES names. When
 * there is none, each test that needs it fails with the reason; none is passed over.
 */
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import type { PostgresVersion } from './postgres-program.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

/** Which database the tests of a project open. */
export type ProjectDatabase =
  | { kind: 'sqlite' }
  | {
      kind: 'postgres';
      /** Of a user who may make databases. */
      url: string;
      /** What to make a new database by. */
      strategy: 'wal_log' | 'file_copy';
      /** Its log; null when it is not our own. */
      logFile: string | null;
    }
  | { kind: 'none'; problem: string };

declare module 'vitest' {
  export interface ProvidedContext {
    database: ProjectDatabase;
  }
}

let own: PostgresServer | null = null;

export async function setup(project: TestProject): Promise<void> {
  project.provide('database', await databaseOfTests());
}

export async function teardown(): Promise<void> {
  await own?.close();
}

async function databaseOfTests(): Promise<ProjectDatabase> {
  const given = process.env['BELLWIRE_TEST_DATABASE_URL'];
  try {
    if (given !== undefined && given !== '') return await serverAt(given);
    own = await startPostgres({ version: wantedVersion() });
    const strategy = own.isInMemory ? 'file_copy' : 'wal_log';
    return { kind: 'postgres', url: own.url(), strategy, logFile: own.logFile };
  } catch (error) {
    return { kind: 'none', problem: problemOf(error, given) };
  }
}

/** One that is there already; it has to let us make databases. */
async function serverAt(url: string): Promise<ProjectDatabase> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ may: boolean }>(
      'select rolcreatedb or rolsuper as may from pg_roles where rolname = current_user',
    );
    if (rows[0]?.may !== true) throw new Error('its user may not make databases (`alter role … createdb`)');
  } finally {
    await client.end().catch(() => {});
  }
  return { kind: 'postgres', url, strategy: 'wal_log', logFile: null };
}

function wantedVersion(): PostgresVersion {
  const wanted = process.env['BELLWIRE_TEST_POSTGRES'] ?? '18';
  if (wanted === '15' || wanted === '18') return wanted === '15' ? 15 : 18;
  throw new Error('BELLWIRE_TEST_POSTGRES must be 15 or 18.');
}

function problemOf(error: unknown, given: string | undefined): string {
  const reason = error instanceof Error ? error.message : String(error);
  if (given !== undefined && given !== '')
    return `The PostgreSQL of BELLWIRE_TEST_DATABASE_URL cannot be used: ${reason}`;
  return `These tests need a PostgreSQL, and the one that comes with them cannot be used here. Name another, whose user may
make databases: BELLWIRE_TEST_DATABASE_URL=postgres://<user>:<password>@<host>/postgres (CONTRIBUTING.md). The reason: ${reason}`;
}
