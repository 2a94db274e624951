/**
 * Notices that somebody has set the clock. What is kept in the database has moments in it (when a retry is due, how old an
 * event is), and a clock that jumps makes them wrong:
 *
 * - Set back by a day, it would leave every retry waiting for a day: what is not due yet is moved with it.
 * - Set ahead, it makes due what was to wait, once for each delivery, which lanes send at their own pace; nothing is moved,
 *   because the same jump is seen when a machine was asleep. But it would make all events look old, and clearing away
 *   cannot be taken back: it goes by the time without the jump until somebody has had a day to notice (clearing-time.ts).
 */
import type { Clock } from '../core/clock.ts';
import type { AttemptReport } from '../core/delivery.ts';

/** What a clock is corrected by without anybody having set it. */
const toleranceMs = 30_000;
/** A jump of more than this is doubted. */
const aheadMaxMs = 3_600_000;
/** A server may be off for so long before the time that has passed is doubted. */
export const offMaxMs = 86_400_000;

export class ClockWatch {
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.now() - clock.monotonicMs();
  }

  /** By how much the clock was set since the last look; 0 for what is no more than its drift. */
  look(): number {
    const setByMs = this.#clock.now() - this.#clock.monotonicMs() - this.#offsetMs;
    // Compared with the last jump and not with the last look, or a slow drift would add up to one unnoticed.
    if (Math.abs(setByMs) <= toleranceMs) return 0;
    this.#offsetMs += setByMs;
    return Math.round(setByMs);
  }
}

/** Whether what looks old may only do so because the clock is wrong. */
export function isAheadTooFar(setByMs: number): boolean {
  return setByMs > aheadMaxMs;
}

/** By how much it was set back while no process was there to see: `lastAt` is the latest moment that was written down. */
export function setBackSince(lastAt: number | null, now: number): number {
  return lastAt !== null && lastAt - now > toleranceMs ? now - lastAt : 0;
}

/**
 * Reports of attempts that ended before the clock was set back, with the retries that follow from them moved too: those
 * are due later than anybody would have said since.
 */
export function moveRetries<Report extends Pick<AttemptReport, 'verdict'>>(
  reports: readonly Report[],
  setByMs: number,
  now: number,
): Report[] {
  return reports.map((report) => {
    const { verdict } = report;
    if (verdict.kind !== 'retry' || verdict.dueAt < now - setByMs) return report;
    return Object.assign({}, report, { verdict: { ...verdict, dueAt: verdict.dueAt + setByMs } });
  });
}
