/** When a delivery is tried next, and why then: worked out from what is kept of it, when somebody looks. Pure. */
import type { Attempt, DeliveryState } from './delivery.ts';
import { limits } from './limits.ts';
import type { WebhookHealth } from './webhook-health.ts';

export const waitReasons = ['first_attempt', 'replay', 'retry', 'retry_after', 'receiver_down', 'webhook_off'] as const;
/**
 * `retry_after`: the receiver's answer asked for a longer wait than the schedule has. `receiver_down`: whatever the schedule says, one
 * delivery at a time goes to this receiver until it answers well.
 */
export type WaitReason = (typeof waitReasons)[number];

export interface NextTry {
  /** When it is due. Null: not before something changes. */
  at: number | null;
  /** Of a receiver that is down: when the next delivery goes out to see, be it this one or another; null while one is under way. */
  probeAt: number | null;
  reason: WaitReason;
  /** Which of the webhook's retries it is, and of how many; null for a first attempt. */
  retry: number | null;
  retryCount: number;
  /** The same as a sentence. */
  words: string;
}

export interface WaitingDelivery {
  state: DeliveryState;
  attemptCount: number;
  /** Attempts that were made before it was last put back by a person. */
  attemptsBeforeReplay: number;
  /** Somebody has put it back or had it made, and no attempt was made since. */
  asked: boolean;
  dueAt: number | null;
}

/** Null for what is over. */
export function nextTry(
  delivery: WaitingDelivery,
  last: Pick<Attempt, 'startedAt' | 'responseHeadersJson' | 'timings'> | null,
  retryDelaysMs: readonly number[],
): NextTry | null {
  const { state, dueAt, asked } = delivery;
  const triesUsed = delivery.attemptCount - delivery.attemptsBeforeReplay;
  const retry = triesUsed > 0 ? triesUsed : null;
  const steps = { probeAt: null, retry, retryCount: retryDelaysMs.length };
  if (state === 'held') {
    return {
      at: null,
      reason: 'webhook_off',
      ...steps,
      words: 'Its webhook is off: it is sent when that is switched on.',
    };
  }
  if (state !== 'pending') return null;
  if (retry === null) {
    return asked
      ? {
          at: dueAt,
          reason: 'replay',
          ...steps,
          words: 'It is sent again because somebody asked for it, behind new events.',
        }
      : {
          at: dueAt,
          reason: 'first_attempt',
          ...steps,
          words: 'Its first attempt is under way, or waits for its turn.',
        };
  }
  const of = `Retry ${retry} of ${retryDelaysMs.length}`;
  const delayMs = retryDelaysMs[retry - 1] ?? 0;
  const askedByReceiver = dueAt !== null && last !== null && isLaterThan(dueAt, delayMs, last);
  return askedByReceiver
    ? {
        at: dueAt,
        reason: 'retry_after',
        ...steps,
        words: `${of}, at the time that the receiver asked for (Retry-After).`,
      }
    : {
        at: dueAt,
        reason: 'retry',
        ...steps,
        words: `${of}, ${spanOf(delayMs)} after the last attempt, give or take a fifth.`,
      };
}

/** The same, in the light of how it goes with its webhook; null when that is not known here. */
export function nextTryGiven(
  next: NextTry,
  health: Pick<WebhookHealth, 'state' | 'nextProbeAt' | 'lastError'> | null,
): NextTry {
  if (health === null || health.state !== 'waiting' || next.reason === 'webhook_off') return next;
  const why = health.lastError === null ? '' : ` (${health.lastError})`;
  const words = `Its receiver is down${why}. What is for it waits and keeps its retries, and one delivery at a time goes out to see.`;
  return { ...next, reason: 'receiver_down', probeAt: health.nextProbeAt, words };
}

/** Beyond what the schedule can come to with its jitter; a second for what lies between an answer and its verdict. */
function isLaterThan(
  dueAt: number,
  delayMs: number,
  { startedAt, responseHeadersJson, timings }: Pick<Attempt, 'startedAt' | 'responseHeadersJson' | 'timings'>,
): boolean {
  const latest = startedAt + timings.totalMs + delayMs * (1 + limits.retryJitter) + 1000;
  return dueAt > latest && Object.hasOwn(JSON.parse(responseHeadersJson) as object, 'retry-after');
}

function spanOf(ms: number): string {
  if (ms < 60_000) return plural(Math.round(ms / 1000), 'second');
  if (ms < 3_600_000) return plural(Math.round(ms / 60_000), 'minute');
  return plural(Math.round(ms / 360_000) / 10, 'hour');
}

function plural(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
