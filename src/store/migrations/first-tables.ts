/**
 * The tables of the first version. What decides their shape:
 *
 * - Ids sort by time, so tables and their keys only grow at their end. Tables with short rows are clustered by their key
 *   (`without rowid`), one tree instead of two. With long rows that is three times slower (measured: 15 against 4 µs for
 *   1,000 bytes), because such trees split in the middle when they grow and send long rows to pages of their own.
 * - No index of `events` is in any order but that of time: one entry in a random place is a page of 4 KB in the WAL, more
 *   than the event itself. Whose event it was is written later, in bulk and at the end of its table too: see trails.ts.
 * - The queue is `deliveries` itself. Its pending rows have an index of their own, which is small when all is well and
 *   tells what is due first.
 * - A delivery's key is its event and its webhook, so that there can be only one. Its last attempt stands in its row, because
 *   most deliveries have one attempt only, and a row in another table costs as much as the delivery itself.
 */
import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { isPostgres, postgresTypes, type Types, typesOf } from '../dialect.ts';

export const firstTables: Migration = {
  async up(db: Kysely<unknown>) {
    const { schema } = db;
    const types = typesOf(db);
    const { text } = types;
    const clustered = clusteredBy(types);
    const divided = dividedBy(types);

    await schema
      .createTable('facts')
      .addColumn('name', text, (column) => column.primaryKey())
      .addColumn('value', text, (column) => column.notNull())
      .execute();

    await schema
      .createTable('apps')
      .addColumn('id', 'bigint', (column) => column.primaryKey())
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('api_key', text, (column) => column.notNull().unique())
      .addColumn('track_secret_hash', text, (column) => column.notNull())
      .addColumn('track_secret_hint', text, (column) => column.notNull())
      .addColumn('track_enabled', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();

    await schema
      .createTable('integration_keys')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('hash', text, (column) => column.notNull().unique())
      .addColumn('hint', text, (column) => column.notNull())
      .addColumn('write', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .execute();

    await schema
      .createTable('webhooks')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('type', text, (column) => column.notNull())
      .addColumn('url', text)
      .addColumn('region', text)
      .addColumn('events', text, (column) => column.notNull())
      .addColumn('enabled', 'integer', (column) => column.notNull())
      .addColumn('enabled_changed_at', 'bigint', (column) => column.notNull())
      .addColumn('disabled_reason', text)
      .addColumn('headers_sealed', text, (column) => column.notNull())
      .addColumn('timeout_ms', 'integer', (column) => column.notNull())
      .addColumn('retry_delays_ms', text, (column) => column.notNull())
      .addColumn('signature_prefix', text, (column) => column.notNull())
      .addColumn('hub_signature', 'integer', (column) => column.notNull())
      .addColumn('rate_per_second', 'integer')
      .addColumn('rate_burst', 'integer')
      .addColumn('secret_sealed', text)
      .addColumn('secret_hint', text)
      .addColumn('write_key_sealed', text)
      .addColumn('write_key_hint', text)
      .addColumn('signing_secret_sealed', text, (column) => column.notNull())
      .addColumn('signing_secret_hint', text, (column) => column.notNull())
      .addColumn('former_signing_secret_sealed', text)
      .addColumn('former_signing_ends_at', 'bigint')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('changed_at', 'bigint', (column) => column.notNull())
      .addColumn('deleted_at', 'bigint')
      .addColumn('discard_through', text)
      .addColumn('discard_at', 'bigint')
      .execute();

    await schema
      .createTable('webhook_history')
      .addColumn('seq', types.counted)
      .addColumn('webhook_id', text, (column) => column.notNull())
      .addColumn('after_event_id', text, (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('state', text, (column) => column.notNull())
      .addColumn('events', text, (column) => column.notNull())
      .execute();
    await schema.createIndex('webhook_history_webhook').on('webhook_history').columns(['webhook_id', 'seq']).execute();

    await clustered(
      schema
        .createTable('visitors')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('account_id', text)
        .addColumn('anonymous', 'integer', (column) => column.notNull())
        .addColumn('do_not_process', 'integer', (column) => column.notNull())
        .addColumn('first_seen_at', 'bigint')
        .addColumn('last_seen_at', 'bigint')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('metadata', text, (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull().defaultTo(0)),
    );
    // An account's visitors.
    await schema.createIndex('visitors_account').on('visitors').columns(['account_id', 'id']).execute();

    await clustered(
      schema
        .createTable('aliases')
        .addColumn('from_id', text, (column) => column.primaryKey())
        .addColumn('to_id', text, (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull()),
    );
    // Who a visitor was before, to show what happened then.
    await schema.createIndex('aliases_to').on('aliases').column('to_id').execute();

    await clustered(
      schema
        .createTable('accounts')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('first_seen_at', 'bigint')
        .addColumn('last_seen_at', 'bigint')
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('metadata', text, (column) => column.notNull())
        .addColumn('version', 'bigint', (column) => column.notNull().defaultTo(0)),
    );

    await divided(
      'id',
      schema
        .createTable('events')
        .addColumn('id', text, (column) => column.primaryKey())
        .addColumn('app_id', 'bigint', (column) => column.notNull())
        .addColumn('door', text, (column) => column.notNull())
        .addColumn('type', text, (column) => column.notNull())
        .addColumn('visitor_id', text, (column) => column.notNull())
        .addColumn('account_id', text, (column) => column.notNull())
        .addColumn('occurred_at', 'bigint', (column) => column.notNull())
        .addColumn('received_at', 'bigint', (column) => column.notNull())
        .addColumn('time_replaced', 'integer', (column) => column.notNull())
        .addColumn('message_id', text)
        .addColumn('url', text, (column) => column.notNull())
        .addColumn('title', text, (column) => column.notNull())
        .addColumn('body', types.bytes, (column) => column.notNull())
        .addColumn('agent_version', text)
        .addColumn('withheld', text)
        .addColumn('routes', text),
    );

    // In the order of windows, so that it grows at its end too.
    await schema
      .createTable('trails')
      .addColumn('window_end', text, (column) => column.notNull())
      .addColumn('subject', text, (column) => column.notNull())
      .addColumn('event_ids', text, (column) => column.notNull())
      .addPrimaryKeyConstraint('trails_key', ['window_end', 'subject'])
      .execute();
    await clustered(
      schema
        .createTable('trail_windows')
        .addColumn('last_event_id', text, (column) => column.primaryKey())
        .addColumn('first_event_id', text, (column) => column.notNull()),
    );

    await clustered(
      schema
        .createTable('messages')
        .addColumn('app_id', 'bigint', (column) => column.notNull())
        .addColumn('message_id', text, (column) => column.notNull())
        .addColumn('received_at', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('messages_key', ['app_id', 'message_id']),
    );
    // What has left the window of dedupe.
    await schema.createIndex('messages_received').on('messages').column('received_at').execute();

    await divided(
      'event_id',
      schema
        .createTable('bodies')
        .addColumn('event_id', text, (column) => column.notNull())
        .addColumn('format', text, (column) => column.notNull())
        .addColumn('revision', 'integer', (column) => column.notNull())
        .addColumn('text', types.bytes, (column) => column.notNull())
        .addPrimaryKeyConstraint('bodies_key', ['event_id', 'format', 'revision']),
    );

    await divided(
      'event_id',
      schema
        .createTable('deliveries')
        .addColumn('event_id', text, (column) => column.notNull())
        .addColumn('webhook_id', text, (column) => column.notNull())
        .addColumn('format', text, (column) => column.notNull())
        .addColumn('revision', 'integer', (column) => column.notNull())
        .addColumn('state', text, (column) => column.notNull())
        .addColumn('attempt_count', 'integer', (column) => column.notNull())
        .addColumn('attempts_before_replay', 'integer', (column) => column.notNull())
        .addColumn('created_at', 'bigint', (column) => column.notNull())
        .addColumn('due_at', 'bigint', (column) => column.notNull())
        .addColumn('finished_at', 'bigint')
        .addColumn('last_status', 'integer')
        .addColumn('last_code', text)
        .addColumn('last_attempt', text)
        .addPrimaryKeyConstraint('deliveries_key', ['event_id', 'webhook_id']),
    );
    // A webhook's log.
    await schema.createIndex('deliveries_webhook').on('deliveries').columns(['webhook_id', 'event_id']).execute();
    // The queue: what is due, oldest first.
    await schema
      .createIndex('deliveries_due')
      .on('deliveries')
      .columns(['webhook_id', 'due_at', 'event_id'])
      .where(sql.ref('state'), '=', sql.lit('pending'))
      .execute();
    // And those of it that have been tried before, which must not wait behind a backlog of those that have not.
    await schema
      .createIndex('deliveries_due_again')
      .on('deliveries')
      .columns(['webhook_id', 'due_at', 'event_id'])
      .where(sql<boolean>`state = 'pending' and attempt_count > attempts_before_replay`)
      .execute();
    // What went wrong, across webhooks, without reading what went right.
    await schema
      .createIndex('deliveries_failed')
      .on('deliveries')
      .columns(['event_id', 'webhook_id'])
      .where(sql.ref('state'), '=', sql.lit('failed'))
      .execute();
    // And of one webhook. Measured with 15 failures among 300,000 deliveries: 0.4 instead of 126 ms. It costs nothing
    // until something has failed.
    await schema
      .createIndex('deliveries_webhook_failed')
      .on('deliveries')
      .columns(['webhook_id', 'event_id'])
      .where(sql.ref('state'), '=', sql.lit('failed'))
      .execute();
    // By what went wrong. It costs nothing for what was delivered at once.
    await schema
      .createIndex('deliveries_code')
      .on('deliveries')
      .columns(['last_code', 'event_id', 'webhook_id'])
      .where(sql.ref('last_code'), 'is not', null)
      .execute();

    await divided(
      'event_id',
      schema
        .createTable('attempts')
        .addColumn('event_id', text, (column) => column.notNull())
        .addColumn('webhook_id', text, (column) => column.notNull())
        .addColumn('number', 'integer', (column) => column.notNull())
        .addColumn('attempt', text, (column) => column.notNull())
        .addPrimaryKeyConstraint('attempts_key', ['event_id', 'webhook_id', 'number']),
    );

    await schema
      .createTable('replays')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('state', text, (column) => column.notNull())
      .addColumn('filter', text, (column) => column.notNull())
      .addColumn('before_event_id', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('finished_at', 'bigint')
      .execute();
    await clustered(
      schema
        .createTable('replay_lines')
        .addColumn('replay_id', text, (column) => column.notNull())
        .addColumn('webhook_id', text, (column) => column.notNull())
        .addColumn('after_event_id', text, (column) => column.notNull())
        .addColumn('done', 'integer', (column) => column.notNull())
        .addColumn('matched', 'integer', (column) => column.notNull())
        .addColumn('requeued', 'integer', (column) => column.notNull())
        .addColumn('delivered', 'integer', (column) => column.notNull())
        .addColumn('failed', 'integer', (column) => column.notNull())
        .addColumn('cancelled', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('replay_lines_key', ['replay_id', 'webhook_id']),
    );
    await divided(
      'event_id',
      schema
        .createTable('requeues')
        .addColumn('event_id', text, (column) => column.notNull())
        .addColumn('webhook_id', text, (column) => column.notNull())
        .addColumn('number', 'integer', (column) => column.notNull())
        .addColumn('at', 'bigint', (column) => column.notNull())
        .addColumn('replay_id', text)
        .addColumn('waiting', 'integer', (column) => column.notNull())
        .addPrimaryKeyConstraint('requeues_key', ['event_id', 'webhook_id', 'number']),
    );
    // The few that replays wait for.
    await schema
      .createIndex('requeues_waiting')
      .on('requeues')
      .columns(['replay_id', 'webhook_id'])
      .where(sql.ref('waiting'), '=', sql.lit(1))
      .execute();

    await schema
      .createTable('warnings')
      .addColumn('id', types.counted)
      .addColumn('app_id', 'bigint')
      .addColumn('door', text, (column) => column.notNull())
      .addColumn('reason', text, (column) => column.notNull())
      .addColumn('message', text, (column) => column.notNull())
      .addColumn('field', text, (column) => column.notNull())
      .addColumn('message_id', text)
      .addColumn('sample', text, (column) => column.notNull())
      .addColumn('count', 'integer', (column) => column.notNull())
      .addColumn('received_at', 'bigint', (column) => column.notNull())
      .execute();
    await schema.createIndex('warnings_received').on('warnings').column('received_at').execute();

    await schema
      .createTable('exclusions')
      .addColumn('id', types.counted)
      .addColumn('kind', text, (column) => column.notNull())
      .addColumn('pattern', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('exclusions_pattern', ['kind', 'pattern'])
      .execute();

    await schema
      .createTable('features')
      .addColumn('id', text, (column) => column.primaryKey())
      .addColumn('app_id', 'bigint')
      .addColumn('name', text, (column) => column.notNull())
      .addColumn('rule', text, (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('changed_at', 'bigint', (column) => column.notNull())
      .execute();

    if (isPostgres(db)) await manyNodes(db);
  },
};

/** What a database needs that many nodes share, and that is divided by time. */
async function manyNodes(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  const { text } = postgresTypes;
  // Whose event it was. Here an entry in a random place is no page in the log of what was written.
  await schema.createIndex('events_visitor').on('events').columns(['visitor_id', 'id']).execute();
  await schema.createIndex('events_account').on('events').columns(['account_id', 'id']).execute();
  // The number of the node that sends it; null while it waits for one.
  await schema.alterTable('deliveries').addColumn('claimed_by', 'bigint').execute();
  await schema
    .createTable('nodes')
    .addColumn('id', postgresTypes.counted)
    .addColumn('name', text, (column) => column.notNull())
    .addColumn('roles', text, (column) => column.notNull())
    .addColumn('version', text, (column) => column.notNull())
    .addColumn('started_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`clock_timestamp()`))
    .addColumn('beat_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`clock_timestamp()`))
    .addColumn('lost_at', 'timestamptz')
    .execute();
  await schema
    .createTable('parts')
    .addColumn('from_id', text, (column) => column.primaryKey())
    .addColumn('to_id', text, (column) => column.notNull())
    .execute();
  // How often something was changed that nodes hold in memory; and a row to lock for what one node at a time does.
  await sql`insert into facts (name, value) values ('changes', '0'), ('replays_turn', ''), ('discards_turn', '')`.execute(
    db,
  );
}

/** Makes a table whose rows lie in the order of its primary key, where the database has such. */
function clusteredBy({ clustered }: Types) {
  return <Table extends string, Column extends string>(table: CreateTableBuilder<Table, Column>) =>
    table.modifyEnd(clustered).execute();
}

/** Makes a table that is divided by time, by the event's id in this column, where the database can. */
function dividedBy(types: Types) {
  return <Table extends string, Column extends string>(column: Column, table: CreateTableBuilder<Table, Column>) =>
    table.modifyEnd(types.dividedBy(column)).execute();
}
