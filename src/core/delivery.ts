/**
 * A delivery is one event on its way to one webhook; an attempt is one HTTP request for it. A delivery's id is its
 * event's id and its webhook's id joined by `_`: without a dot (Standard Webhooks signs `id.timestamp.body`), the same
 * in every attempt and replay, ordered by time, and there can be only one.
 */
import type { RecordedType } from './event.ts';
import type { BodyFormat } from './webhook.ts';

/** The stored states. `sending` is a claim, held in memory, and not a state. */
export const deliveryStates = ['pending', 'held', 'delivered', 'failed', 'cancelled'] as const;
/** `held` is shown for what is pending while its webhook is off; it is stored as `pending`. */
export type DeliveryState = (typeof deliveryStates)[number];

export function deliveryId(eventId: string, webhookId: string): string {
  return `${eventId}_${webhookId}`;
}

/** The event and the webhook that a delivery's id is made of, or null when it is none. */
export function parseDeliveryId(id: string): { eventId: string; webhookId: string } | null {
  const match = /^([0-9a-f]{40})_(wh_[0-9a-z]{12})$/.exec(id);
  return match?.[1] === undefined || match[2] === undefined ? null : { eventId: match[1], webhookId: match[2] };
}

/** A delivery that the sending side has been handed, and nobody else will be until its record comes back. */
export interface Claim {
  eventId: string;
  webhookId: string;
  /** Attempts that count against its retries, since the delivery was made or last replayed: 0 before the first. */
  triesUsed: number;
  /** The exact bytes to send, as text; they are the same in every attempt. */
  body: string;
  /** Sent again, or late, by a replay: its first attempt waits behind those of new events. */
  replayed?: true;
}

/** What became of one HTTP request. */
export type Outcome =
  | { kind: 'response'; status: number; headers: Record<string, string>; retryAfter: string | null }
  | { kind: 'timeout' }
  | { kind: 'unreachable'; code: string }
  | { kind: 'forbidden'; code: string; message: string };

/** What follows from it. */
export type Verdict =
  | { kind: 'delivered' }
  | { kind: 'retry'; dueAt: number; code: string }
  | { kind: 'failed'; code: string; disableWebhook: string | null };

/** Milliseconds that each phase of an attempt took; null for a phase that did not happen (a kept-alive connection). */
export interface Timings {
  dnsMs: number | null;
  connectMs: number | null;
  tlsMs: number | null;
  firstByteMs: number | null;
  totalMs: number;
}

/** One attempt as it is kept. */
export interface Attempt {
  startedAt: number;
  url: string;
  /**
   * JSON of an object: the headers as sent, the values of the webhook's own and of `authorization` masked. Text, because it
   * crosses between threads and into the database as it is, and is only read when somebody looks.
   */
  requestHeadersJson: string;
  /** Null when no response came; 408 for a timeout. */
  status: number | null;
  /** JSON of an object, names in lower case. */
  responseHeadersJson: string;
  /** At most the first 16 KB, bytes that are not UTF-8 replaced. */
  responseBody: string;
  responseTruncated: boolean;
  /** A stable code when it was not delivered: `http_503`, `timeout`, `dns_error`, `blocked_address`, … */
  code: string | null;
  timings: Timings;
}

/** What came of a claim. */
export interface AttemptRecord {
  eventId: string;
  webhookId: string;
  attempt: Attempt;
  verdict: Verdict;
  /** There were attempts before this one. */
  again?: true;
  /** It does not count against the retries. */
  uncounted?: true;
}

/**
 * The same as the ledger keeps it: the attempt as text (see attempt-text.ts), because it crosses between threads and into
 * the database as it is, and only its status and duration are asked for there.
 */
export interface AttemptReport {
  eventId: string;
  webhookId: string;
  status: number | null;
  totalMs: number;
  attempt: string;
  verdict: Verdict;
  /** There were attempts before this one. */
  again?: true;
  /** It does not count against the retries. */
  uncounted?: true;
}

/** A delivery in a list. */
export interface Delivery {
  id: string;
  eventId: string;
  webhookId: string;
  webhookName: string;
  eventType: RecordedType;
  visitorId: string;
  accountId: string;
  format: BodyFormat;
  state: DeliveryState;
  attemptCount: number;
  createdAt: number;
  /** When the next attempt is due; null when none is. */
  dueAt: number | null;
  finishedAt: number | null;
  lastStatus: number | null;
  lastCode: string | null;
}
