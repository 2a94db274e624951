/**
 * By what time old things are cleared away. What a clock says that was set ahead would make all of them look old, and clearing
 * away cannot be taken back; but a machine that was asleep, or a server that was off, sees the same jump and is right. So a jump
 * ahead is doubted for a day, in which somebody may notice: meanwhile what is old goes by the time without it. What expires is to
 * be seen before it leaves, so for leaving it is doubted for another day. Doubts are written down, or a restart would forget them.
 */
export interface Doubt {
  byMs: number;
  /** When the jump was seen, by the clock after it. */
  at: number;
}

const dayMs = 86_400_000;

export class ClearingTime {
  #doubts: Doubt[];

  /** What `text` gave, or null. */
  constructor(text: string | null) {
    this.#doubts = doubtsIn(text);
  }

  /** When it last jumped ahead: until then somebody was there to see; null when there is no doubt. */
  get seenAt(): number | null {
    return this.#doubts.at(-1)?.at ?? null;
  }

  /** The clock has jumped ahead. */
  doubt(byMs: number, now: number): void {
    this.#doubts = [...this.#doubts.filter(({ at }) => now - at < 2 * dayMs), { byMs, at: now }];
  }

  /** The clock was set back: so far the last jumps ahead are undone. */
  undo(byMs: number, now: number): void {
    let left = byMs;
    for (const doubt of this.#doubts.toReversed()) {
      const undone = Math.min(left, doubt.byMs);
      left -= undone;
      doubt.byMs -= undone;
      // Its day has begun by a clock that was wrong.
      doubt.at = Math.min(doubt.at, now);
    }
    this.#doubts = this.#doubts.filter((doubt) => doubt.byMs > 0);
  }

  /** Before which time things are over: messageIds, what is pending, sessions. */
  expiringBy(now: number): number {
    return now - this.#doubted(now, dayMs);
  }

  /** Before which time what is over may leave. */
  leavingBy(now: number): number {
    return now - this.#doubted(now, 2 * dayMs);
  }

  text(): string {
    return JSON.stringify(this.#doubts);
  }

  #doubted(now: number, forMs: number): number {
    return this.#doubts.reduce((sum, { byMs, at }) => (now - at < forMs ? sum + byMs : sum), 0);
  }
}

function doubtsIn(text: string | null): Doubt[] {
  try {
    const written: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(written) ? written.filter((one) => isDoubt(one)) : [];
  } catch {
    return [];
  }
}

function isDoubt(value: unknown): value is Doubt {
  if (typeof value !== 'object' || value === null) return false;
  const { byMs, at } = value as Partial<Doubt>;
  return typeof byMs === 'number' && typeof at === 'number';
}
