/** How far a delivery has come, in the sentence beside its state. */
import type { Delivery } from '../../api/answers.ts';

export function sentWords(of: Pick<Delivery, 'state' | 'attemptCount' | 'lastStatus' | 'lastCode'>): string {
  const so = soFar(of);
  if (of.state === 'held') return `Its webhook is off. It is safe, and waits until that is turned on. ${so}`.trim();
  if (of.state === 'cancelled') return `Its webhook was deleted, or what it held was discarded. ${so}`.trim();
  return so === '' ? 'Its first attempt is under way, or waits for its turn.' : so;
}

/** Of a status the number says it all; of anything else its code does. */
function soFar({ attemptCount, lastStatus, lastCode }: Pick<Delivery, 'attemptCount' | 'lastStatus' | 'lastCode'>) {
  if (attemptCount === 0) return '';
  const tries = attemptCount === 1 ? 'one try' : `${attemptCount} tries`;
  const isStatus = lastStatus !== null && (lastCode === null || lastCode.startsWith('http_'));
  return `${isStatus ? `Answered ${lastStatus}` : (lastCode ?? 'No answer')} after ${tries}.`;
}
