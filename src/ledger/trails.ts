/**
 * Whose event it was, written later. Visitors and accounts are looked up by id in no order of time, so an index entry for
 * each event would land in a random place, and dirty a page of 4 KB there: measured, 20 of 40 µs of the whole commit. So
 * entries are gathered over thousands of events, sorted, and written in that order, where many fall on the same page.
 *
 *   gathered  ──(enough of them, or a quiet second)──▶  window, sorted  ──(a chunk at a time)──▶  trails
 *
 * `trailed_to` is the last event of the last window that was finished. Up to there the trails are complete; what came
 * after it is found in `events` itself, which is short by then. After a crash a window is simply written again.
 */
import type { Event } from '../core/event.ts';
import { accountSubject, visitorSubject } from '../core/trail-subject.ts';
import type { Journal, TrailEntry } from '../store/journal.ts';

/** Events in a window. More make each entry cheaper, and the part of `events` that must be searched longer. */
const windowEvents = 10_000;
/** Entries in a chunk: about a millisecond, which is what it can delay an event by. */
const chunkEntries = 250;
/** How long a few events wait for more. */
export const trailQuietMs = 1000;

export class Trails {
  #gathered: TrailEntry[] = [];
  #lastGathered = '';
  #window: TrailEntry[] = [];
  #windowAt = 0;
  #windowEnd = '';

  /** Takes up the events that an earlier process committed and did not get to. */
  async catchUp(journal: Journal): Promise<void> {
    for (;;) {
      const events = await journal.untrailed(this.#lastGathered, windowEvents);
      this.gather(events);
      if (events.length < windowEvents) return;
    }
  }

  gather(events: readonly Pick<Event, 'id' | 'visitorId' | 'accountId'>[]): void {
    for (const { id, visitorId, accountId } of events) {
      this.#gathered.push({ subject: visitorSubject(visitorId), eventId: id });
      if (accountId !== '') this.#gathered.push({ subject: accountSubject(accountId), eventId: id });
      this.#lastGathered = id;
    }
  }

  get isEmpty(): boolean {
    return this.#gathered.length === 0 && this.#window.length === 0;
  }

  /** Whether it is time to write: always when a window is begun, and when enough has been gathered to begin one. */
  get isDue(): boolean {
    return this.#window.length > 0 || this.#gathered.length >= windowEvents;
  }

  /** Writes the next chunk, in the caller's transaction. Falls behind no further than it is: the more waits, the more it writes. */
  async step(journal: Journal): Promise<void> {
    if (this.#window.length === 0) this.#begin();
    const size = Math.max(chunkEntries, Math.ceil(this.#gathered.length / 20));
    const chunk = this.#window.slice(this.#windowAt, this.#windowAt + size);
    this.#windowAt += chunk.length;
    const finished = this.#windowAt === this.#window.length;
    await journal.addTrails(chunk, finished ? this.#windowEnd : null);
    if (!finished) return;
    this.#window = [];
    this.#windowAt = 0;
  }

  #begin(): void {
    this.#window = this.#gathered.sort((a, b) => compare(a.subject, b.subject) || compare(a.eventId, b.eventId));
    this.#windowEnd = this.#lastGathered;
    this.#gathered = [];
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
