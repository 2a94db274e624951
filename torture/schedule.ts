/** What is done to the server, round by round: drawn from a seed, so that a run that found something can be had again. */
import type { Dice } from '../src/core/clock.ts';

export const faults = [
  /** `kill -9` under load. */
  'kill',
  /** `kill -9` in the first second after the process was started, ready or not. */
  'kill starting',
  /** `kill -9` just after the start, with thousands of old events to clear away. */
  'kill pruning',
  /** No file may grow any more; and then `kill -9`. */
  'kill full',
  /** `kill -9` while the process is stopped. */
  'kill stopped',
  /** SIGTERM under load: it must end by itself, and then nothing at all may come twice. */
  'term',
  /** No file may grow any more, and after a while they may again: it must go on by itself. */
  'full',
  /** Stopped for a while, and continued. */
  'stop',
] as const;
export type Fault = (typeof faults)[number];

export interface Round {
  fault: Fault;
  /** How long it runs before the fault, and how long the fault lasts where it lasts. */
  afterMs: number;
  forMs: number;
  /** On a full disk: how long a file may be. At 4 KB nothing can be written, at a megabyte it fails somewhere in between. */
  fileBytes: number;
}

const weights: Readonly<Record<Fault, number>> = {
  kill: 40,
  'kill starting': 12,
  'kill pruning': 8,
  'kill full': 8,
  'kill stopped': 6,
  term: 10,
  full: 8,
  stop: 8,
};

/** Every kind once, as far as the rounds reach, and then by weight. */
export function scheduleOf(seed: number, roundCount: number): Round[] {
  const dice = diceOf(seed);
  const once = shuffled(faults, dice);
  return Array.from({ length: roundCount }, (_, index) => {
    const fault = once[index] ?? weighted(dice);
    // Most faults come soon; a few let more pile up, and checkpoints pass.
    const afterMs = fault.endsWith('ing') ? dice() * 900 : dice() < 0.8 ? 50 + dice() * 500 : 500 + dice() * 1500;
    const fileBytes = dice() < 0.5 ? 4096 : 1_048_576;
    return { fault, afterMs: Math.round(afterMs), forMs: Math.round(100 + dice() * 700), fileBytes };
  });
}

/** A small generator (mulberry32): the same numbers on every machine. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function weighted(dice: Dice): Fault {
  let left = dice() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
  for (const fault of faults) {
    left -= weights[fault];
    if (left < 0) return fault;
  }
  return 'kill';
}

function shuffled<Item>(items: readonly Item[], dice: Dice): Item[] {
  return items
    .map((item) => ({ item, at: dice() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
