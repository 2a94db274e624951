import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { insistUpToDate, migrate } from './migrate.ts';
import { openSqlite, type Sqlite } from './sqlite.ts';

let folder: string;
let sqlite: Sqlite;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwire-migrate-'));
  sqlite = openSqlite(join(folder, 'b.db'));
});
afterEach(() => {
  sqlite.close();
  rmSync(folder, { recursive: true });
});

const one = { '0001-one': making('one') };
const two = { ...one, '0002-two': making('two') };

test('does what is missing, once, and says what', async () => {
  expect(await migrate(sqlite, one)).toEqual(['0001-one']);
  expect(await migrate(sqlite, two)).toEqual(['0002-two']);
  expect(await migrate(sqlite, two)).toEqual([]);
  expect(await tables()).toEqual(['migrations', 'one', 'two']);
});

test('does all there is in a new database, in order', async () => {
  expect(await migrate(sqlite, two)).toEqual(['0001-one', '0002-two']);
});

test('insists without touching anything', async () => {
  await expect(insistUpToDate(sqlite.db, two)).rejects.toThrow('0001-one, 0002-two are missing');
  expect(await tables()).toEqual([]);
  await migrate(sqlite, one);
  await expect(insistUpToDate(sqlite.db, two)).rejects.toThrow('0002-two is missing, and BELLWIRE_MIGRATE is off');
  await migrate(sqlite, two);
  await expect(insistUpToDate(sqlite.db, two)).resolves.toBeUndefined();
});

test('a program that is older than the tables changes nothing and says so', async () => {
  await migrate(sqlite, two);
  for (const older of [migrate(sqlite, one), insistUpToDate(sqlite.db, one)]) {
    await expect(older).rejects.toThrow('ahead of this Bellwire');
    await expect(older).rejects.toThrow('0002-two');
  }
  // Also one that has steps of its own to do.
  await expect(migrate(sqlite, { ...one, '0002-other': making('other') })).rejects.toThrow('ahead of this Bellwire');
  expect(await tables()).toEqual(['migrations', 'one', 'two']);
});

test('a step that fails leaves nothing of itself, nor of those that were missing with it', async () => {
  const failing: Migration = {
    async up(db) {
      await making('half').up(db);
      throw new Error('planted');
    },
  };
  await expect(migrate(sqlite, { ...one, '0002-two': failing })).rejects.toThrow('planted');
  expect(await tables()).toEqual([]);
  expect(await migrate(sqlite, two)).toEqual(['0001-one', '0002-two']);
});

function making(table: string): Migration {
  return { up: (db) => db.schema.createTable(table).addColumn('id', 'integer').execute() };
}

async function tables(): Promise<string[]> {
  const { rows } = await sql<{
    name: string;
  }>`select name from sqlite_master where type = 'table' order by name`.execute(sqlite.db);
  return rows.map(({ name }) => name);
}
