/** Every statement of the path of an event on SQLite, compiled once when the database is opened. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { limits } from '../core/limits.ts';

export function statements(raw: DatabaseSync) {
  const prepare = (sql: string): StatementSync => raw.prepare(sql);
  return {
    begin: prepare('begin immediate'),
    commit: prepare('commit'),
    rollback: prepare('rollback'),
    noteMessage: prepare(`insert into messages (app_id, message_id, received_at) values (?, ?, ?)
      on conflict (app_id, message_id) do update set received_at = excluded.received_at where received_at < ?`),
    forgetMessage: prepare('delete from messages where app_id = ? and message_id = ?'),
    visitor: prepare('select * from visitors where id = ?'),
    account: prepare('select * from accounts where id = ?'),
    alias: prepare('select to_id from aliases where from_id = ?'),
    addVisitor: prepare(`insert into visitors
      (id, account_id, anonymous, do_not_process, first_seen_at, last_seen_at, created_at, metadata)
      values (?, ?, ?, ?, ?, ?, ?, ?)`),
    changeVisitor: prepare('update visitors set account_id = ?, first_seen_at = ?, metadata = ? where id = ?'),
    addAccount: prepare(`insert into accounts (id, first_seen_at, last_seen_at, created_at, metadata)
      values (?, ?, ?, ?, ?)`),
    changeAccount: prepare('update accounts set first_seen_at = ?, metadata = ? where id = ?'),
    addAlias: prepare(
      'insert into aliases (from_id, to_id, created_at) values (?, ?, ?) on conflict (from_id) do nothing',
    ),
    touchVisitor: prepare('update visitors set last_seen_at = ? where id = ? and coalesce(last_seen_at, 0) < ?'),
    touchAccount: prepare('update accounts set last_seen_at = ? where id = ? and coalesce(last_seen_at, 0) < ?'),
    addEvent: prepare(`insert into events (id, app_id, door, type, visitor_id, account_id, occurred_at, received_at,
      time_replaced, message_id, url, title, body, agent_version, withheld, routes)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    addBody: prepare('insert into bodies (event_id, format, revision, text) values (?, ?, ?, ?)'),
    // One that is found again after a crash may have its row.
    addPending: prepare(`insert into deliveries (event_id, webhook_id, format, revision, state, attempt_count,
      attempts_before_replay, created_at, due_at) values (?, ?, ?, ?, 'pending', 0, 0, ?, ?) on conflict do nothing`),
    addAttempted: prepare(`insert into deliveries (event_id, webhook_id, format, revision, state, attempt_count,
      attempts_before_replay, created_at, due_at, finished_at, last_status, last_code, last_attempt)
      values (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)`),
    unsettled: prepare(`select id, received_at, routes from events
      where id >= coalesce((select value from facts where name = 'owed_from'), '') and routes is not null`),
    setOwedFrom: prepare(`insert into facts (name, value) values ('owed_from', ?)
      on conflict (name) do update set value = excluded.value`),
    addWarning:
      prepare(`insert into warnings (app_id, door, reason, message, field, message_id, sample, count, received_at)
      values (?, ?, ?, ?, ?, ?, ?, 1, ?)`),
    likeWarnings: prepare(`select count(*) as count, max(id) as last from (select id from warnings
      where received_at >= ? and reason = ? and coalesce(app_id, 0) = ? limit ${limits.warningSamplesPerHour})`),
    countWarning: prepare('update warnings set count = count + 1 where id = ?'),
    lastEvent: prepare('select max(id) as id from events'),
    lastReceived: prepare('select received_at from events order by id desc limit 1'),
    untrailed: prepare(`select id, visitor_id, account_id from events
      where id > ? and id > coalesce((select max(last_event_id) from trail_windows), '') order by id limit ?`),
    addTrail: prepare('insert into trails (window_end, subject, event_ids) values (?, ?, ?)'),
    addTrailWindow: prepare('insert into trail_windows (last_event_id, first_event_id) values (?, ?)'),
    dropUnfinishedTrails: prepare(
      "delete from trails where window_end > coalesce((select max(last_event_id) from trail_windows), '')",
    ),
    due: prepare(`select event_id, webhook_id, format, revision, attempt_count, attempts_before_replay from deliveries
      where state = 'pending' and webhook_id = ? and due_at <= ? order by due_at, event_id limit ?`),
    dueRetries:
      prepare(`select event_id, webhook_id, format, revision, attempt_count, attempts_before_replay from deliveries
      where state = 'pending' and attempt_count > attempts_before_replay and webhook_id = ? and due_at <= ?
      order by due_at, event_id limit ?`),
    pending:
      prepare(`select event_id, webhook_id, format, revision, attempt_count, attempts_before_replay from deliveries
      where event_id = ? and webhook_id = ? and state = 'pending'`),
    moveDue: prepare("update deliveries set due_at = due_at + ? where state = 'pending' and due_at > ?"),
    nextDue: prepare(`select min(due_at) as due_at from deliveries
      where state = 'pending' and webhook_id = ? and due_at > ?`),
    ownBody: prepare('select body as text from events where id = ?'),
    body: prepare('select text from bodies where event_id = ? and format = ? and revision = ?'),
    keepLastAttempt: prepare(`insert into attempts (event_id, webhook_id, number, attempt)
      select event_id, webhook_id, attempt_count, last_attempt from deliveries
      where event_id = ? and webhook_id = ? and last_attempt is not null`),
    finish: prepare(`update deliveries set attempt_count = attempt_count + 1, last_status = ?, last_code = ?,
      last_attempt = ?, state = ?, finished_at = ? where event_id = ? and webhook_id = ? and state = 'pending'`),
    retry: prepare(`update deliveries set attempt_count = attempt_count + 1,
      attempts_before_replay = attempts_before_replay + ?, last_status = ?, last_code = ?, last_attempt = ?, due_at = ? where event_id = ? and webhook_id = ? and state = 'pending'`),
    tooLate: prepare(`update deliveries set attempt_count = attempt_count + 1, last_status = ?, last_code = ?,
      last_attempt = ?, state = case when ? = 'delivered' then 'delivered' else state end
      where event_id = ? and webhook_id = ?`),
    pruneMessages: prepare(`delete from messages where (app_id, message_id) in
      (select app_id, message_id from messages where received_at < ? order by received_at limit ?)`),
    expirePending: prepare(`update deliveries set state = 'failed', last_code = 'expired', finished_at = ?
      where (event_id, webhook_id) in
      (select event_id, webhook_id from deliveries where event_id < ? and state = 'pending' limit ?) returning webhook_id`),
    oldEvents: prepare('select id from events where id < ? order by id limit ?'),
    oldTrailWindow: prepare('select min(last_event_id) as id from trail_windows where last_event_id < ?'),
    pruneTrails: prepare('delete from trails where window_end <= ?'),
    pruneTrailWindows: prepare('delete from trail_windows where last_event_id <= ?'),
    pruneEvent: [
      prepare('delete from attempts where event_id = ?'),
      prepare('delete from requeues where event_id = ?'),
      prepare('delete from deliveries where event_id = ?'),
      prepare('delete from bodies where event_id = ?'),
      prepare('delete from events where id = ?'),
    ],
    pruneWarnings: prepare(
      'delete from warnings where id in (select id from warnings where received_at < ? order by received_at limit ?)',
    ),
    addTally: prepare(`insert into tallies (subject, span, bucket_at, measure, count, last_at) values (?, ?, ?, ?, ?, ?)
      on conflict (subject, span, bucket_at, measure) do update
      set count = count + excluded.count, last_at = max(last_at, excluded.last_at)`),
    pruneTallies: prepare(`delete from tallies where (subject, span, bucket_at, measure) in
      (select subject, span, bucket_at, measure from tallies where span = ? and bucket_at < ? order by bucket_at limit ?)`),
    probe: prepare(`insert into facts (name, value) values ('probed_at', ?)
      on conflict (name) do update set value = excluded.value`),
  };
}

export type Statements = ReturnType<typeof statements>;
