/**
 * Whether a thread still turns. One that dies is noticed by itself; one that hangs, in an endless loop or a call that does
 * not come back, would have the server take requests for ever that nobody answers. It counts in memory that both share.
 */
import type { Clock } from '../core/clock.ts';

const beatMs = 1000;
/** A migration or a very large command may keep a thread for some time; nothing keeps it for so long. */
export const silenceMaxMs = 60_000;

export function heartbeatCell(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** The side that beats; never ends. */
export function beat(cell: Int32Array, clock: Clock): void {
  Atomics.add(cell, 0, 1);
  clock.after(beatMs, () => beat(cell, clock));
}

/**
 * The side that listens. Counts its own turns and not the time, so that a process that was stopped as a whole does not
 * take itself for dead. Returns what ends it.
 */
export function listenTo(cell: Int32Array, clock: Clock, onSilence: () => void): () => void {
  let last = Atomics.load(cell, 0);
  let silentTurns = 0;
  let cancel: () => void;
  const look = (): void => {
    const count = Atomics.load(cell, 0);
    silentTurns = count === last ? silentTurns + 1 : 0;
    last = count;
    if (silentTurns * beatMs >= silenceMaxMs) return onSilence();
    cancel = clock.after(beatMs, look);
  };
  cancel = clock.after(beatMs, look);
  return () => cancel();
}
