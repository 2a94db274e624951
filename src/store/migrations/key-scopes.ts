/** Integration keys may do what their scopes say, instead of all or only reading; and it is known which are in use. */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { typesOf } from '../dialect.ts';

export const keyScopes: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    const { text } = typesOf(db);
    const table = schema.alterTable('integration_keys');
    // A JSON array.
    await table.addColumn('scopes', text, (column) => column.notNull().defaultTo('["read"]')).execute();
    await table.addColumn('last_used_at', 'bigint').execute();
    await sql`update integration_keys set scopes = '["write","people"]' where write = 1`.execute(db);
    await table.dropColumn('write').execute();
  },
};
