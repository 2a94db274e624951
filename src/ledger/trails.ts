/**
 * Whose event it was, written later. Visitors and accounts are looked up by id in no order of time, so an index entry for
 * each event would land in a random place, and dirty a page of 4 KB there: measured, 20 of 40 µs of the whole commit. So
 * who did what is gathered over thousands of events, and a window of them is written at the end of its table, one row for
 * each visitor or account with the ids of their events.
 *
 *   gathered  ──(enough of them, or a quiet second)──▶  window, by subject  ──(a chunk at a time)──▶  trails
 *
 * Up to the last finished window the trails are complete; what came after it is found in `events` itself, which is short by
 * then. A window that a crash has cut short is taken away and written again.
 */
import type { Event } from '../core/event.ts';
import { accountSubject, visitorSubject } from '../core/trail-subject.ts';
import type { Journal, Trail } from '../store/journal.ts';

/** Events in a window. More make each entry cheaper, and the part of `events` that must be searched longer. */
const windowEvents = 10_000;
/** Event ids in a chunk: about a millisecond, which is what it can delay an event by. */
const chunkIds = 1000;
/** How long a few events wait for more. */
export const trailQuietMs = 1000;

type TrailedEvent = Pick<Event, 'id' | 'visitorId' | 'accountId'>;

export class Trails {
  #gathered = new Map<string, string[]>();
  #gatheredCount = 0;
  #firstId = '';
  #lastId = '';
  #window: { firstEventId: string; lastEventId: string; trails: Trail[]; at: number } | null = null;

  /** Takes up the events that an earlier process committed and did not get to. */
  async catchUp(journal: Journal): Promise<void> {
    await journal.transaction(async () => journal.dropUnfinishedTrails());
    for (;;) {
      const events = await journal.untrailed(this.#lastId, windowEvents);
      this.gather(events);
      if (events.length < windowEvents) return;
    }
  }

  /** In the order of their ids. */
  gather(events: readonly TrailedEvent[]): void {
    for (const { id, visitorId, accountId } of events) {
      this.#add(visitorSubject(visitorId), id);
      if (accountId !== '') this.#add(accountSubject(accountId), id);
      if (this.#gatheredCount === 0) this.#firstId = id;
      this.#gatheredCount += 1;
      this.#lastId = id;
    }
  }

  get isEmpty(): boolean {
    return this.#gatheredCount === 0 && this.#window === null;
  }

  /** Whether it is time to write: always when a window is begun, and when enough has been gathered to begin one. */
  get isDue(): boolean {
    return this.#window !== null || this.#gatheredCount >= windowEvents;
  }

  /** Writes the next chunk, in a transaction of its own. Falls behind no further than it is: the more waits, the more it writes. */
  async step(journal: Journal): Promise<void> {
    const window = (this.#window ??= this.#begin());
    const size = Math.max(chunkIds, Math.ceil(this.#gatheredCount / 10));
    const end = chunkEnd(window.trails, window.at, size);
    const finished = end === window.trails.length;
    await journal.transaction(async () => {
      await journal.addTrails(window.lastEventId, window.trails.slice(window.at, end));
      if (finished) await journal.finishTrails(window);
    });
    window.at = end;
    if (finished) this.#window = null;
  }

  #add(subject: string, eventId: string): void {
    const ids = this.#gathered.get(subject);
    if (ids === undefined) this.#gathered.set(subject, [eventId]);
    else ids.push(eventId);
  }

  #begin() {
    const trails = [...this.#gathered].map(([subject, eventIds]) => ({ subject, eventIds }));
    trails.sort((a, b) => (a.subject < b.subject ? -1 : 1));
    const window = { firstEventId: this.#firstId, lastEventId: this.#lastId, trails, at: 0 };
    this.#gathered = new Map();
    this.#gatheredCount = 0;
    return window;
  }
}

function chunkEnd(trails: readonly Trail[], start: number, size: number): number {
  let ids = 0;
  let end = start;
  for (; end < trails.length && ids < size; end += 1) ids += trails[end]?.eventIds.length ?? 0;
  return end;
}
