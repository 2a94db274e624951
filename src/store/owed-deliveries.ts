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

/** By event, whose id has a hash already that a key made of two would need anew. */
type Owed = Map<string, NewDelivery[]>;

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
    for (const owed of [this.#old, this.#young]) for (const eventId of owed.keys()) return eventId;
    return null;
  }

  add(delivery: NewDelivery): void {
    put(this.#young, delivery);
    this.#added.push(delivery);
  }

  /** The caller writes it now. */
  take(eventId: string, webhookId: string): NewDelivery | null {
    const delivery = takeFrom(this.#young, eventId, webhookId) ?? takeFrom(this.#old, eventId, webhookId);
    if (delivery !== null) this.#taken.push(delivery);
    return delivery;
  }

  /** The caller writes what was there in the last round and still is. */
  takeOld(): NewDelivery[] {
    const old = [...this.#old.values()].flat();
    for (const delivery of old) this.#taken.push(delivery);
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
    const owed = [...this.#taken, ...[...this.#old.values(), ...this.#young.values()].flat()];
    const kept = owed.filter((delivery) => !added.has(delivery)).sort((a, b) => (a.eventId < b.eventId ? -1 : 1));
    this.#old = new Map();
    this.#young = new Map();
    for (const delivery of kept) put(this.#old, delivery);
    this.committed();
  }
}

function put(owed: Owed, delivery: NewDelivery): void {
  const ofEvent = owed.get(delivery.eventId);
  if (ofEvent === undefined) owed.set(delivery.eventId, [delivery]);
  else ofEvent.push(delivery);
}

function takeFrom(owed: Owed, eventId: string, webhookId: string): NewDelivery | null {
  const ofEvent = owed.get(eventId);
  if (ofEvent === undefined) return null;
  const at = ofEvent.findIndex((delivery) => delivery.webhookId === webhookId);
  const delivery = ofEvent[at];
  if (delivery === undefined) return null;
  if (ofEvent.length === 1) owed.delete(eventId);
  else ofEvent.splice(at, 1);
  return delivery;
}
