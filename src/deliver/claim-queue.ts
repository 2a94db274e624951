/**
 * Claims of one webhook that wait for their turn: first attempts, retries and replays apart, each oldest first. A claim's
 * age is its event's id, which sorts by time. While there are first attempts, one turn in eight is for the others, retries
 * and replays by turns, so that neither a flood of new events can starve them nor they the new events.
 */
import type { Claim } from '../core/delivery.ts';

export class ClaimQueue {
  readonly #first = new OldestFirst();
  readonly #retries = new OldestFirst();
  readonly #replays = new OldestFirst();
  #firstInARow = 0;
  #replayIsNext = false;

  get size(): number {
    return this.#first.size + this.#retries.size + this.#replays.size;
  }

  /** How many there are, if all have been tried before; else 0. */
  get triedOnlyCount(): number {
    return this.#retries.size === this.size ? this.size : 0;
  }

  add(claim: Claim): void {
    if (claim.triesUsed > 0) this.#retries.add(claim);
    else if (claim.replayed === true) this.#replays.add(claim);
    else this.#first.add(claim);
  }

  next(): Claim | undefined {
    if (this.#first.size === 0 || this.#firstInARow >= firstInARowMax) {
      this.#firstInARow = 0;
      return this.#another() ?? this.#first.take();
    }
    this.#firstInARow += 1;
    return this.#first.take();
  }

  /** For a probe: the oldest of those with the fewest tries behind them, so that nobody runs out of retries by probes. */
  takeLeastTried(): Claim | undefined {
    return this.#first.take() ?? this.#replays.take() ?? this.#retries.takeLeastTried();
  }

  takeAll(): Claim[] {
    const all: Claim[] = [];
    for (let claim = this.next(); claim !== undefined; claim = this.next()) all.push(claim);
    return all;
  }

  /** One that is no first attempt. */
  #another(): Claim | undefined {
    const replay = this.#retries.size === 0 || (this.#replayIsNext && this.#replays.size > 0);
    this.#replayIsNext = !replay;
    return replay ? this.#replays.take() : this.#retries.take();
  }
}

/** After so many first attempts, one of the others has its turn. */
const firstInARowMax = 7;

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

  takeLeastTried(): Claim | undefined {
    let best = this.#head;
    for (let at = best; at < this.#claims.length; at += 1) {
      if ((this.#claims[at]?.triesUsed ?? 0) < (this.#claims[best]?.triesUsed ?? 0)) best = at;
    }
    return best === this.#head ? this.take() : this.#claims.splice(best, 1)[0];
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
