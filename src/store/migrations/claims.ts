/**
 * On PostgreSQL what is claimed leaves the indexes of what is due, and has one of its own.
 *
 * Most deliveries are claimed when they are made and sent at once, and stayed in the index of what is due until it was
 * vacuumed: each look for what is due, twice a second, read past all of them. And what a node had claimed could only be
 * found by reading all that is pending, each two seconds for minutes after a node had gone, and for every thousand that were
 * given back. A delivery still has one entry, in one or the other, and that of a claim is short: 520 instead of 580 bytes of the
 * log for one that is made claimed, 897 instead of 1,182 for a retry that is claimed; 200,000, half of them by way of a backlog
 * and a retry, made the indexes 21 instead of 47 MB long until they are vacuumed.
 */
import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { isPostgres } from '../dialect.ts';

export const claims: Migration = {
  async up(db: Kysely<unknown>) {
    if (!isPostgres(db)) return;
    const { schema } = db;
    // By webhook, so that what is pending of one is counted; who of the few nodes has claimed it is told apart in the index.
    await schema
      .createIndex('deliveries_claimed')
      .on('deliveries')
      .columns(['webhook_id', 'claimed_by'])
      .where(sql<boolean>`state = 'pending' and claimed_by is not null`)
      .execute();
    for (const index of ['deliveries_due', 'deliveries_due_again']) await schema.dropIndex(index).execute();
    await schema
      .createIndex('deliveries_due')
      .on('deliveries')
      .columns(['webhook_id', 'due_at', 'event_id'])
      .where(sql<boolean>`state = 'pending' and claimed_by is null`)
      .execute();
    await schema
      .createIndex('deliveries_due_again')
      .on('deliveries')
      .columns(['webhook_id', 'due_at', 'event_id'])
      .where(sql<boolean>`state = 'pending' and claimed_by is null and attempt_count > attempts_before_replay`)
      .execute();
  },
};
