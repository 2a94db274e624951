/**
 * Stops a lane whose receiver is down, so that what waits keeps its retries.
 *
 *             ten different deliveries in a row fail                     three in a row go well
 *   closed ────────────────────────────────────────▶ open ◀──────▶ half ────────────────────────▶ closed
 *                                                     │ ▲   well / fails
 *                                                     └─┘ a probe fails: wait twice as long
 *
 * Open, nothing goes out but one probe at a time. Half, the lane flows again, slowly, and one failure opens it. A delivery
 * that alone keeps failing counts once, and opens nothing. Pure: times are those of a clock that nobody can set, and
 * requests are numbered, because what was under way before a change says nothing about what is after it.
 */
import type { Dice } from '../core/clock.ts';
import { limits } from '../core/limits.ts';

export type BreakerState = 'closed' | 'open' | 'half';

export interface Failure {
  eventId: string;
  /** Of the request, and of the next one that its lane will make. */
  number: number;
  nextNumber: number;
  /** How long the receiver asks to be left alone; 0 when it does not. */
  retryAfterMs: number;
  nowMs: number;
}

export class Breaker {
  readonly #dice: Dice;
  #state: BreakerState = 'closed';
  /** Different deliveries that have failed since the last good answer; only while it is closed. */
  readonly #failing = new Set<string>();
  #failuresInARow = 0;
  #countsFrom = 0;
  #goodInHalf = 0;
  #probeNumber: number | null = null;
  #probeAtMs = 0;
  #waitMs: number = limits.breakerProbeFirstMs;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  get state(): BreakerState {
    return this.#state;
  }

  get failuresInARow(): number {
    return this.#failuresInARow;
  }

  /** From when on a probe may be sent; null while none is wanted, because it is not open or one is under way. */
  get probeAtMs(): number | null {
    return this.#state === 'open' && this.#probeNumber === null ? this.#probeAtMs : null;
  }

  /**
   * Nothing is known of the receiver, but that what is there for it has failed before: so it is asked by one request first.
   * A server that starts while a receiver is down would else spend the retries of all that it may send at once.
   */
  doubt(nowMs: number): void {
    if (this.#state !== 'closed' || this.#failuresInARow > 0) return;
    this.#state = 'open';
    this.#probeAtMs = nowMs;
  }

  /** The request with this number is the probe. */
  probe(number: number): void {
    this.#probeNumber = number;
  }

  /** A good answer. That of a request from before it opened is as good a sign as a probe's. */
  succeeded(number: number, nextNumber: number): void {
    if (this.#failuresInARow > 0) {
      this.#failing.clear();
      this.#failuresInARow = 0;
    }
    if (this.#state === 'open') {
      this.#state = 'half';
      this.#goodInHalf = 1;
      this.#probeNumber = null;
      this.#countsFrom = nextNumber;
    } else if (this.#state === 'half' && number >= this.#countsFrom) {
      this.#goodInHalf += 1;
      if (this.#goodInHalf < limits.breakerTrialCount) return;
      this.#state = 'closed';
      this.#waitMs = limits.breakerProbeFirstMs;
    }
  }

  failed(failure: Failure): void {
    if (this.#state === 'open') this.#failedOpen(failure);
    else if (failure.number >= this.#countsFrom) this.#failedFlowing(failure);
  }

  /** It came to no request at all: the next delivery may be the probe at once. */
  unsent(number: number, nowMs: number): void {
    if (number !== this.#probeNumber) return;
    this.#probeNumber = null;
    this.#probeAtMs = nowMs;
  }

  #failedFlowing(failure: Failure): void {
    if (this.#state === 'half') {
      this.#failuresInARow += 1;
      return this.#open(failure);
    }
    this.#failing.add(failure.eventId);
    this.#failuresInARow = this.#failing.size;
    if (this.#failing.size >= limits.breakerFailuresMax) this.#open(failure);
  }

  #failedOpen(failure: Failure): void {
    if (failure.number === this.#probeNumber) {
      this.#failuresInARow += 1;
      this.#open(failure);
    } else this.#probeAtMs = Math.max(this.#probeAtMs, failure.nowMs + askedMs(failure));
  }

  #open(failure: Failure): void {
    this.#state = 'open';
    this.#failing.clear();
    this.#probeNumber = null;
    this.#countsFrom = failure.nextNumber;
    const jitteredMs = this.#waitMs * (1 + limits.retryJitter * (2 * this.#dice() - 1));
    this.#probeAtMs = failure.nowMs + Math.max(jitteredMs, askedMs(failure));
    this.#waitMs = Math.min(this.#waitMs * 2, limits.breakerProbeMaxMs);
  }
}

function askedMs({ retryAfterMs }: Failure): number {
  return Math.min(retryAfterMs, limits.retryAfterMaxMs);
}
