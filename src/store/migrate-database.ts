/** Brings the tables of a database up to date from outside of any server. */
import { systemClock } from '../core/clock.ts';
import type { DatabaseAddress } from '../core/database-address.ts';
import { migrate } from './migrate.ts';
import { migrateServer } from './open-store.ts';
import { damageOf, holdDatabase, openSqlite, type Sqlite } from './sqlite.ts';

/** Answers the names of the steps that were done. A file must not be in use by a server; throws a sentence when it is. */
export async function migrateDatabase(address: DatabaseAddress): Promise<string[]> {
  if (address.kind === 'postgres') return migrateServer(address.url, systemClock);
  const { path } = address;
  let sqlite: Sqlite | null = null;
  let hold: { release(): void } | null = null;
  try {
    sqlite = openSqlite(path);
    hold = holdDatabase(path);
    return await migrate(sqlite);
  } catch (error) {
    throw damageOf(error, path) ?? error;
  } finally {
    sqlite?.close();
    hold?.release();
  }
}
