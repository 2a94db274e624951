/**
 * Who may have a request in flight. Each lane has one slot that nobody else can take, so that it moves whatever the others
 * do; all others come from a number that the lanes share, and lanes that find none wait for their turn in a circle. A
 * request that has waited long (`slowRequestMs`) no longer counts against what is shared: receivers that hang would hold
 * all of it otherwise, and they hold memory and a socket only.
 */
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';

/** A lane, as far as slots go. */
export interface SlotUser {
  ownSlotTaken: boolean;
  /** A shared slot has come free, and it is this lane's turn. */
  onSlotFree(): void;
}

/** Held by one request from start to end. */
export interface Slot {
  readonly user: SlotUser;
  readonly startedAt: number;
  readonly kind: 'own' | 'shared';
}

export class Slots {
  readonly #sharedMax: number;
  readonly #clock: Clock;
  /** Oldest first, since what is added last started last. */
  readonly #shared = new Set<Slot>();
  readonly #waiting = new Set<SlotUser>();
  #stopWatching: (() => void) | null = null;

  constructor(sharedMax: number, clock: Clock) {
    this.#sharedMax = sharedMax;
    this.#clock = clock;
  }

  get sharedCount(): number {
    return this.#shared.size;
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Null when there is none; the user will be told when it is its turn. */
  take(user: SlotUser): Slot | null {
    if (!user.ownSlotTaken) {
      user.ownSlotTaken = true;
      return { user, startedAt: 0, kind: 'own' };
    }
    if (this.#shared.size >= this.#sharedMax) {
      this.#waiting.add(user);
      return null;
    }
    const slot: Slot = { user, startedAt: this.#clock.now(), kind: 'shared' };
    this.#shared.add(slot);
    this.#watch(slot);
    return slot;
  }

  give(slot: Slot): void {
    if (slot.kind === 'own') slot.user.ownSlotTaken = false;
    else if (this.#shared.delete(slot)) this.#freed();
  }

  #freed(): void {
    this.#offer();
    // A timer left behind would keep a process that is stopping alive.
    if (this.#shared.size > 0) return;
    this.#stopWatching?.();
    this.#stopWatching = null;
  }

  /** Those who wait go before the lane that gives one back, which would otherwise take it again for ever. */
  #offer(): void {
    while (this.#shared.size < this.#sharedMax) {
      const [user] = this.#waiting;
      if (user === undefined) return;
      this.#waiting.delete(user);
      user.onSlotFree();
    }
  }

  /** One timer for the oldest of them. */
  #watch(oldest: Slot): void {
    if (this.#stopWatching !== null) return;
    const dueInMs = Math.max(1, oldest.startedAt + limits.slowRequestMs - this.#clock.now());
    this.#stopWatching = this.#clock.after(dueInMs, () => {
      this.#stopWatching = null;
      this.#forgetSlow();
      const [next] = this.#shared;
      if (next !== undefined) this.#watch(next);
      this.#offer();
    });
  }

  #forgetSlow(): void {
    const slowBefore = this.#clock.now() - limits.slowRequestMs;
    for (const slot of this.#shared) {
      if (slot.startedAt > slowBefore) return;
      this.#shared.delete(slot);
    }
  }
}
