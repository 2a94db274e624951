/**
 * One time for all processes that share a database: the database's. Moments that one of them writes down are compared with
 * those of others (what is due, what is old, which event came first), and their clocks need not agree: each finds out by how
 * much its own is off, and all its threads correct it by that, which stands in memory that they share.
 */
import type { Clock } from './clock.ts';

export interface DatabaseTime {
  /** This machine's own clock. */
  readonly own: Clock;
  /** Milliseconds to be added to it. */
  readonly offset: OffsetCell;
}

export type OffsetCell = Float64Array;

export function offsetCell(): OffsetCell {
  return new Float64Array(new SharedArrayBuffer(8));
}

export function correctedClock({ own, offset }: DatabaseTime): Clock {
  return { ...own, now: () => own.now() + (offset[0] ?? 0) };
}

/**
 * Corrects the time by what the other clock said (epoch milliseconds) in answer to a question that was asked at `askedMs`, by
 * the own monotonic clock. Answers whether that changed anything: a difference that may be the way of the answer, or is small,
 * does not.
 */
export function agree({ own, offset }: DatabaseTime, there: number, askedMs: number): boolean {
  const halfWayMs = (own.monotonicMs() - askedMs) / 2;
  const measured = Math.round(there - (own.now() - halfWayMs));
  if (Math.abs(measured - (offset[0] ?? 0)) <= halfWayMs + toleranceMs) return false;
  offset[0] = measured;
  return true;
}

/** Clocks that are kept by a time server differ by less. */
const toleranceMs = 50;
