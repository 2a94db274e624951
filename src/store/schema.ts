/**
 * The tables, as Kysely sees them. Moments are epoch milliseconds in integers; truth values are 0 and 1; JSON is text that
 * the database never looks into. See migrations/ for indexes and why each is there.
 */
import type { Generated } from 'kysely';

export interface Database {
  facts: FactRow;
  apps: AppRow;
  integration_keys: IntegrationKeyRow;
  webhooks: WebhookRow;
  webhook_history: WebhookHistoryRow;
  visitors: VisitorRow;
  aliases: AliasRow;
  accounts: AccountRow;
  events: EventRow;
  messages: MessageRow;
  bodies: BodyRow;
  trails: TrailRow;
  trail_windows: TrailWindowRow;
  deliveries: DeliveryRow;
  attempts: AttemptRow;
  replays: ReplayRow;
  replay_lines: ReplayLineRow;
  requeues: RequeueRow;
  warnings: WarningRow;
  exclusions: ExclusionRow;
  features: FeatureRow;
  nodes: NodeRow;
  audit_entries: AuditEntryRow;
  tallies: TallyRow;
  users: UserRow;
  sessions: SessionRow;
  password_links: PasswordLinkRow;
}

/** Single values of the installation: subscription id and name, retention, the id of the key that secrets are under. */
export interface FactRow {
  name: string;
  value: string;
}

export interface AppRow {
  id: number;
  name: string;
  api_key: string;
  track_secret_hash: string;
  track_secret_hint: string;
  track_enabled: number;
  created_at: number;
}

export interface IntegrationKeyRow {
  id: string;
  name: string;
  /** SHA-256 in hex; the key itself is random enough that a slow hash would add nothing. */
  hash: string;
  hint: string;
  /** A JSON array. */
  scopes: string;
  created_at: number;
  last_used_at: number | null;
}

export interface WebhookRow {
  id: string;
  name: string;
  type: string;
  /** Null for the Segment type, whose address follows from its region and the settings. */
  url: string | null;
  region: string | null;
  /** `all`, or a JSON array of event types. */
  events: string;
  enabled: number;
  /** When it was last switched on or off; tells why an older event has no delivery. */
  enabled_changed_at: number;
  disabled_reason: string | null;
  /** Encrypted JSON object: the values may be credentials. */
  headers_sealed: string;
  timeout_ms: number;
  /** A JSON array of milliseconds. */
  retry_delays_ms: string;
  signature_prefix: string;
  hub_signature: number;
  rate_per_second: number | null;
  rate_burst: number | null;
  secret_sealed: string | null;
  secret_hint: string | null;
  write_key_sealed: string | null;
  write_key_hint: string | null;
  signing_secret_sealed: string;
  signing_secret_hint: string;
  /** Signs beside the present one until its time is over; both are null when there is none. */
  former_signing_secret_sealed: string | null;
  former_signing_ends_at: number | null;
  created_at: number;
  changed_at: number;
  /** A deleted webhook keeps its row, for the log's sake, and nothing of its secrets. */
  deleted_at: number | null;
  /** What is pending of events up to this one has been cancelled, then, and its rows are still to follow (discards.ts). */
  discard_through: string | null;
  discard_at: number | null;
}

/** How a webhook was from one event on: see webhook-history.ts. */
export interface WebhookHistoryRow {
  seq: Generated<number>;
  webhook_id: string;
  /** The newest event when it was set so. */
  after_event_id: string;
  at: number;
  /** `on`, `off` or `deleted`. */
  state: string;
  events: string;
}

export interface VisitorRow {
  id: string;
  /** The last account; null as long as none, not even the empty one, has been tied to it. */
  account_id: string | null;
  anonymous: number;
  do_not_process: number;
  first_seen_at: number | null;
  last_seen_at: number | null;
  created_at: number;
  /** JSON: group, then key, then value. */
  metadata: string;
  /** Counts the changes, so that of two nodes that change it at once one sees that the other was faster. */
  version: number;
}

/** The anonymous visitor `from_id` has become `to_id`. */
export interface AliasRow {
  from_id: string;
  to_id: string;
  created_at: number;
}

export interface AccountRow {
  id: string;
  first_seen_at: number | null;
  last_seen_at: number | null;
  created_at: number;
  metadata: string;
  version: number;
}

export interface EventRow {
  id: string;
  app_id: number;
  door: string;
  type: string;
  visitor_id: string;
  account_id: string;
  occurred_at: number;
  received_at: number;
  time_replaced: number;
  message_id: string | null;
  url: string;
  title: string;
  /** The body of a Pendo webhook: what receivers get, and the one place where the event's properties and user agent stand. */
  body: string;
  agent_version: string | null;
  withheld: string | null;
  /** The deliveries that were made of it when it came, as text: see routes.ts. Null when there was none. */
  routes: string | null;
}

/** What came in with a messageId during the last day, so that a repeat is known. */
export interface MessageRow {
  app_id: number;
  message_id: string;
  received_at: number;
}

/**
 * What receivers get in any format but Pendo's, which stands with the event itself: made once, and sent unchanged ever
 * after. Text, and never a JSON type of the database's, which would reorder keys.
 */
export interface BodyRow {
  event_id: string;
  format: string;
  revision: number;
  text: string;
}

/** What a visitor did and what an account's visitors did in a window of events: see trail.ts. */
export interface TrailRow {
  /** The window's last event. */
  window_end: string;
  /** `v:` and a visitor's id, or `a:` and an account's. */
  subject: string;
  /** A JSON array of event ids, in order. */
  event_ids: string;
}

/** A window whose trails are all there. */
export interface TrailWindowRow {
  last_event_id: string;
  first_event_id: string;
}

export interface DeliveryRow {
  event_id: string;
  webhook_id: string;
  format: string;
  revision: number;
  state: string;
  /** All attempts ever made. */
  attempt_count: number;
  /** Of these the ones that do not count against the retries: made before the last replay, or probes that took no retry. */
  attempts_before_replay: number;
  created_at: number;
  /** When the next attempt may start; meaningful while pending. */
  due_at: number;
  finished_at: number | null;
  last_status: number | null;
  last_code: string | null;
  /** The last attempt, as text (core/attempt-text.ts); null before the first. Those before it are in `attempts`. */
  last_attempt: string | null;
}

/** A process that shares this database with others: see nodes.ts. There are none on SQLite. */
export interface NodeRow {
  id: Generated<number>;
  name: string;
  roles: string;
  version: string;
}

/** An attempt before a delivery's last one. */
export interface AttemptRow {
  event_id: string;
  webhook_id: string;
  /** 1 for the first; goes on counting after a replay. */
  number: number;
  attempt: string;
}

/** Many deliveries that somebody wants sent again: see core/replay.ts. */
export interface ReplayRow {
  id: string;
  /** `paused` is not stored: it is worked out when it is read. */
  state: string;
  /** A JSON object: `ReplayFilter`. */
  filter: string;
  /** Only events before this one: what comes after the replay was asked for is none of its business. */
  before_event_id: string;
  created_at: number;
  finished_at: number | null;
}

/** What a replay has to do with one webhook, and how far it is. */
export interface ReplayLineRow {
  replay_id: string;
  webhook_id: string;
  /** Everything up to this event has been looked at. */
  after_event_id: string;
  /** There is nothing more to look at. */
  done: number;
  /** How many there were when it was asked for. */
  matched: number;
  /** Put back to pending, or made; of these so many have ended in one way or the other. */
  requeued: number;
  delivered: number;
  failed: number;
  cancelled: number;
}

/** A delivery was put back to pending, or made late, by a person. */
export interface RequeueRow {
  event_id: string;
  webhook_id: string;
  /** Of the first attempt that follows from it. */
  number: number;
  at: number;
  /** Null: this one alone was sent again. */
  replay_id: string | null;
  /** A replay waits for what becomes of it. */
  waiting: number;
}

export interface WarningRow {
  id: Generated<number>;
  app_id: number | null;
  door: string;
  reason: string;
  message: string;
  field: string;
  message_id: string | null;
  sample: string;
  count: number;
  received_at: number;
}

export interface ExclusionRow {
  id: Generated<number>;
  kind: string;
  pattern: string;
  created_at: number;
}

/** See core/feature.ts. */
export interface FeatureRow {
  id: string;
  app_id: number | null;
  name: string;
  rule: string;
  created_at: number;
  changed_at: number;
}

export interface UserRow {
  id: string;
  /** As `emailKey` writes it. */
  email: string;
  name: string;
  role: string;
  /** With how it was made, as PHC strings are; null until somebody has chosen a password. */
  password_hash: string | null;
  disabled: number;
  created_at: number;
  signed_in_at: number | null;
}

export interface SessionRow {
  id: string;
  /** SHA-256 in hex of what the cookie holds. */
  hash: string;
  user_id: string;
  created_at: number;
  seen_at: number;
  ends_at: number;
  address: string;
  user_agent: string;
}

/** By it somebody sets a password, once; without a user, the first Admin's. */
export interface PasswordLinkRow {
  /** SHA-256 in hex of what the link holds. */
  hash: string;
  user_id: string | null;
  ends_at: number;
}

/** Who changed what: see core/audit.ts. */
export interface AuditEntryRow {
  id: Generated<number>;
  at: number;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  address: string;
  action: string;
  outcome: string;
  target_id: string;
  before_json: string | null;
  after_json: string | null;
}

/** How often something happened in a span of time: see core/tally.ts. */
export interface TallyRow {
  subject: string;
  span: string;
  /** When the span begins. */
  bucket_at: number;
  measure: string;
  count: number;
  /** When it happened last. */
  last_at: number;
}
