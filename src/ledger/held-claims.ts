/**
 * The claims of one line that are out, and the room that they take in memory. A claim takes one place, and one with a large
 * body several, so that a bound on places is one on memory, whatever is sent. Only what is large has its size noted.
 */
import { limits } from '../core/limits.ts';

export class HeldClaims {
  readonly #ids = new Set<string>();
  /** How many places, of those that take more than one. */
  readonly #large = new Map<string, number>();
  #places = 0;

  /** Event ids. */
  get ids(): ReadonlySet<string> {
    return this.#ids;
  }

  get size(): number {
    return this.#ids.size;
  }

  get places(): number {
    return this.#places;
  }

  has(eventId: string): boolean {
    return this.#ids.has(eventId);
  }

  /** One that is not there yet. */
  add(eventId: string, places: number): void {
    this.#ids.add(eventId);
    this.#places += places;
    if (places > 1) this.#large.set(eventId, places);
  }

  /** Answers how many places that has freed. */
  delete(eventId: string): number {
    if (!this.#ids.delete(eventId)) return 0;
    const places = this.#large.get(eventId) ?? 1;
    if (places > 1) this.#large.delete(eventId);
    this.#places -= places;
    return places;
  }

  clear(): void {
    this.#ids.clear();
    this.#large.clear();
    this.#places = 0;
  }
}

/** Of a claim with a body of so many characters. */
export function placesOf(bodyChars: number): number {
  return Math.max(1, Math.ceil(bodyChars / limits.claimPlaceChars));
}
