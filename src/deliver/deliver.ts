/**
 * One delivery from its claim to a verdict. Whatever happens, the claim comes back with a record: an exception (a bug, a
 * body that cannot be sent) is a failed attempt too, visible and final, and a delivery whose secret cannot be read is
 * never sent unsigned.
 */
import type { Clock, Dice } from '../core/clock.ts';
import {
  type Attempt,
  type AttemptRecord,
  type Claim,
  deliveryId,
  type Outcome,
  type Verdict,
} from '../core/delivery.ts';
import { BellwireError } from '../core/errors.ts';
import { decide } from '../core/retry.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import type { Sent } from './exchange.ts';
import { buildRequest, type SignedRequest } from './request.ts';
import type { Sender } from './send.ts';

export interface DeliverDeps {
  sender: Pick<Sender, 'send'>;
  clock: Clock;
  dice: Dice;
  /** The product's own, for `User-Agent`. */
  version: string;
  /** A bug, for the log. */
  onTrouble: (message: string, detail: Record<string, unknown>) => void;
}

/**
 * Calls back once, and never before it has returned; the outcome is null when it came to no request. A trial, of a receiver that
 * is or was down, is not what a delivery fails by: it never takes the last retry, so that there is one when the receiver is
 * back. By callback, because four promises on the way cost 1.4 µs.
 */
export function deliver(
  claim: Claim,
  target: WebhookTarget,
  isTrial: boolean,
  deps: DeliverDeps,
  done: (record: AttemptRecord, outcome: Outcome | null) => void,
): void {
  const { eventId, webhookId, body } = claim;
  const lastTry = target.retryDelaysMs.length - 1;
  const isSpared = isTrial && claim.triesUsed >= lastTry;
  const triesUsed = isSpared ? lastTry : claim.triesUsed;
  attemptOnce(target, { id: deliveryId(eventId, webhookId), body }, deps, (attempt, outcome) => {
    const verdict = outcome === null ? failedInside(attempt) : judge(outcome, triesUsed, target, deps);
    attempt.code = verdict.kind === 'delivered' ? null : verdict.code;
    const record: AttemptRecord = { eventId, webhookId, attempt, verdict };
    if (claim.triesUsed > 0 || claim.replayed === true) record.again = true;
    if (isSpared && verdict.kind === 'retry') record.uncounted = true;
    done(record, outcome);
  });
}

/** Sends a sample by the very code of real deliveries; nothing is recorded and nothing is tried again. */
export function testSend(
  target: WebhookTarget,
  sample: { id: string; body: string },
  deps: DeliverDeps,
): Promise<Attempt> {
  return new Promise((resolve) => {
    attemptOnce(target, sample, deps, (attempt, outcome) => {
      if (outcome !== null) {
        const verdict = judge(outcome, 0, { ...target, retryDelaysMs: [] }, deps);
        attempt.code = verdict.kind === 'delivered' ? null : verdict.code;
      }
      resolve(attempt);
    });
  });
}

/** One request. The outcome is null when it never came to one, and the attempt's code then says why. */
function attemptOnce(
  target: WebhookTarget,
  delivery: { id: string; body: string },
  deps: DeliverDeps,
  done: (attempt: Attempt, outcome: Outcome | null) => void,
): void {
  const startedAt = deps.clock.now();
  if (target.secretsUnreadable) return unsentBecause('secret_unreadable');
  if (delivery.body === '') return unsentBecause('body_unreadable');
  try {
    const request = buildRequest(target, delivery, deps, startedAt);
    deps.sender.send(request, (sent) => done(sentAttempt(target, startedAt, request, sent), sent.outcome));
  } catch (error) {
    // Its URL can be refused by its text alone, which takes no connection to find out.
    if (error instanceof BellwireError) return unsentBecause(error.code);
    deps.onTrouble('A delivery could not be attempted.', { deliveryId: delivery.id, error });
    unsentBecause('internal_error');
  }

  /** Not at once: a lane would start its next one within this one, and a thousand that fail would overflow the stack. */
  function unsentBecause(code: string): void {
    queueMicrotask(() => done(unsent(target, startedAt, code), null));
  }
}

function judge(outcome: Outcome, triesUsed: number, target: WebhookTarget, { clock, dice }: DeliverDeps): Verdict {
  return decide(outcome, { triesUsed, retryDelaysMs: target.retryDelaysMs, now: clock.now(), dice });
}

function failedInside(attempt: Attempt): Verdict {
  return { kind: 'failed', code: attempt.code ?? 'internal_error', disableWebhook: null };
}

function sentAttempt(target: WebhookTarget, startedAt: number, request: SignedRequest, sent: Sent): Attempt {
  const { outcome } = sent;
  return {
    startedAt,
    url: target.url,
    requestHeadersJson: request.shownHeadersJson,
    status: outcome.kind === 'response' ? outcome.status : outcome.kind === 'timeout' ? 408 : null,
    responseHeadersJson: outcome.kind === 'response' ? JSON.stringify(outcome.headers) : '{}',
    responseBody: sent.responseBody,
    responseTruncated: sent.responseTruncated,
    code: null,
    timings: sent.timings,
  };
}

function unsent(target: WebhookTarget, startedAt: number, code: string): Attempt {
  return {
    startedAt,
    url: target.url,
    requestHeadersJson: '{}',
    status: null,
    responseHeadersJson: '{}',
    responseBody: '',
    responseTruncated: false,
    code,
    timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 0 },
  };
}
