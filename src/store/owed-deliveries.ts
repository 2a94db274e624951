/**
 * Deliveries that have been made and have no row yet. Most first attempts are over within milliseconds, so a row that is
 * written after the first attempt is written once, instead of made, found and changed, with its index of what is pending.
 * Measured: 11 of the 30 µs that the data thread wrote for an event.
 *
 * Nothing depends on this memory: the event's row names its deliveries (routes.ts), and what had none when a process ended
 * is found again by that. What stays owed is written as pending after two rounds, and all of it before somebody else looks.
 */
import type { NewDelivery } from './journal.ts';

/** How often a round is made. Two are longer than most receivers take, and too short for a pending row to be missed. */
export const owedRoundMs = 150;

type Owed = Map<string, NewDelivery>;

export class OwedDeliveries {
  /** Both oldest first; what is in `#old` was owed in the last round already. */
  #young: Owed = new Map();
  #old: Owed = new Map();
  /** What the open transaction has done, to be undone with it. */
  #added: NewDelivery[] = [];
  #taken: NewDelivery[] = [];

  get isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0;
  }

  /** The event of the oldest. */
  get firstEventId(): string | null {
    for (const owed of [this.#old, this.#young]) for (const { eventId } of owed.values()) return eventId;
    return null;
  }

  add(delivery: NewDelivery): void {
    this.#young.set(keyOf(delivery.eventId, delivery.webhookId), delivery);
    this.#added.push(delivery);
  }

  /** The caller writes it now. */
  take(eventId: string, webhookId: string): NewDelivery | null {
    const key = keyOf(eventId, webhookId);
    const owed = this.#young.has(key) ? this.#young : this.#old;
    const delivery = owed.get(key);
    if (delivery === undefined) return null;
    owed.delete(key);
    this.#taken.push(delivery);
    return delivery;
  }

  /** The caller writes what was there in the last round and still is. */
  takeOld(): NewDelivery[] {
    const old = [...this.#old.values()];
    this.#taken.push(...old);
    this.#old = this.#young;
    this.#young = new Map();
    return old;
  }

  takeAll(): NewDelivery[] {
    return [...this.takeOld(), ...this.takeOld()];
  }

  committed(): void {
    this.#added = [];
    this.#taken = [];
  }

  rolledBack(): void {
    const added = new Set(this.#added);
    const owed = [...this.#taken, ...this.#old.values(), ...this.#young.values()];
    const kept = owed.filter((delivery) => !added.has(delivery)).sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
    this.#old = new Map(kept.map((delivery) => [keyOf(delivery.eventId, delivery.webhookId), delivery]));
    this.#young = new Map();
    this.committed();
  }
}

function keyOf(eventId: string, webhookId: string): string {
  return eventId + webhookId;
}
