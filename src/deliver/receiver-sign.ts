/** What the outcome of one request says about its receiver, whatever becomes of the delivery. Pure. */
import type { Outcome } from '../core/delivery.ts';

/**
 * `well`: it answers, if only to refuse. `failing`: tried again later. `overloaded`: the same, and fewer at once may help.
 * `none`: nothing was asked of it.
 */
export type ReceiverSign = 'well' | 'failing' | 'overloaded' | 'none';

export function receiverSign(outcome: Outcome | null): ReceiverSign {
  if (outcome === null || outcome.kind === 'forbidden') return 'none';
  if (outcome.kind !== 'response') return 'overloaded';
  const { status } = outcome;
  if (status === 429 || status === 503) return 'overloaded';
  return status >= 500 && status < 600 ? 'failing' : 'well';
}
