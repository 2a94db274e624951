/**
 * Every statement of the path of an event on PostgreSQL. A batch goes over as one JSON parameter, which measured faster than
 * arrays, and the long texts of a batch beside it as one parameter of bytes, out of which each row cuts its own: written into
 * the JSON they would have to be escaped and read back, which took 13.3 instead of 7.7 µs of the database for a row.
 *
 * All nodes lock in one order, so that none waits for another in a ring: deliveries, messages, visitors (new ones, then
 * others), accounts (the same), aliases; and of each kind in the order of keys. That is what the `locked` parts are for: an
 * update alone takes its rows in any order.
 *
 * Deliveries that may be changed by others at the same moment are locked by a statement of its own, whose answer is not
 * read but where it finds them by no key, and changed by the next one. PostgreSQL 18 (18.4 too) looks at a row that was changed
 * while it waited with what was prepared for finding partitions, and leaves that behind: looked up by key such a row is lost
 * to the statement, and one that then looks for rows of other divided tables ends the database's process. See
 * docs/decisions/locks-of-their-own.md.
 */
import { limits } from '../core/limits.ts';
import { bodyRevision } from './routes.ts';

/**
 * The rows of a batch. A plan is made once and kept, and the first ones are made while the tables are empty, when reading a
 * whole table looks cheaper than a look-up for each of the hundred rows that the database expects of a function. Comparing a
 * column with itself makes it expect one row: then a look-up by key wins whatever the table's size. Measured without it:
 * 79 µs for each attempt recorded instead of 25, on a table of 50,000 rows.
 */
const batch = (columns: string) =>
  `(select b.* from json_to_recordset($1) as b(${columns}, n int) where b.n + 0 = b.n)`;

const due = `select d.event_id, d.webhook_id from deliveries d
  where d.state = 'pending' and d.webhook_id = $1 and d.due_at <= $2 and d.claimed_by is null`;
const againOnly = 'and d.attempt_count > d.attempts_before_replay';
const oldestFirst = 'order by d.due_at, d.event_id limit $3 for no key update skip locked';

/** What a claim is made of, of the rows that were just taken. */
const taken = `select t.event_id, t.webhook_id, t.attempt_count, t.attempts_before_replay,
    case when t.format = 'pendo' then (select e.body from events e where e.id = t.event_id)
      else (select b.text from bodies b where b.event_id = t.event_id and b.format = t.format and b.revision = t.revision)
    end as body
  from taken t order by t.due_at, t.event_id`;

const keys = `${batch('e text, w text')} k`;

/** Of these the ones that meet a condition, locked in the order of their keys. */
const lock = (which: string, condition: string) => `select 1 from deliveries d
  join ${which} on d.event_id = k.e and d.webhook_id = k.w
  where ${condition} order by d.event_id, d.webhook_id for no key update of d`;

/** What is claimed and what is not have each an index of their own. */
const expire = (which: string) => `update deliveries set state = 'failed', last_code = 'expired', finished_at = $1
  where (event_id, webhook_id) in (select event_id, webhook_id from deliveries
    where event_id < $2 and state = 'pending' and ${which} limit $3 for update skip locked) returning webhook_id`;

const touch = (table: string) => `with seen as (${batch('id text, at bigint')}),
  locked as (select t.id, s.at from ${table} t join seen s on t.id = s.id
    where coalesce(t.last_seen_at, 0) < s.at order by t.id for no key update of t)
  update ${table} t set last_seen_at = l.at from locked l where t.id = l.id`;

const report = batch('e text, w text, s int, c text, k text, d bigint, p int, x int, y int');
const attempted = `attempt_count = d.attempt_count + 1,
  attempts_before_replay = d.attempts_before_replay + r.p, last_status = r.s, last_code = r.c, claimed_by = null,
  last_attempt = convert_from(substring($2::bytea from r.x for r.y), 'UTF8'),
  state = case when d.state = 'pending' and r.k <> 'retry' then r.k
    when d.state <> 'pending' and r.k = 'delivered' then 'delivered' else d.state end,
  due_at = case when d.state = 'pending' and r.k = 'retry' then r.d else d.due_at end,
  finished_at = case when d.state = 'pending' and r.k <> 'retry' then $4 else d.finished_at end`;

export const statements = {
  // Held together with all others of its kind: only who was overtaken more than once asks to be alone, so that it gets through.
  together: 'select pg_advisory_xact_lock_shared(7203544)',
  alone: 'select pg_advisory_xact_lock(7203544)',

  noteMessages: `insert into messages (app_id, message_id, received_at)
    select a, m, r from json_to_recordset($1) as n(a bigint, m text, r bigint) order by a, m collate "C"
    on conflict (app_id, message_id) do update set received_at = excluded.received_at
      where messages.received_at < excluded.received_at - ${limits.dedupeWindowMs}
    returning app_id, message_id`,
  forgetMessages: `delete from messages where (app_id, message_id) in
    (select a, m from json_to_recordset($1) as n(a bigint, m text))`,
  visitors: `select v.*,
      (select a.id from accounts a where a.id = v.account_id and a.first_seen_at is null) as unseen_account_id
    from visitors v where v.id = any($1)`,
  accounts: 'select * from accounts where id = any($1)',
  aliases: 'select from_id, to_id from aliases where from_id = any($1)',

  addVisitors: `insert into visitors
      (id, account_id, anonymous, do_not_process, first_seen_at, last_seen_at, created_at, metadata, version)
    select id, account_id, anonymous, mark, seen, seen, at, metadata, 0
    from json_to_recordset($1) as v(id text, account_id text, anonymous int, mark int, seen bigint, at bigint, metadata text)
    order by id collate "C" on conflict (id) do nothing`,
  changeVisitors: `with changed as (${batch('id text, account_id text, seen bigint, metadata text, version bigint')}),
    locked as (select v.id, c.account_id, c.seen, c.metadata from visitors v join changed c on v.id = c.id
      where v.version = c.version order by v.id for no key update of v)
    update visitors v set account_id = l.account_id, first_seen_at = l.seen, metadata = l.metadata, version = v.version + 1
    from locked l where v.id = l.id`,
  addAccounts: `insert into accounts (id, first_seen_at, last_seen_at, created_at, metadata, version)
    select id, seen, seen, at, metadata, 0
    from json_to_recordset($1) as a(id text, seen bigint, at bigint, metadata text)
    order by id collate "C" on conflict (id) do nothing`,
  changeAccounts: `with changed as (${batch('id text, seen bigint, metadata text, version bigint')}),
    locked as (select a.id, c.seen, c.metadata from accounts a join changed c on a.id = c.id
      where a.version = c.version order by a.id for no key update of a)
    update accounts a set first_seen_at = l.seen, metadata = l.metadata, version = a.version + 1
    from locked l where a.id = l.id`,
  addAliases: `insert into aliases (from_id, to_id, created_at)
    select f, t, at from json_to_recordset($1) as a(f text, t text, at bigint) order by f collate "C"
    on conflict (from_id) do nothing`,
  touchVisitors: touch('visitors'),
  touchAccounts: touch('accounts'),

  addEvents: `insert into events (id, app_id, door, type, visitor_id, account_id, occurred_at, received_at, time_replaced,
      message_id, url, title, agent_version, withheld, routes, body)
    select i, a, d, t, v, c, o, r, z, m, u, n, g, w, s, substring($2::bytea from x for y)
    from json_to_recordset($1) as e(i text, a bigint, d text, t text, v text, c text, o bigint, r bigint, z int, m text, u text,
      n text, g text, w text, s text, x int, y int)`,
  addBodies: `insert into bodies (event_id, format, revision, text)
    select e, f, ${bodyRevision}, substring($2::bytea from x for y)
    from json_to_recordset($1) as b(e text, f text, x int, y int)`,
  addDeliveries: `insert into deliveries (event_id, webhook_id, format, revision, state, attempt_count,
      attempts_before_replay, created_at, due_at, claimed_by)
    select e, w, f, ${bodyRevision}, 'pending', 0, 0, t, t, case when m = 1 then $2::bigint end
    from json_to_recordset($1) as d(e text, w text, f text, t bigint, m int)`,

  likeWarnings: `select count(*) as count, max(id) as last from (select id from warnings
    where received_at >= $1 and reason = $2 and coalesce(app_id, 0) = $3 limit ${limits.warningSamplesPerHour}) like_it`,
  addWarnings: `insert into warnings (app_id, door, reason, message, field, message_id, sample, count, received_at)
    select a, d, r, m, f, i, s, 1, t
    from json_to_recordset($1) as w(a bigint, d text, r text, m text, f text, i text, s text, t bigint) returning id`,
  countWarnings: 'update warnings set count = count + $2 where id = $1',

  due: `${due} ${oldestFirst}`,
  dueAgain: `${due} ${againOnly} ${oldestFirst}`,
  // No more of them once the bodies before one are together as large as is wanted; their size is known without reading them.
  claimDue: `with due as (select d.event_id, d.webhook_id, d.due_at, d.format, d.revision from deliveries d
      join ${keys} on d.event_id = k.e and d.webhook_id = k.w),
    sized as (select due.event_id, due.webhook_id, due.due_at, coalesce(
        (select octet_length(e.body) from events e where due.format = 'pendo' and e.id = due.event_id),
        (select octet_length(b.text) from bodies b
          where b.event_id = due.event_id and b.format = due.format and b.revision = due.revision), 0) as size from due),
    summed as (select event_id, webhook_id, sum(size) over (order by due_at, event_id) - size as before from sized),
    taken as (update deliveries d set claimed_by = $2 from summed s
      where d.event_id = s.event_id and d.webhook_id = s.webhook_id and s.before < $3 returning d.*)
    ${taken}`,
  claimThese: `with these as (select d.event_id, d.webhook_id from deliveries d join ${keys} on d.event_id = k.e and d.webhook_id = k.w
      where d.state = 'pending' and (d.claimed_by is null or d.claimed_by = $2)
      order by d.event_id, d.webhook_id for no key update of d),
    taken as (update deliveries d set claimed_by = $2 from these
      where d.event_id = these.event_id and d.webhook_id = these.webhook_id returning d.*)
    ${taken}`,
  lockClaimed: lock(keys, 'd.claimed_by = $2'),
  release: `update deliveries d set claimed_by = null from ${keys}
    where d.event_id = k.e and d.webhook_id = k.w and d.claimed_by = $2`,
  releaseAllBut: `with these as (select d.event_id, d.webhook_id from deliveries d
      where d.state = 'pending' and d.claimed_by = $2
        and d.event_id || d.webhook_id not in (select k.e || k.w from ${keys})
      order by d.event_id, d.webhook_id for no key update of d)
    update deliveries d set claimed_by = null from these
    where d.event_id = these.event_id and d.webhook_id = these.webhook_id`,
  nextDue: `select due_at from deliveries where state = 'pending' and webhook_id = $1 and due_at > $2 and claimed_by is null
    order by due_at limit 1`,
  /** For each webhook, when the first is due that nobody has claimed. */
  unclaimed: `select w.id as webhook_id, (select d.due_at from deliveries d where d.state = 'pending' and d.webhook_id = w.id
      and d.claimed_by is null order by d.due_at limit 1) as due_at
    from unnest($1::text[]) as w(id)`,

  // A claim that is not ours any more is somebody else's now: what we say of it changes nothing. Rows come in the order of
  // their keys, and are locked in it.
  recordFirst: `update deliveries d set ${attempted}
    from ${report} r where d.event_id = r.e and d.webhook_id = r.w and d.claimed_by = $3`,
  // The last attempt but one leaves the row for a table of its own.
  recordAgain: `with r as ${report},
    kept as (insert into attempts (event_id, webhook_id, number, attempt)
      select d.event_id, d.webhook_id, d.attempt_count, d.last_attempt
      from deliveries d join r on d.event_id = r.e and d.webhook_id = r.w
      where d.claimed_by = $3 and d.last_attempt is not null)
    update deliveries d set ${attempted}
    from r where d.event_id = r.e and d.webhook_id = r.w and d.claimed_by = $3`,

  lastEvent: 'select max(id) as id from events',
  lastReceived: 'select received_at from events order by id desc limit 1',
  pruneMessages: `delete from messages where (app_id, message_id) in
    (select app_id, message_id from messages where received_at < $1 order by received_at limit $2 for update skip locked)`,
  expireUnclaimed: expire('claimed_by is null'),
  expireClaimed: expire('claimed_by is not null'),
  pruneWarnings: `delete from warnings where id in
    (select id from warnings where received_at < $1 order by received_at limit $2 for update skip locked)`,
  // All nodes add to the same rows. One that stands still with them in its hands must not hold up the commits of the others.
  waitBriefly: "select set_config('lock_timeout', '250ms', true)",
  addTallies: `insert into tallies (subject, span, bucket_at, measure, count, last_at)
    select s, p, b, m, c, l from json_to_recordset($1) as t(s text, p text, b bigint, m text, c bigint, l bigint) order by s, p, b, m
    on conflict (subject, span, bucket_at, measure) do update
    set count = tallies.count + excluded.count, last_at = greatest(tallies.last_at, excluded.last_at)`,
  pruneTallies: `delete from tallies where (subject, span, bucket_at, measure) in (select subject, span, bucket_at, measure
    from tallies where span = $1 and bucket_at < $2 order by bucket_at limit $3 for update skip locked)`,
  takeTurn: 'select 1 from facts where name = $1 for update skip locked',
  noteChange: "update facts set value = (value::bigint + 1)::text where name = 'changes'",
  probe: `insert into facts (name, value) values ('probed_at', $1)
    on conflict (name) do update set value = excluded.value`,
} as const;

export type StatementName = keyof typeof statements;
