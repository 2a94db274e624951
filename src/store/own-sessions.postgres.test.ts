import { afterEach, beforeEach, expect, test } from 'vitest';
import { startPostgresPooler } from '../../test/support/postgres-pooler.ts';
import { openTestDatabase, type TestDatabase } from '../../test/support/test-database.ts';
import { systemClock } from '../core/clock.ts';
import { openStore } from './open-store.ts';
import { insistOnOwnSessions, SharedSessions } from './own-sessions.ts';
import { openPostgres, type Postgres } from './postgres.ts';

let database: TestDatabase;
let url: string;
const opened: Postgres[] = [];
beforeEach(async () => {
  database = await openTestDatabase();
  if (database.address.kind !== 'postgres') throw new Error('This is about PostgreSQL.');
  url = database.address.url;
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  await database.close();
});

function open(address: string) {
  const one = openPostgres(address, { name: 'sessions' });
  opened.push(one);
  return one.link;
}

test('connections of their own are taken, and such as share a session are not', async () => {
  await insistOnOwnSessions([open(url), open(url), open(url)]);
  const pooler = await startPostgresPooler(url);
  await expect(insistOnOwnSessions([open(pooler.url), open(pooler.url)])).rejects.toThrow(SharedSessions);
  await pooler.close();
});

test('a server behind a pooler that lends out sessions says so, and leaves the database as it was', async () => {
  const pooler = await startPostgresPooler(url);
  const options = { clock: systemClock, node: { name: 'n', roles: [], version: '1' }, migrates: true };
  const { host } = new URL(pooler.url);
  await expect(openStore({ kind: 'postgres', url: pooler.url }, options)).rejects.toThrow(
    new RegExp(`^The database postgres://${host}/\\w+ is reached through a connection pooler .* pool_mode = session`),
  );
  await pooler.close();
  expect((await open(url).query("select 1 from pg_tables where schemaname = 'public'")).rows).toEqual([]);
});
