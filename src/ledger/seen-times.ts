/**
 * When visitors and accounts were last seen, gathered in memory and written now and then: otherwise each event would
 * rewrite two rows that the busiest visitors and accounts share. A crash loses the last few seconds of it, and nothing else.
 */
import type { Effects, Journal } from '../store/journal.ts';

/** How long gathered times wait before they are written. */
export const seenFlushMs = 5000;

export class SeenTimes {
  #visitors = new Map<string, number>();
  #accounts = new Map<string, number>();

  gather(seen: Effects['seen']): void {
    keepLatest(this.#visitors, seen.visitors);
    keepLatest(this.#accounts, seen.accounts);
  }

  get isEmpty(): boolean {
    return this.#visitors.size === 0 && this.#accounts.size === 0;
  }

  /** Writes what has been gathered, in a transaction, sorted by key so that two nodes never wait for each other's rows in a ring. */
  async flush(journal: Journal): Promise<void> {
    const [visitors, accounts] = [sorted(this.#visitors), sorted(this.#accounts)];
    this.#visitors = new Map();
    this.#accounts = new Map();
    if (visitors.size > 0 || accounts.size > 0)
      await journal.transaction(async () => journal.touch(visitors, accounts));
  }
}

function keepLatest(into: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [id, at] of from) if (at > (into.get(id) ?? 0)) into.set(id, at);
}

function sorted(times: Map<string, number>): Map<string, number> {
  return new Map([...times].sort(([a], [b]) => (a < b ? -1 : 1)));
}
