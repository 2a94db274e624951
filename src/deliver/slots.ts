/**
 * Who may have a request in flight. Each lane has one slot that nobody else can take, so that it moves whatever the others
 * do; all others come from a number that the lanes share, and lanes that find none wait for their turn in a circle. A
 * request that has waited long (`slowRequestMs`) no longer counts against what is shared: receivers that hang would hold
 * all of it otherwise, and they hold memory and a socket only. Its lane is told, and gets narrower. Until then they are kept
 * from taking all of it by another rule: no lane gets more of what is shared than is left of it.
 */
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';

/** A lane, as far as slots go. */
export interface SlotUser {
  ownSlotTaken: boolean;
  /** Held by it now, and counted. */
  sharedSlotCount: number;
  /** A shared slot has come free, and it is this lane's turn. */
  onSlotFree(): void;
  /** Its request with this number has waited long. */
  onSlow(number: number): void;
}

/** Held by one request from start to end. */
export interface Slot {
  readonly user: SlotUser;
  /** Which of its lane's requests. */
  readonly number: number;
  readonly startedMs: number;
  readonly kind: 'own' | 'shared';
}

export class Slots {
  readonly #sharedMax: number;
  readonly #clock: Clock;
  /** Of requests that have not waited long. Oldest first, since what is added last started last. */
  readonly #young = new Set<Slot>();
  #sharedCount = 0;
  readonly #waiting = new Set<SlotUser>();
  #stopWatching: (() => void) | null = null;

  constructor(sharedMax: number, clock: Clock) {
    this.#sharedMax = sharedMax;
    this.#clock = clock;
  }

  get sharedCount(): number {
    return this.#sharedCount;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Null when there is none; the user will be told when it is its turn. */
  take(user: SlotUser, number: number): Slot | null {
    const kind = user.ownSlotTaken ? 'shared' : 'own';
    if (kind === 'own') user.ownSlotTaken = true;
    else if (user.sharedSlotCount < this.#sharedMax - this.#sharedCount) this.#count(user, 1);
    else {
      this.#waiting.add(user);
      return null;
    }
    const slot: Slot = { user, number, startedMs: this.#clock.monotonicMs(), kind };
    this.#young.add(slot);
    this.#watch(slot);
    return slot;
  }

  give(slot: Slot): void {
    if (slot.kind === 'own') slot.user.ownSlotTaken = false;
    if (!this.#young.delete(slot)) return;
    if (slot.kind === 'shared') {
      this.#count(slot.user, -1);
      this.#offer();
    }
    // A timer left behind would keep a process that is stopping alive.
    if (this.#young.size > 0) return;
    this.#stopWatching?.();
    this.#stopWatching = null;
  }

  /** Those who wait go before the lane that gives one back, which would otherwise take it again for ever. */
  #offer(): void {
    for (let turns = this.#waiting.size; turns > 0 && this.#sharedCount < this.#sharedMax; turns -= 1) {
      const [user] = this.#waiting;
      if (user === undefined) return;
      this.#waiting.delete(user);
      user.onSlotFree();
    }
  }

  #count(user: SlotUser, change: 1 | -1): void {
    user.sharedSlotCount += change;
    this.#sharedCount += change;
  }

  /** One timer for the oldest of them. */
  #watch(oldest: Slot): void {
    if (this.#stopWatching !== null) return;
    const dueInMs = Math.max(1, oldest.startedMs + limits.slowRequestMs - this.#clock.monotonicMs());
    this.#stopWatching = this.#clock.after(dueInMs, () => {
      this.#stopWatching = null;
      this.#forgetSlow();
      const [next] = this.#young;
      if (next !== undefined) this.#watch(next);
      this.#offer();
    });
  }

  #forgetSlow(): void {
    const slowBeforeMs = this.#clock.monotonicMs() - limits.slowRequestMs;
    for (const slot of this.#young) {
      if (slot.startedMs > slowBeforeMs) return;
      this.#young.delete(slot);
      if (slot.kind === 'shared') this.#count(slot.user, -1);
      slot.user.onSlow(slot.number);
    }
  }
}
