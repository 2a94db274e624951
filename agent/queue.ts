/**
 * What waits to be sent, as JSON texts on the shelf, one for each item, so that tabs share them and none is lost with its
 * page. Bounded in bytes: when it is full the oldest leave.
 *
 * A request that was sent while its page went away may or may not have come through. Its items are marked and kept, and sent
 * again by the next page; the server knows them by their messageId for a day. After that it would take them for new ones, so
 * those that are marked leave before.
 */
import { nextId, now } from './browser.ts';
import { say } from './safely.ts';
import type { Shelf } from './shelf.ts';

export interface Batch {
  keys: string[];
  /** JSON of the items, with commas between them. */
  text: string;
}

export interface Queue {
  add(json: string): void;
  /** The oldest items that wait, and no more than so many. */
  take(charsMax: number, countMax: number): Batch;
  /** They were sent, and nobody may be left to hear what came of it. */
  mark(keys: readonly string[]): void;
  remove(keys: readonly string[]): void;
  clear(): void;
}

const hourMs = 3_600_000;
const markedMaxMs = 23 * hourMs;
/** How long a marked item is left to the page that has sent it. */
const underWayMs = 10_000;

export function createQueue(shelf: Shelf, charsMax: number): Queue {
  /** About how much there is, other tabs' items included: counted when it is read, and kept up as this tab adds. */
  let chars = 0;

  function read(): [key: string, value: string][] {
    const entries = shelf.keys('q').map((key): [string, string] => [key, shelf.get(key) ?? '']);
    chars = entries.reduce((sum, [, value]) => sum + value.length, 0);
    return entries;
  }

  function shrink(): void {
    let dropped = 0;
    for (const [key, value] of read()) {
      if (chars <= charsMax * 0.9) break;
      shelf.remove(key);
      chars -= value.length;
      dropped += 1;
    }
    if (dropped > 0) say(`Too much waits to be sent: the oldest ${dropped} events were dropped.`);
  }

  return {
    add(json) {
      // By time first, so that the keys sort in the order in which things happened, whichever tab they happened in.
      shelf.set(`q${now().toString(36)}${nextId()}`, json);
      chars += json.length;
      if (chars > charsMax) shrink();
    },
    take(charsMax, countMax) {
      const keys: string[] = [];
      const texts: string[] = [];
      let left = charsMax;
      for (const [key, value] of read()) {
        const start = value.indexOf('{');
        // Whichever way the clock was set meanwhile.
        const markedFor = start > 0 ? Math.abs(now() - Number(value.slice(0, start))) : 0;
        if (start < 0 || markedFor > markedMaxMs) shelf.remove(key);
        else if (start === 0 || markedFor > underWayMs) {
          left -= value.length;
          if (keys.length === countMax || (left < 0 && keys.length > 0)) break;
          keys.push(key);
          texts.push(value.slice(start));
        }
      }
      return { keys, text: texts.join(',') };
    },
    mark(keys) {
      for (const key of keys) {
        const value = shelf.get(key);
        if (value !== null) shelf.set(key, now() + value.slice(value.indexOf('{')));
      }
    },
    remove(keys) {
      for (const key of keys) shelf.remove(key);
    },
    clear() {
      for (const key of shelf.keys('q')) shelf.remove(key);
    },
  };
}
