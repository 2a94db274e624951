/**
 * How often things happened, over time: what charts are drawn of. Everything is counted in spans of five minutes, which are kept
 * for two days, and of an hour, which are kept for a month; and what has no `:` in its name also once and for all, so that it is
 * known when it happened last.
 *
 *   subject             measures
 *   `all`               `received:<event type>`; and the sums of all webhooks: `matched`, `delivered`, `retried`, `failed`, `cancelled`
 *   a webhook's id      `matched` (deliveries made), `delivered`, `retried`, `failed`, `cancelled`; `code:<error code>` and
 *                       `ms:<bound>` of attempts
 *   `app:<id>:<door>`   `events`, `warnings`; the id is 0 where no app could be told
 *
 * They are written about once a second. A crash, or a database that does not answer, loses what was counted since: a second of a
 * chart, and nothing else. No decision is ever made by them.
 */
import type { Door, Origin } from './event.ts';

export const tallySpans = ['5m', '1h', 'ever'] as const;
export type TallySpan = (typeof tallySpans)[number];
export const tallySpanMs: Readonly<Record<TallySpan, number>> = { '5m': 300_000, '1h': 3_600_000, ever: Infinity };
/** How long those that leave are kept; at most as long as events are. */
export const tallyKeptMs = { '5m': 2 * 86_400_000, '1h': 31 * 86_400_000 } as const;

export interface Tally {
  subject: string;
  span: TallySpan;
  /** When the span begins: a multiple of its length; 0 for `ever`. */
  bucketAt: number;
  measure: string;
  count: number;
  /** When it happened last, in epoch milliseconds. */
  lastAt: number;
}

export const everything = 'all';
/** What is counted of each webhook and, as their sum, of all. */
export const deliveryMeasures = ['matched', 'delivered', 'retried', 'failed', 'cancelled'] as const;

export function sourceSubject(appId: number, door: Origin): string {
  return `app:${appId}:${door}`;
}

export function bucketOf(at: number, span: TallySpan): number {
  return at - (at % tallySpanMs[span]);
}

/**
 * Upper bounds in milliseconds, each half as much again as the one before, twice at most. What is read from them lies between the
 * two bounds that the true value lies between.
 */
const durationBounds = [
  1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 1500, 2000, 3000, 5000, 7000, 10_000,
  15_000, 20_000, 30_000, 50_000, 70_000, 100_000, 150_000, 200_000, 300_000,
] as const;
const durationMeasures = [...durationBounds.map((bound) => `ms:${bound}`), 'ms:more'];
const lastBound = 300_000;

/** The measure that counts attempts of about this duration. */
export function durationMeasure(ms: number): string {
  let index = 0;
  while (index < durationBounds.length && ms > (durationBounds[index] ?? 0)) index += 1;
  return durationMeasures[index] ?? 'ms:more';
}

/**
 * The duration that this share of the attempts did not exceed, in milliseconds, by their counts for each measure; within a measure
 * they are taken to lie evenly. Null without attempts.
 */
export function durationAt(share: number, counts: ReadonlyMap<string, number>): number | null {
  let total = 0;
  for (const measure of durationMeasures) total += counts.get(measure) ?? 0;
  if (total === 0) return null;
  let before = 0;
  let lower = 0;
  for (const [index, bound] of durationBounds.entries()) {
    const count = counts.get(durationMeasures[index] ?? '') ?? 0;
    if (count > 0 && before + count >= share * total)
      return lower + (bound - lower) * Math.max(0, (share * total - before) / count);
    before += count;
    lower = bound;
  }
  return lastBound;
}

export interface SourceCounts {
  door: Door;
  /** When an event came in by it last; null when none ever did. */
  lastEventAt: number | null;
  lastWarningAt: number | null;
  lastHour: { events: number; warnings: number };
  lastDay: { events: number; warnings: number };
}

export interface WebhookSummary {
  webhookId: string;
  /** Deliveries that are not finished; of these so many have been tried before. Held ones count too. */
  pendingCount: number;
  retryingCount: number;
  lastDeliveredAt: number | null;
  lastFailedAt: number | null;
  /** The last hour in spans of five minutes, the present one last. */
  lastHour: { at: number; delivered: number; failed: number }[];
}
