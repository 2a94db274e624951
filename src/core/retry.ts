/**
 * What follows from an attempt. Retried are the answers that promise to be better later (429 and 5xx), a timeout, and no
 * answer at all; any other answer is the receiver's word and final. Pure: time and chance are arguments.
 */
import type { Dice } from './clock.ts';
import type { Outcome, Verdict } from './delivery.ts';
import { limits } from './limits.ts';

export interface RetryState {
  /** Attempts made before this one, since the delivery was made or last replayed. */
  triesUsed: number;
  /** The n-th failure waits for the n-th of them; when there is none left, the delivery has failed. */
  retryDelaysMs: readonly number[];
  now: number;
  dice: Dice;
}

export function decide(outcome: Outcome, state: RetryState): Verdict {
  if (outcome.kind === 'response') return judgeAnswer(outcome.status, outcome.retryAfter, state);
  if (outcome.kind === 'forbidden') return { kind: 'failed', code: outcome.code, disableWebhook: null };
  return retryOrFail(outcome.kind === 'timeout' ? 'timeout' : outcome.code, null, state);
}

function judgeAnswer(status: number, retryAfter: string | null, state: RetryState): Verdict {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 429 || (status >= 500 && status < 600)) return retryOrFail(`http_${status}`, retryAfter, state);
  if (status >= 300 && status < 400) return { kind: 'failed', code: 'redirect_not_followed', disableWebhook: null };
  return { kind: 'failed', code: `http_${status}`, disableWebhook: status === 410 ? goneReason : null };
}

function retryOrFail(code: string, retryAfter: string | null, state: RetryState): Verdict {
  const delayMs = state.retryDelaysMs[state.triesUsed];
  if (delayMs === undefined) return { kind: 'failed', code, disableWebhook: null };
  const jitteredMs = delayMs * (1 + limits.retryJitter * (2 * state.dice() - 1));
  const askedMs = Math.min(retryAfterMs(retryAfter, state.now) ?? 0, limits.retryAfterMaxMs);
  return { kind: 'retry', dueAt: state.now + Math.ceil(Math.max(jitteredMs, askedMs)), code };
}

const goneReason =
  'The receiver answered 410 Gone, which says that it is not there any more and wants no more deliveries.';

/**
 * RFC 9110 §10.2.3: seconds, or an HTTP date. Of seconds that were sent more than once the longest count. Anything else is as
 * good as nothing.
 */
export function retryAfterMs(value: string | null, now: number): number | null {
  const text = value?.trim() ?? '';
  if (/^\d+(?: *, *\d+)*$/.test(text)) return Math.max(...text.split(',').map(Number)) * 1000;
  // Date.parse alone would make a date of almost any text with a digit in it.
  const date = httpDates.find((form) => form.test(text));
  if (date === undefined) return null;
  const at = Date.parse(date === asctime ? `${text} GMT` : text);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

/** The three forms that RFC 9110 §5.6.7 wants understood: today's, RFC 850's, and that of asctime. */
const asctime = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;
const httpDates = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{5,8}, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  asctime,
];
