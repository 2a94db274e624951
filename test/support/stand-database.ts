/**
 * The database that a test runs on: of the project `sqlite` a new file, of the project `postgres` a new database on the
 * server that all tests share. A test that takes its database from here runs on both, and asks what is in it through `look`.
 */
import { readFileSync } from 'node:fs';
import { CompiledQuery, type Kysely } from 'kysely';
import { inject } from 'vitest';
import type { DatabaseAddress } from '../../src/core/database-address.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import type { Database } from '../../src/store/schema.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { openTestDatabase } from './test-database.ts';

export interface StandDatabase {
  address: DatabaseAddress;
  /** What a program of its own is told, so that it uses this database. */
  env: Readonly<Record<string, string>>;
  /** A connection of the test's own, to see and to change what is there behind the back of what is tried. */
  look: Look;
  /** Closes `look` and takes everything away. Whoever else is connected should have closed before. */
  drop(): Promise<void>;
}

type Row = Record<string, unknown>;
type Value = string | number | null;

export interface Look {
  db: Kysely<Database>;
  /** Asks SQL in which each `?` stands for a value. */
  rows(text: string, ...values: Value[]): Promise<Row[]>;
  /** The `n` of the first row, as a number. */
  count(text: string, ...values: Value[]): Promise<number>;
  /** Changes something; answers how many rows. */
  change(text: string, ...values: Value[]): Promise<number>;
  /** All that is kept, as it is kept. */
  everything(): Promise<string>;
}

/** With a file, the server makes one itself. */
export const testSecretKey = Buffer.alloc(32, 7);

export const isOnPostgres = inject('database').kind !== 'sqlite';

export async function standDatabase(): Promise<StandDatabase> {
  const fresh = await openTestDatabase();
  const { address } = fresh;
  let opened: OpenedLook | null = null;
  // Opened when it is first used: a file that is not there yet is for the server to make.
  const look = (): OpenedLook => (opened ??= openLook(address));
  return {
    address,
    env: {
      BELLWIRE_DATABASE_URL: address.kind === 'sqlite' ? `sqlite:${address.path}` : address.url,
      ...(isOnPostgres ? { BELLWIRE_SECRET_KEY: testSecretKey.toString('base64') } : {}),
    },
    look: {
      get db() {
        return look().db;
      },
      rows: (text, ...values) => look().rows(text, ...values),
      count: (text, ...values) => look().count(text, ...values),
      change: (text, ...values) => look().change(text, ...values),
      everything: () => look().everything(),
    },
    async drop() {
      await opened?.close();
      await fresh.close();
    },
  };
}

type OpenedLook = Look & { close(): Promise<void> };

/** A look into a database that the test has made itself. */
export function openLook(address: DatabaseAddress): OpenedLook {
  const opened = open(address);
  const { db } = opened;
  const ask = (text: string, values: readonly Value[]) => {
    let number = 0;
    const placed = address.kind === 'sqlite' ? text : text.replaceAll('?', () => `$${(number += 1)}`);
    return db.executeQuery<Row>(CompiledQuery.raw(placed, [...values]));
  };
  return {
    db,
    close: () => opened.close(),
    rows: async (text, ...values) => (await ask(text, values)).rows,
    count: async (text, ...values) => Number((await ask(text, values)).rows[0]?.['n']),
    change: async (text, ...values) => Number((await ask(text, values)).numAffectedRows),
    async everything() {
      if (address.kind === 'sqlite') {
        return ['', '-wal'].map((end) => readFileSync(`${address.path}${end}`, 'latin1')).join('\n');
      }
      const tables = (await db.introspection.getTables()).map(({ name }) => name);
      const all = await Promise.all(tables.map((table) => ask(`select * from "${table}"`, [])));
      return JSON.stringify(all.map(({ rows }) => rows));
    },
  };
}

function open(address: DatabaseAddress): { db: Kysely<Database>; close(): Promise<void> } {
  if (address.kind === 'postgres') return openPostgres(address.url, { name: 'bellwire test', queryTimeoutMs: 120_000 });
  const sqlite = openSqlite(address.path);
  return { db: sqlite.db, close: async () => sqlite.close() };
}
