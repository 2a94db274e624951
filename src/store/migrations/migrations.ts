/** Every change of the tables, in order. A name, once released, is never changed or taken away. */
import type { Migration } from 'kysely/migration';
import { firstTables } from './first-tables.ts';

export const migrations: Record<string, Migration> = {
  '0001-first-tables': firstTables,
};
