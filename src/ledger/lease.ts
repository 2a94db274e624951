/**
 * Until when this node may start attempts. Others give its claims to somebody else when it has been silent for too long, and
 * a process that was stopped and goes on knows nothing of that yet: so each thread looks at the clock itself before it starts
 * one. The end of the lease stands in memory that the threads share, by the machine's clock that they share too.
 */
import { machineMs } from '../core/clock.ts';

export type LeaseCell = Float64Array;

/** One that never ends: nobody else has this database. */
export function endlessLease(): LeaseCell {
  const cell = new Float64Array(new SharedArrayBuffer(8));
  cell[0] = Infinity;
  return cell;
}

export function extendLease(cell: LeaseCell, untilMs: number): void {
  cell[0] = untilMs;
}

export function isLeased(cell: LeaseCell): boolean {
  const until = cell[0] ?? 0;
  return until === Infinity || machineMs() < until;
}
