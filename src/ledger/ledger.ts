/**
 * The ledger's contract: everything that the rest of the server may ask of the data thread. If it isn't in the ledger, it
 * did not happen. `openLedger` (writer.ts) fulfils it in the calling thread, `startDataThread` (bridge.ts) in a thread of
 * its own; nobody can tell the difference but by speed.
 */
import type { Actor, AuditEntry } from '../core/audit.ts';
import type { AttemptReport, Claim } from '../core/delivery.ts';
import type { EventInput, IngestionWarning, Metadata, MetadataGroup } from '../core/event-input.ts';
import type { Feature } from '../core/feature.ts';
import type { ReplayFilter } from '../core/replay.ts';
import type { IntegrationKey, Scope } from '../core/scope.ts';
import type { Session, User, UserRole } from '../core/user.ts';
import type { Webhook, WebhookSettings, WebhookTarget } from '../core/webhook.ts';
import type { WebhookChanges } from '../core/webhook-rules.ts';

export interface Ledger extends PeopleLedger {
  /**
   * Commits what a door took in, all that follows from it (visitors, accounts, deliveries), and the warnings about what
   * it did not take; resolves after the commit has been synced, with one result for each input, in their order. Rejects
   * with `storage_unavailable` when nothing of it was kept.
   */
  accept(inputs: EventInput[], warnings: IngestionWarning[]): Promise<AcceptResult[]>;
  /** Keeps attempts and their verdicts, with the next commit; resolves after it. Ends the claims. */
  record(reports: AttemptReport[]): Promise<void>;
  /** Gives claims back unattempted: they stay pending in the database, and are claimed again when their webhook is on. */
  release(claims: { eventId: string; webhookId: string }[]): Promise<void>;
  /** Whoever sends has let go of all that `onClaimsLost` was about: what is recorded from now on is of newer claims. */
  claimsForgotten(): Promise<void>;

  /** `custom`, or `agent`. Makes visitors or accounts that are missing only when `create` says so. */
  writeMetadata(request: MetadataWrite, by: Actor): Promise<MetadataWriteResult>;

  createApp(settings: { name: string }): Promise<AppWithSecret>;
  changeApp(id: number, changes: { name?: string; trackEnabled?: boolean }): Promise<App | null>;
  /** A new Track Event secret; the old one stops working at once. */
  rotateTrackSecret(id: number): Promise<AppWithSecret | null>;

  /** Made switched off. The signing secret is in this answer and in no later one. */
  createWebhook(settings: WebhookSettings): Promise<Webhook & { signingSecret: string }>;
  /** Laid over what there is then; rejects with `invalid_field` when the two do not go together. */
  changeWebhook(id: string, changes: WebhookChanges): Promise<Webhook | null>;
  /** Switching on sends what was held, or cancels it when `held` is `discard`. */
  enableWebhook(id: string, held: 'send' | 'discard'): Promise<{ webhook: Webhook; heldCount: number } | null>;
  /** A new signing secret; the former one goes on signing beside it for `overlapMs`. */
  rotateSigningSecret(id: string, overlapMs: number): Promise<(Webhook & { signingSecret: string }) | null>;
  /** Ends the overlap now: the former signing secret signs no more. */
  retireSigningSecret(id: string): Promise<Webhook | null>;
  /** With a URL: only while it is still the webhook's; null if it is not. */
  disableWebhook(
    id: string,
    reason: string | null,
    url?: string | null,
  ): Promise<{ webhook: Webhook; heldCount: number } | null>;
  /** For good. What is pending is cancelled; the log of what was sent stays until its time is over. */
  deleteWebhook(id: string): Promise<{ cancelledCount: number } | null>;

  /** Puts a finished delivery back to pending, with all its retries before it. Null: there is none with this id. */
  replayDelivery(id: string): Promise<{ state: 'pending' } | null>;
  /** Begins to send many again; answers its id. What it matches was counted before, by `reads.countReplay`. */
  createReplay(request: ReplayRequest): Promise<string>;
  /** Nothing more is put back. False: it is over already. Null: there is none with this id. */
  cancelReplay(id: string): Promise<boolean | null>;

  /** What is pending of one that must not be processed is cancelled. */
  changeVisitor(id: string, changes: { doNotProcess: boolean }): Promise<boolean>;
  addExclusion(exclusion: ExclusionSettings): Promise<Exclusion>;
  removeExclusion(id: number): Promise<boolean>;
  changeSettings(changes: Partial<Settings>): Promise<Settings>;

  createFeature(settings: FeatureSettings): Promise<Feature>;
  changeFeature(id: string, changes: Partial<FeatureSettings>): Promise<Feature | null>;
  /** Events that were made by it stay as they are. */
  deleteFeature(id: string): Promise<boolean>;

  /** The key itself is in this answer and in no later one. */
  createIntegrationKey(settings: { name: string; scopes: Scope[] }): Promise<IntegrationKey & { key: string }>;
  changeIntegrationKey(id: string, changes: { name: string }): Promise<IntegrationKey | null>;
  revokeIntegrationKey(id: string): Promise<boolean>;
  noteKeyUsed(id: string): Promise<void>;

  /** A test send, for the audit log alone. The id is empty when it went by settings that are not saved. */
  testSent(webhookId: string, sent: TestSent): Promise<boolean>;
  /** A sample event, the same. */
  sampleSent(appId: number, sent: SampleSent): Promise<boolean>;
  /** Calls a method of this ledger, and keeps in the audit log what it changed and for whom, in the same commit. */
  audited(by: Actor, call: AuditedCall): Promise<unknown>;
  /** Keeps in the audit log that something was not allowed. */
  noteRefusal(refusal: Pick<AuditEntry, 'actor' | 'action' | 'targetId'>): Promise<void>;

  /** Reads how things stand once more: what the listener has been told when this resolves is no older than the call. */
  lookAgain(): Promise<void>;
  /** Writes something and syncs it; rejects when the database cannot do that. */
  probe(): Promise<void>;
  /** Takes no more, finishes what it has, leaves the database tidy. */
  close(): Promise<void>;
}

/** People and where they are signed in. What opens a session or a link is only ever handed over as its SHA-256, in hex. */
export interface PeopleLedger {
  /** Lets whoever has the link make the first Admin, for half an hour. False: there is one already. */
  openSetup(linkHash: string): Promise<boolean>;
  /** Null: there is an Admin already. Rejects with `forbidden` when there is no such link. */
  completeSetup(linkHash: string, admin: NewAdmin, session: NewSession): Promise<SignedIn | null>;
  /** Null: there is somebody already. */
  createFirstAdmin(admin: Omit<NewAdmin, 'name'>): Promise<User | null>;
  /** Rejects with `conflict` when the address is somebody else's. */
  inviteUser(user: Pick<User, 'email' | 'name' | 'role'>, linkHash: string): Promise<UserWithLink>;
  /** A link to choose a password by; those before it open nothing any more. */
  renewPasswordLink(userId: string, linkHash: string): Promise<UserWithLink | null>;
  /** Sets the password and ends all other sessions; a null name stays as it is. Null: there is no such link. */
  redeemPasswordLink(
    linkHash: string,
    chosen: { passwordHash: string; name: string | null },
    session: NewSession,
  ): Promise<SignedIn | null>;
  /** Rejects with `conflict` when no Admin would be left. */
  changeUser(id: string, changes: { name?: string; role?: UserRole; disabled?: boolean }): Promise<User | null>;
  deleteUser(id: string): Promise<boolean>;
  /** Null: since the password was checked it is another one, or its owner may not sign in any more. */
  startSession(checked: CheckedPassword<string | null>, session: NewSession): Promise<SignedIn | null>;
  /** Ends all sessions and begins this one. */
  changePassword(checked: CheckedPassword<string>, session: NewSession): Promise<SignedIn | null>;
  noteSessionSeen(id: string): Promise<void>;
  endSession(id: string): Promise<boolean>;
  /** All of somebody's, but for one; answers how many. */
  endSessionsOf(userId: string, exceptId: string | null): Promise<number>;
}

/** What the audit log tells of. */
export type AuditedName =
  | `${'create' | 'change'}${'App' | 'Webhook' | 'IntegrationKey' | 'Feature'}`
  | `${'enable' | 'disable' | 'delete'}Webhook`
  | `${'rotate' | 'retire'}SigningSecret`
  | 'deleteFeature'
  | 'rotateTrackSecret'
  | 'replayDelivery'
  | 'testSent'
  | 'sampleSent'
  | 'writeMetadata'
  | 'createFirstAdmin'
  | 'createReplay'
  | 'cancelReplay'
  | 'changeVisitor'
  | 'addExclusion'
  | 'removeExclusion'
  | 'changeSettings'
  | 'revokeIntegrationKey'
  | 'completeSetup'
  | 'inviteUser'
  | 'renewPasswordLink'
  | 'redeemPasswordLink'
  | 'changePassword'
  | 'changeUser'
  | 'deleteUser'
  | 'startSession'
  | 'endSession'
  | 'endSessionsOf';
export interface AuditedCall {
  name: AuditedName;
  args: unknown[];
}

export interface TestSent {
  /** The sample. */
  event: string;
  /** Without what stands behind its `?`. */
  url: string;
  status: number | null;
  code: string | null;
}
export interface SampleSent {
  type: string;
  visitorId: string;
  accountId: string;
}

export interface NewAdmin {
  email: string;
  name: string;
  passwordHash: string;
}
export interface NewSession {
  tokenHash: string;
  address: string;
  userAgent: string;
  /** The session that it takes the place of in the same browser. */
  endsId: string | null;
}
export interface SignedIn {
  user: User;
  session: Session;
}
export interface UserWithLink {
  user: User;
  linkEndsAt: number;
}
/** A password has been compared with this hash of it, and shall have the new one from now on. */
export interface CheckedPassword<NewHash> {
  userId: string;
  passwordHash: string;
  newPasswordHash: NewHash;
}

/** What the ledger tells without being asked. */
export interface LedgerListener {
  /** Deliveries to send, each now claimed by whoever hears this. */
  onClaims(claims: Claim[]): void;
  /**
   * All claims that are out are somebody else's now: what has not been started must not be, what is under way must not be
   * recorded, and nothing needs to be given back. To be answered by `claimsForgotten`; until then nothing is started.
   */
  onClaimsLost(): void;
  /** Keys, apps and webhooks as they are after a change; the first one comes before the ledger is open. */
  onDirectory(directory: Directory): void;
  /** Something a person must hear of. `detail` holds neither secrets nor personal data. */
  onTrouble(message: string, detail: Record<string, unknown>): void;
}

export type AcceptResult =
  /** Kept. `eventId` is null for calls that make no event (identify, group, alias). */
  | { kind: 'accepted'; eventId: string | null }
  | { kind: 'duplicate' }
  /** Its visitor must not be processed, so nothing of it was recorded. */
  | { kind: 'not_processed' }
  /** It could not be taken on its own account; an ingestion warning says why. Its neighbours are unharmed. */
  | { kind: 'refused'; reason: string; message: string };

/** What doors and lanes need to know at every request, small enough to hold in memory. */
export interface Directory {
  subscription: { id: number; name: string };
  apps: DirectoryApp[];
  integrationKeys: DirectoryKey[];
  users: User[];
  /** With the SHA-256 of what their cookies hold. Some may be over: time alone ends them. */
  sessions: (Session & { hash: string })[];
  /** False as long as nobody has ever chosen a password here. */
  isSetUp: boolean;
  webhooks: WebhookTarget[];
  /** The oldest first. */
  features: Feature[];
  /** Ids of webhooks whose deliveries other processes send, and not this one. */
  sentElsewhere: string[];
}

export interface DirectoryKey extends IntegrationKey {
  /** SHA-256 of the key, in hex. */
  hash: string;
}

export interface DirectoryApp {
  id: number;
  name: string;
  apiKey: string;
  /** SHA-256 of the Track Event secret, in hex. */
  trackSecretHash: string;
  trackEnabled: boolean;
}

export interface App {
  id: number;
  name: string;
  /** Public: it stands in every page that carries the snippet. */
  apiKey: string;
  trackEnabled: boolean;
  trackSecretHint: string;
  createdAt: number;
}
export type AppWithSecret = App & { trackSecret: string };

export const exclusionKinds = ['visitor', 'account', 'host', 'ip'] as const;
export type ExclusionKind = (typeof exclusionKinds)[number];
export interface ExclusionSettings {
  kind: ExclusionKind;
  /** An id or host name, in which `*` stands for any run of characters, or an IP address or CIDR range. */
  pattern: string;
}
export interface Exclusion extends ExclusionSettings {
  id: number;
  createdAt: number;
}

export type FeatureSettings = Pick<Feature, 'appId' | 'name' | 'rule'>;

export interface ReplayRequest {
  filter: ReplayFilter;
  /** How many there are, for each webhook that has any. */
  matched: { webhookId: string; count: number }[];
}

export interface Settings {
  subscriptionName: string;
  /** Events, deliveries and attempts leave after this many days. */
  retentionDays: number;
}

export interface MetadataWrite {
  kind: 'visitor' | 'account';
  group: Extract<MetadataGroup, 'custom' | 'agent'>;
  create: boolean;
  items: { id: string; values: Metadata }[];
}
export interface MetadataWriteResult {
  updatedCount: number;
  createdCount: number;
  /** Ids that are not known and were not to be made. */
  missing: string[];
  /** Ids whose metadata would be larger than what is kept of one. */
  tooLarge: string[];
}
