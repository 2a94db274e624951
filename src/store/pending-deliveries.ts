/**
 * What is pending, read by the indexes of it and nothing else. On PostgreSQL there are two: of what waits for a node, and of
 * what one has claimed. A condition is only led to them when it says which.
 */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { isPostgres } from './dialect.ts';
import type { Database } from './schema.ts';

/** Each of these, and that it is pending, names an index; together they are all that is pending. What waits comes first. */
export function kindsOfPending(db: Kysely<Database>): [RawBuilder<boolean>, ...RawBuilder<boolean>[]] {
  return isPostgres(db) ? [sql<boolean>`claimed_by is null`, sql<boolean>`claimed_by is not null`] : [sql`true`];
}

export function pendingOfKind(db: Kysely<Database>, kind: RawBuilder<boolean>) {
  return db.selectFrom('deliveries').where('state', '=', sql.lit('pending')).where(kind);
}

/** All of it, as of one moment. */
export function pendingDeliveries(db: Kysely<Database>) {
  const [first, ...others] = kindsOfPending(db);
  const pending = (kind: RawBuilder<boolean>) =>
    pendingOfKind(db, kind).select(['event_id', 'webhook_id', 'attempt_count', 'attempts_before_replay']);
  return others.reduce((all, kind) => all.unionAll(pending(kind)), pending(first)).as('pending');
}

/** An expression, because the index of a webhook's log would be taken for the bare column, and read past what is over. */
export const bareEventId = sql<string>`coalesce(event_id, '')`;
