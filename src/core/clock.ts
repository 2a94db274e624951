/**
 * Time and chance as arguments. Nothing but this file reads a clock, sets a timer or rolls dice, so that a test
 * can live through a day in a millisecond.
 */
export interface Clock {
  /** Epoch milliseconds: what is stored and shown. It may be set, and then jumps either way; a span measured by it is wrong. */
  now(): number;
  /**
   * Milliseconds since some moment in the past, with fractions; only ever grows, and nobody can set it. For whatever is a
   * span of time: deadlines, paces, pauses, how long something took.
   */
  monotonicMs(): number;
  /** Calls `act` once, `delayMs` from now; returns what takes that back. */
  after(delayMs: number, act: () => void): () => void;
}

/** A number from 0 (included) to 1 (excluded). */
export type Dice = () => number;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, act) {
    const timer = setTimeout(act, Math.min(delayMs, timerDelayMaxMs));
    return () => clearTimeout(timer);
  },
};

export const systemDice: Dice = () => Math.random();

/** setTimeout fires at once for anything longer than 31 bits; waking up early and looking again costs nothing. */
const timerDelayMaxMs = 2 ** 31 - 1;

/** Milliseconds by the machine's own clock, which nobody can set; the same in all threads of a process. */
export function machineMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
