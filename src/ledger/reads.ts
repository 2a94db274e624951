/**
 * What can be asked of the database without changing it. Answered by a thread of its own with a read-only connection, in
 * pages, so that a heavy question never delays an event.
 */
import type { AuditEntry } from '../core/audit.ts';
import type { Attempt, Delivery, DeliveryState } from '../core/delivery.ts';
import { type Event, type Origin, type RecordedType, withheldReasons } from '../core/event.ts';
import type { IngestionWarning, MetadataByGroup } from '../core/event-input.ts';
import type { Feature } from '../core/feature.ts';
import type { NextTry } from '../core/next-try.ts';
import type { Page, PageRequest } from '../core/page.ts';
import type { ReplayableState, ReplayCounts, ReplayFilter, ReplayState } from '../core/replay.ts';
import type { IntegrationKey } from '../core/scope.ts';
import type { SharingNode } from '../core/sharing-node.ts';
import type { SourceCounts, Tally, TallySpan, WebhookSummary } from '../core/tally.ts';
import type { Session, User } from '../core/user.ts';
import type { Webhook } from '../core/webhook.ts';
import type { App, Exclusion, Settings } from './ledger.ts';

/** Lists are newest first, but visitors and accounts, which are in the order of their ids. */
export interface Reads {
  apps(): Promise<App[]>;
  app(id: number): Promise<App | null>;
  webhooks(): Promise<Webhook[]>;
  webhook(id: string): Promise<Webhook | null>;
  /** Ids of webhooks that have chosen entries of the audit log, now or before, also of deleted ones. */
  adminEventWebhooks(): Promise<string[]>;
  events(filter: EventFilter, page: PageRequest): Promise<Page<Event>>;
  event(id: string): Promise<EventTrace | null>;
  visitors(filter: VisitorFilter, page: PageRequest): Promise<Page<Visitor>>;
  /** By its own id, or that of an anonymous visitor that became this one. */
  visitor(id: string): Promise<Visitor | null>;
  accounts(filter: { search?: string }, page: PageRequest): Promise<Page<Account>>;
  account(id: string): Promise<Account | null>;
  deliveries(filter: DeliveryFilter, page: PageRequest): Promise<Page<Delivery>>;
  delivery(id: string): Promise<DeliveryTrace | null>;
  replays(filter: WithAdminEvents, page: PageRequest): Promise<Page<Replay>>;
  replay(id: string): Promise<Replay | null>;
  /** What a replay would send as things are now. Rejects with `invalid_field` when there is no such webhook. */
  countReplay(query: ReplayQuery): Promise<ReplayCount>;
  /** What was counted of a subject (core/tally.ts). */
  tallies(
    subject: string,
    range: { span: TallySpan; from: number; before: number },
  ): Promise<Pick<Tally, 'bucketAt' | 'measure' | 'count'>[]>;
  sources(appId: number, now: number): Promise<SourceCounts[]>;
  webhookSummaries(now: number): Promise<WebhookSummary[]>;
  /** What is pending of a webhook now; null when there is none with this id. */
  pendingOf(webhookId: string): Promise<{ pendingCount: number; retryingCount: number } | null>;
  warnings(filter: WarningFilter, page: PageRequest): Promise<Page<StoredWarning>>;
  /** Those received from then on, by reason and app, the latest first. */
  warningSummaries(filter: { appId?: number; from: number }): Promise<WarningSummary[]>;
  /** All of them, the oldest first. */
  features(): Promise<Feature[]>;
  feature(id: string): Promise<Feature | null>;
  exclusions(page: PageRequest): Promise<Page<Exclusion>>;
  settings(): Promise<Settings>;
  integrationKeys(): Promise<IntegrationKey[]>;
  auditLog(filter: AuditFilter, page: PageRequest): Promise<Page<AuditEntry & { id: number }>>;
  users(): Promise<User[]>;
  user(id: string): Promise<User | null>;
  /** The one used last first; some may be over. */
  sessions(userId: string): Promise<Session[]>;
  /** The hash of a password, of whoever may sign in with it; null when nobody may. */
  credentials(by: { email: string } | { userId: string }): Promise<{ userId: string; passwordHash: string } | null>;
  /** Whose link it is; null when it opens nothing, or the first Admin. `now` is epoch milliseconds. */
  passwordLink(hash: string, now: number): Promise<{ user: User; endsAt: number } | null>;
  /** How large the database is, and who shares it. */
  system(): Promise<{ databaseBytes: number; nodes: SharingNode[] }>;
  /** For `/metrics` and `/readyz`: cheap. */
  queue(): Promise<{ pendingCount: number; oldestPendingAt: number | null }>;
  close(): Promise<void>;
}

/** For whoever may not read the audit log its entries are left out of what is listed: so it is unless this says otherwise. */
export interface WithAdminEvents {
  withAdminEvents?: boolean;
}

export interface EventFilter extends WithAdminEvents {
  type?: RecordedType;
  appId?: number;
  visitorId?: string;
  accountId?: string;
  door?: Origin;
  messageId?: string;
  receivedFrom?: number;
  receivedBefore?: number;
}

/** One event, and for each webhook whether it got it or why not. */
export interface EventTrace {
  event: Event;
  deliveries: Delivery[];
  /**
   * All other webhooks, also those deleted since, and why they did not get it, by their settings as they were when it came;
   * `since` is when they had been set so.
   */
  notSent: { webhookId: string; webhookName: string; reason: NotSentReason; since: number | null }[];
}
/** The event's own reasons, and then those of the webhook. */
export const notSentReasons = [
  ...withheldReasons,
  'type_not_chosen',
  'not_enabled',
  'created_later',
  'deleted',
] as const;
export type NotSentReason = (typeof notSentReasons)[number];

export interface VisitorFilter {
  /** The start of an id. */
  search?: string;
  accountId?: string;
}

export interface Visitor {
  id: string;
  /** Its last account; the empty string for none. */
  accountId: string;
  anonymous: boolean;
  doNotProcess: boolean;
  /** When a door first named it; null for one that only the metadata API knows. */
  firstSeenAt: number | null;
  lastSeenAt: number | null;
  createdAt: number;
  /** Anonymous visitors that became this one. */
  formerIds: string[];
  metadata: MetadataByGroup;
}

export interface Account {
  id: string;
  firstSeenAt: number | null;
  lastSeenAt: number | null;
  createdAt: number;
  metadata: MetadataByGroup;
}

export interface DeliveryFilter extends WithAdminEvents {
  webhookId?: string;
  state?: DeliveryState;
  eventType?: RecordedType;
  visitorId?: string;
  accountId?: string;
  code?: string;
  /** When its event was received. */
  receivedFrom?: number;
  receivedBefore?: number;
}

export interface DeliveryTrace extends Delivery {
  /** The exact bytes that are sent, as text. */
  body: string;
  attempts: TracedAttempt[];
  /** Null when it is over. */
  next: NextTry | null;
}

/** A filter as somebody asks for it: the other ids of its visitor are not known yet. */
export type ReplayQuery = Omit<ReplayFilter, 'visitorIds'> & { visitorId: string | null };

export interface ReplayCount {
  filter: ReplayFilter;
  webhooks: {
    webhookId: string;
    webhookName: string;
    enabled: boolean;
    matched: number;
    byState: Record<ReplayableState, number>;
  }[];
}

export interface Replay {
  id: string;
  state: ReplayState;
  filter: ReplayFilter;
  /** Of the one webhook that it is for; null when it is for all. */
  webhookName: string | null;
  counts: ReplayCounts;
  webhooks: (ReplayCounts & { webhookId: string; webhookName: string })[];
  createdAt: number;
  finishedAt: number | null;
}

export const attemptReasons = ['first', 'retry', 'replay'] as const;
export interface TracedAttempt extends Attempt {
  /** 1 for the first; goes on counting after a replay. */
  number: number;
  /** Why it was made. */
  reason: (typeof attemptReasons)[number];
}

export interface WarningFilter {
  appId?: number;
  reason?: string;
}

export interface AuditFilter {
  actorId?: string;
  targetId?: string;
  action?: string;
  outcome?: AuditEntry['outcome'];
  from?: number;
  before?: number;
}

export interface StoredWarning extends IngestionWarning {
  id: number;
  /** How many like it this row stands for; over 1 only when there were too many to keep each. */
  count: number;
}

/** Of one reason, and of one app or of senders whose app could not be told. */
export interface WarningSummary {
  reason: string;
  appId: number | null;
  count: number;
  lastAt: number;
}
