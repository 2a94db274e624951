/** What waits for the writer's loop, each with whom to tell; and what they are told when it cannot be done. */
import type { AttemptReport } from '../core/delivery.ts';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Arrival } from './commit.ts';
import type { AcceptResult } from './ledger.ts';

interface Pending<Value> {
  answer: (value: Value) => void;
  fail: (error: unknown) => void;
}
export type PendingArrival = Arrival & Pending<AcceptResult[]>;
export interface PendingReport extends Pending<undefined> {
  records: AttemptReport[];
}
export interface PendingCommand {
  run: () => Promise<void>;
}

/** Takes out those that came first, as many as one commit may have. */
export function takeArrivals(arrivals: PendingArrival[]): PendingArrival[] {
  let inputCount = 0;
  let taken = 0;
  for (const { inputs } of arrivals) {
    if (taken > 0 && inputCount + inputs.length > limits.commitInputsMax) break;
    inputCount += inputs.length;
    taken += 1;
  }
  return arrivals.splice(0, taken);
}

export function unavailable(cause: unknown): BellwireError {
  const message = 'The database cannot take this now. Nothing of it was kept; send it again.';
  return new BellwireError('storage_unavailable', message, { retryAfterSeconds: 5, cause });
}

export function shuttingDown(): BellwireError {
  return new BellwireError('shutting_down', 'The server is shutting down. Send it again.', { retryAfterSeconds: 5 });
}

export function stillDiscarding(): BellwireError {
  const message =
    'What was held for this webhook is still being cancelled. Ask again when that is done, in a few seconds.';
  return new BellwireError('conflict', message);
}
