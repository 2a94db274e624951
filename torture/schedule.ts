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

/** What is done to one of many nodes, or to the database that they share. */
export const nodeFaults = [
  /** `kill -9` under load, and started again. */
  'kill',
  /** SIGTERM under load: it gives its claims back, and nothing comes twice by that. */
  'term',
  /** SIGSTOP until the others have taken it for dead and sent what it had, and then SIGCONT. Meanwhile another one is killed. */
  'freeze',
  /** A restart that ends connections in an orderly way, one that does not, and `kill -9` of the whole database. */
  'database fast',
  'database immediate',
  'database kill',
] as const;
export type NodeFault = (typeof nodeFaults)[number];

const nodeWeights: Readonly<Record<NodeFault, number>> = {
  kill: 40,
  term: 10,
  freeze: 10,
  'database fast': 8,
  'database immediate': 8,
  'database kill': 8,
};

export interface NodeRound {
  fault: NodeFault;
  /** Which one of the nodes; and another one. */
  node: number;
  other: number;
  afterMs: number;
}

/** Every kind once, as far as the rounds reach, and then by weight. */
export function nodeScheduleOf(seed: number, roundCount: number, nodeCount: number): NodeRound[] {
  const dice = diceOf(seed);
  const once = shuffled(nodeFaults, dice);
  return Array.from({ length: roundCount }, (_, index) => {
    const node = Math.floor(dice() * nodeCount);
    const other = (node + 1 + Math.floor(dice() * (nodeCount - 1))) % nodeCount;
    return {
      fault: once[index] ?? weighted(nodeFaults, nodeWeights, dice),
      node,
      other,
      afterMs: Math.round(200 + dice() * 1500),
    };
  });
}

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
    const fault = once[index] ?? weighted(faults, weights, dice);
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

function weighted<Kind extends string>(
  kinds: readonly [Kind, ...Kind[]],
  weightOf: Readonly<Record<Kind, number>>,
  dice: Dice,
): Kind {
  let left = dice() * kinds.reduce((sum, kind) => sum + weightOf[kind], 0);
  for (const kind of kinds) {
    left -= weightOf[kind];
    if (left < 0) return kind;
  }
  return kinds[0];
}

function shuffled<Item>(items: readonly Item[], dice: Dice): Item[] {
  return items
    .map((item) => ({ item, at: dice() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
