/**
 * How often things happened, for charts: a row for each thing counted in each span of time. Short spans leave after two days,
 * so that a month of a busy webhook is some thousand rows and not a hundred thousand.
 */
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { typesOf } from '../dialect.ts';

export const tallies: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    const { text, clustered } = typesOf(db);

    // In the order in which the chart of one subject reads it.
    await schema
      .createTable('tallies')
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('span', text, (column) => column.notNull())
      .addColumn('bucket_at', 'bigint', (column) => column.notNull())
      .addColumn('measure', text, (column) => column.notNull())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addColumn('last_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('tallies_key', ['subject', 'span', 'bucket_at', 'measure'])
      .modifyEnd(clustered)
      .execute();
    // The last hour of all webhooks, and what is old.
    await schema.createIndex('tallies_bucket').on('tallies').columns(['span', 'bucket_at']).execute();
  },
};
