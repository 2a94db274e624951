/**
 * How many requests one receiver is sent at once. It is found out as TCP finds out how much a line carries: one more after
 * each full round of good answers, half as many after a bad one. After an outage it begins with one and doubles with each
 * round (slow start), so that a receiver that is barely back is not flooded.
 *
 * The requests of a lane are numbered. Those that were under way when it was halved say nothing about the half: whether
 * they fail or succeed they count no more, so that it is halved at most once in a round trip. Pure.
 */
export interface WidthConfig {
  /** What a lane begins with. */
  start: number;
  max: number;
}

export class LaneWidth {
  readonly #max: number;
  #value: number;
  /** Requests from this one on count. */
  #countsFrom = 0;
  #goodInRound = 0;
  #doubling = false;

  constructor({ start, max }: WidthConfig) {
    this.#max = max;
    this.#value = Math.min(start, max);
  }

  get value(): number {
    return this.#value;
  }

  /** A good answer came. `isWanted`: there is more to send, so that a wider lane would be used. */
  widen(number: number, isWanted: boolean): void {
    if (!isWanted || number < this.#countsFrom || this.#value === this.#max) return;
    this.#goodInRound += 1;
    if (this.#goodInRound < this.#value) return;
    this.#goodInRound = 0;
    this.#value = Math.min(this.#max, this.#doubling ? this.#value * 2 : this.#value + 1);
  }

  /** A bad answer, or none for long; `nextNumber` is that of the next request. */
  halve(number: number, nextNumber: number): void {
    if (number < this.#countsFrom) return;
    this.#value = Math.max(1, Math.floor(this.#value / 2));
    this.#countAnew(nextNumber, false);
  }

  /** One at a time, and then soon more. */
  slowStart(nextNumber: number): void {
    this.#value = 1;
    this.#countAnew(nextNumber, true);
  }

  #countAnew(nextNumber: number, doubling: boolean): void {
    this.#countsFrom = nextNumber;
    this.#goodInRound = 0;
    this.#doubling = doubling;
  }
}
