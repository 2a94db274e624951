/** Every change of the tables, in order. A name, once released, is never changed or taken away. */
import type { Migration } from 'kysely/migration';
import { auditLog } from './audit-log.ts';
import { claims } from './claims.ts';
import { firstTables } from './first-tables.ts';
import { keyScopes } from './key-scopes.ts';
import { people } from './people.ts';
import { tallies } from './tallies.ts';

export const migrations: Record<string, Migration> = {
  '0001-first-tables': firstTables,
  '0002-people': people,
  '0003-key-scopes': keyScopes,
  '0004-audit-log': auditLog,
  '0005-tallies': tallies,
  '0006-claims': claims,
};
