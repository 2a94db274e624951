/** `bellwire migrate`: brings the tables of the database up to date, says what it did, and serves nothing. */
import { type DatabaseAddress, shownDatabase } from '../core/database-address.ts';
import { explained } from './start-mishap.ts';
import type { Terminal } from './terminal.ts';

export interface MigrateDeps {
  database: DatabaseAddress;
  /** Answers what was done. */
  bringUpToDate: (database: DatabaseAddress) => Promise<string[]>;
  terminal: Pick<Terminal, 'out'>;
}

export async function migrate({ database, bringUpToDate, terminal }: MigrateDeps): Promise<number> {
  const done = await bringUpToDate(database).catch((error: unknown) => {
    throw explained(error, database);
  });
  const said = done.length === 0 ? 'was up to date, and nothing was changed' : `is up to date now: ${done.join(', ')}`;
  terminal.out(`The database ${shownDatabase(database)} ${said}.`);
  return 0;
}
