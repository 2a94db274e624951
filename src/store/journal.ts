/**
 * The path of an event through the database: what accepting, claiming and recording ask of it, many rows at a time. Each
 * database answers in its own way (prepared single-row runs here, one JSON parameter over a network), so this is the one
 * place where the two are allowed to differ. Answers may come at once or later.
 */
import type { KnownAccount } from '../core/account.ts';
import type { AttemptReport } from '../core/delivery.ts';
import type { Event } from '../core/event.ts';
import type { EventInput, IngestionWarning } from '../core/event-input.ts';
import type { Tally, TallySpan } from '../core/tally.ts';
import type { KnownVisitor } from '../core/visitor.ts';
import type { BodyFormat } from '../core/webhook.ts';

type Soon<Value> = Value | Promise<Value>;

export interface Journal {
  /** Runs the work in a transaction; when it comes back, what it wrote is synced to the disk, or none of it is there. */
  transaction<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Somebody else has changed visitors or accounts: what is remembered of them may be wrong. */
  forget(): void;

  /** Notes the messageIds of a batch, and tells for each input whether it is new in its app and window. */
  freshMessages(inputs: readonly EventInput[]): Soon<boolean[]>;
  /** Takes back that their messageIds were noted. */
  forgetMessages(inputs: readonly EventInput[]): Soon<void>;
  /** Those that are known of these; and of the accounts that the visitors belong to at least those that no door has seen yet. */
  people(named: {
    visitors: ReadonlySet<string>;
    accounts: ReadonlySet<string>;
  }): Soon<Pick<WorldWrites, 'visitors' | 'accounts'>>;
  /** From anonymous ids to the named visitors they became. */
  aliases(ids: ReadonlySet<string>): Soon<Map<string, string>>;
  writeWorld(world: WorldWrites): Soon<void>;
  /** Last-seen times, gathered and written now and then. */
  touch(visitors: ReadonlyMap<string, number>, accounts: ReadonlyMap<string, number>): Soon<void>;

  /** The newest event's id, or null when there is none. */
  lastEventId(): Soon<string | null>;
  /** When that one came in, by this machine's clock of then; null where others write too, by their clocks. */
  lastReceivedAt(): Soon<number | null>;
  /** Whether whose event it was is written later, in windows (trails.ts); else events have indexes that tell. */
  readonly keepsTrails: boolean;
  /** Events after this id, and after the last finished window of trails; in the order of their ids. */
  untrailed(afterEventId: string, limit: number): Soon<Pick<Event, 'id' | 'visitorId' | 'accountId'>[]>;
  /** Writes trails of the window that ends with this event. */
  addTrails(windowEnd: string, trails: readonly Trail[]): Soon<void>;
  /** All trails of the window are there. */
  finishTrails(window: { firstEventId: string; lastEventId: string }): Soon<void>;
  /** Takes away what a crash has left of a window. */
  dropUnfinishedTrails(): Soon<void>;

  /** Claims pending deliveries of a webhook that are due and not claimed, oldest first, each with its body. */
  claimDue(webhookId: string, wanted: WantedDue): Soon<{ deliveries: DueDelivery[]; more: boolean }>;
  /** Claims these, which this transaction has put back; answers those that there are. */
  claimThese(deliveries: readonly DeliveryKey[]): Soon<DueDelivery[]>;
  /** Gives claims back. */
  release(deliveries: readonly DeliveryKey[]): Soon<void>;
  /** Gives all claims back but these: after trouble a commit may have claimed what nobody has heard of. */
  releaseAllBut(deliveries: readonly DeliveryKey[]): Soon<void>;
  /** Moves what is pending and due after `now`, because the clock was set by so much. */
  moveDue(now: number, byMs: number): Soon<void>;
  /** When the first pending delivery after `now` is due. */
  nextDueAt(webhookId: string, now: number): Soon<number | null>;
  /** When the first is due that nobody has claimed, of those of these webhooks that have one. */
  unclaimed(webhookIds: readonly string[]): Soon<{ webhookId: string; dueAt: number }[]>;
  /** Keeps attempts and moves their deliveries on. */
  record(reports: readonly AttemptReport[], now: number): Soon<void>;

  /** Deliveries may be written later than they are made: those of events that a former process left without, now. */
  restoreOwed(): Soon<void>;
  /** Writes what has waited for a round; answers whether there is more. */
  settleOwed(): Soon<boolean>;
  /** Writes all of it, as somebody is going to look at or change deliveries in this transaction. */
  settleAllOwed(): Soon<void>;

  /** Makes ready for what comes in the next days. */
  makeRoom(now: number, retentionDays: number): Soon<void>;
  /** Forgets messageIds received before then; at most `limit` of them. Answers how many. */
  pruneMessages(receivedBefore: number, limit: number): Soon<number>;
  /** Fails (`expired`) what is still pending of events made before the id; at most `limit` deliveries. Answers the webhook of each. */
  expirePending(beforeEventId: string, now: number, limit: number): Soon<string[]>;
  /** Takes events made before the id away, with their deliveries, attempts and bodies; at most `limit` events. */
  pruneEvents(beforeEventId: string, limit: number): Soon<number>;
  pruneWarnings(receivedBefore: number, limit: number): Soon<number>;
  pruneTallies(span: TallySpan, bucketBefore: number, limit: number): Soon<number>;
  /** Adds to what was counted before. */
  addTallies(tallies: readonly Tally[]): Soon<void>;

  /** Takes the turn, until the transaction ends, at what only one process at a time may do; false while another has it. */
  takeTurn(at: 'replays_turn' | 'discards_turn'): Soon<boolean>;
  /** Something is about to be changed that others hold in memory: they are told with the commit. */
  noteChange(): Soon<void>;
  /** Writes something and syncs it. */
  probe(now: number): Soon<void>;
}

export interface DeliveryKey {
  eventId: string;
  webhookId: string;
}

export interface WantedDue {
  now: number;
  limit: number;
  /** No more once their bodies have so many characters together; one in any case. */
  bodyCharsMax: number;
  /** Only those that have been tried before. */
  onlyRetries: boolean;
  /** Event ids of those that this process has claimed already, of the kind that is wanted. */
  claimed: ReadonlySet<string>;
}

export interface DueDelivery extends DeliveryKey {
  attemptCount: number;
  attemptsBeforeReplay: number;
  /** Null when it is gone. */
  body: string | null;
}

/** The visitors and accounts that a batch touched, of which the new and changed ones are written, and what else came of it. */
export interface WorldWrites {
  visitors: Map<string, KnownVisitor>;
  accounts: Map<string, KnownAccount>;
  effects: Effects;
}

export interface Effects {
  aliases: { from: string; to: string; at: number }[];
  /** Each with its body in Pendo's format, and the text of its deliveries (routes.ts). */
  events: { event: Event; body: string; routes: string | null }[];
  deliveries: NewDelivery[];
  /** Bodies in other formats. */
  bodies: { eventId: string; format: BodyFormat; text: string }[];
  warnings: IngestionWarning[];
  /** When visitors and accounts were last seen; gathered over many batches before it is written. */
  seen: { visitors: Map<string, number>; accounts: Map<string, number> };
}

/** What a visitor (`v:` and its id) or an account (`a:` and its id) has to do with, of one window; in order. */
export interface Trail {
  subject: string;
  eventIds: string[];
}

export interface NewDelivery {
  eventId: string;
  webhookId: string;
  format: BodyFormat;
  /** When it was made, which is when it is due. */
  at: number;
  /** Whether the process that makes it sends it too, at once; else it waits to be claimed. */
  claimed: boolean;
}
