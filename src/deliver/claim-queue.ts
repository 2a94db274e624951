/**
 * Claims of one webhook that wait for their turn: first attempts and retries apart, each oldest first. A claim's age is
 * its event's id, which sorts by time. Retries get at least one turn in eight, so that neither a flood of new events can
 * starve them nor a flood of retries the new events.
 */
import type { Claim } from '../core/delivery.ts';

export class ClaimQueue {
  readonly #first = new OldestFirst();
  readonly #retries = new OldestFirst();
  #turnsSinceRetry = 0;

  get size(): number {
    return this.#first.size + this.#retries.size;
  }

  add(claim: Claim): void {
    (claim.triesUsed > 0 ? this.#retries : this.#first).add(claim);
  }

  next(): Claim | undefined {
    const retryIsDue = this.#turnsSinceRetry >= turnsPerRetry - 1;
    const claim = retryIsDue
      ? (this.#retries.take() ?? this.#first.take())
      : (this.#first.take() ?? this.#retries.take());
    this.#turnsSinceRetry = claim === undefined || claim.triesUsed > 0 ? 0 : this.#turnsSinceRetry + 1;
    return claim;
  }

  takeAll(): Claim[] {
    const all: Claim[] = [];
    for (let claim = this.next(); claim !== undefined; claim = this.next()) all.push(claim);
    return all;
  }
}

const turnsPerRetry = 8;

/** A sorted array with a moving head: claims almost always come in order, so adding and taking cost next to nothing. */
class OldestFirst {
  #claims: Claim[] = [];
  #head = 0;

  get size(): number {
    return this.#claims.length - this.#head;
  }

  add(claim: Claim): void {
    const last = this.#claims.at(-1);
    if (this.size === 0 || last === undefined || last.eventId <= claim.eventId) this.#claims.push(claim);
    else this.#claims.splice(this.#placeOf(claim), 0, claim);
  }

  take(): Claim | undefined {
    if (this.size === 0) return undefined;
    const claim = this.#claims[this.#head];
    this.#head += 1;
    if (this.#head === this.#claims.length || this.#head >= compactAt) {
      this.#claims = this.#claims.slice(this.#head);
      this.#head = 0;
    }
    return claim;
  }

  #placeOf(claim: Claim): number {
    let low = this.#head;
    let high = this.#claims.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#claims[middle]?.eventId ?? '') <= claim.eventId) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Taken claims are let go of in blocks of this many. */
const compactAt = 256;
