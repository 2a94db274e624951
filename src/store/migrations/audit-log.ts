/** Who changed what. Rows are added, and leave when they are old or too many; no command changes one. */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { typesOf } from '../dialect.ts';

export const auditLog: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    const types = typesOf(db);
    const { text } = types;
    await schema
      .createTable('audit_entries')
      .addColumn('id', types.counted)
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('actor_kind', text, (column) => column.notNull())
      .addColumn('actor_id', text, (column) => column.notNull())
      .addColumn('actor_name', text, (column) => column.notNull())
      .addColumn('address', text, (column) => column.notNull())
      .addColumn('action', text, (column) => column.notNull())
      .addColumn('outcome', text, (column) => column.notNull())
      .addColumn('target_id', text, (column) => column.notNull())
      .addColumn('before_json', text)
      .addColumn('after_json', text)
      .execute();
    await schema.createIndex('audit_entries_actor').on('audit_entries').columns(['actor_id', 'id']).execute();
    await schema.createIndex('audit_entries_target').on('audit_entries').columns(['target_id', 'id']).execute();
    // What leaves next.
    await schema.createIndex('audit_entries_at').on('audit_entries').column('at').execute();
  },
};
