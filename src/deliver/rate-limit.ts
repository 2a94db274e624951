/**
 * How often a webhook may be called: a bucket that fills with so many tokens a second and holds as many as may start at
 * once: one second's worth, when nothing else is said, and at least one. It begins with one, because nobody knows how much
 * another process has started a moment ago. Time is an argument.
 */
export class RateLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;

  constructor({ perSecond, burst }: { perSecond: number; burst: number | null }, now: number) {
    this.#perSecond = perSecond;
    this.#burst = Math.max(1, burst ?? perSecond);
    this.#tokens = 1;
    this.#filledAt = now;
  }

  /** Takes a token if there is one: 0. Otherwise in how many milliseconds there will be. */
  take(now: number): number {
    // A clock that was set back makes nothing and loses nothing.
    const elapsedMs = Math.max(0, now - this.#filledAt);
    this.#tokens = Math.min(this.#burst, this.#tokens + (elapsedMs / 1000) * this.#perSecond);
    this.#filledAt = now;
    if (this.#tokens >= 1 - rounding) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.max(1, Math.ceil(((1 - this.#tokens) / this.#perSecond) * 1000));
  }
}

/** Sums of fractions come out a hair below the whole. */
const rounding = 1e-9;
