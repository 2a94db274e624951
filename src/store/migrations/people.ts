/**
 * People, the browsers in which they are signed in, and the links by which they set a password. Of passwords there is a slow
 * hash; sessions and links are opened by 192 bits of chance, of which a fast one is enough.
 */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { typesOf } from '../dialect.ts';

export const people: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    const { text } = typesOf(db);

    await schema
      .createTable('users')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('email', text, (column) => column.notNull().unique())
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('role', text, (column) => column.notNull())
      .addColumn('password_hash', text)
      .addColumn('disabled', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('signed_in_at', 'bigint')
      .execute();

    await schema
      .createTable('sessions')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('hash', text, (column) => column.notNull().unique())
      .addColumn('user_id', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .addColumn('ends_at', 'bigint', (column) => column.notNull())
      .addColumn('address', text, (column) => column.notNull())
      .addColumn('user_agent', text, (column) => column.notNull())
      .execute();
    await schema.createIndex('sessions_user').on('sessions').columns(['user_id', 'seen_at']).execute();

    await schema
      .createTable('password_links')
      .addColumn('hash', text, (column) => column.primaryKey())
      // Null: whoever has it makes the first Admin.
      .addColumn('user_id', text)
      .addColumn('ends_at', 'bigint', (column) => column.notNull())
      .execute();
    await schema.createIndex('password_links_user').on('password_links').column('user_id').execute();
  },
};
