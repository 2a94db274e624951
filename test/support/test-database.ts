/**
 * A fresh, empty database for one test, of the kind that the test's project is about: a file of SQLite, or a database on the
 * PostgreSQL that all tests share.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, DatabaseError } from 'pg';
import { inject } from 'vitest';
import type { DatabaseAddress } from '../../src/core/database-address.ts';

export interface TestDatabase {
  address: DatabaseAddress;
  /** Removes it. Rejects when somebody is still connected, and names them; they are cut off. */
  close(): Promise<void>;
}

/** The names of those on a PostgreSQL that the tests of this file have opened. */
export const openedHere = new Set<string>();

/** Rejects with a sentence when the project's database cannot be had. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const database = inject('database');
  if (database.kind === 'sqlite') return openFile();
  if (database.kind === 'none') throw new Error(database.problem);
  const { url, strategy } = database;
  const name = `bellwire_test_${randomBytes(8).toString('hex')}`;
  openedHere.add(name);
  await asAdmin(url, `create database ${name} template template0 strategy ${strategy}`);
  return {
    address: { kind: 'postgres', url: urlOf(url, name) },
    close: () => drop(url, name),
  };
}

function openFile(): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-'));
  return {
    address: { kind: 'sqlite', path: join(folder, 'bellwire.db') },
    close: async () => rmSync(folder, { recursive: true }),
  };
}

/** The same server, user and parameters, and another database. */
function urlOf(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

const objectInUse = '55006';

async function drop(url: string, name: string): Promise<void> {
  // It waits some seconds for connections that are about to end.
  await asAdmin(url, `drop database ${name}`).catch(async (error: unknown) => {
    if (!(error instanceof DatabaseError) || error.code !== objectInUse) throw error;
    const left = await asAdmin(url, 'select application_name as name, query from pg_stat_activity where datname = $1', [
      name,
    ]);
    await asAdmin(url, `drop database ${name} with (force)`);
    throw new Error(`Somebody is still connected to the test's database: ${JSON.stringify(left)}`, { cause: error });
  });
}

/** One connection for all tests of a file; it keeps no process from ending. */
let admin: Promise<Client> | null = null;

async function asAdmin(url: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  admin ??= connect(url);
  try {
    const client = await admin;
    return (await client.query<Record<string, unknown>>(text, values)).rows;
  } catch (error) {
    if (!(error instanceof DatabaseError)) admin = null;
    throw error;
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: 'bellwire tests',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', () => {
    admin = null;
  });
  await client.connect();
  // Its type does not know that it can.
  (client as Client & { unref(): void }).unref();
  return client;
}
