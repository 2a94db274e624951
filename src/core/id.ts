/**
 * Ids. An event's id is 40 lower-case hex characters, as long as the `uniqueId` that receivers of Pendo webhooks know:
 * 12 of epoch milliseconds, 4 of a counter, 24 of chance. So ids sort by the time they were made, also within one
 * millisecond of one process; a range of time is a range of ids; and an index on them only ever grows at its end.
 */
import { randomBytes, randomInt } from 'node:crypto';

let lastMs = 0;
let counter = 0;

/** A new event id, for an event made at `now` (epoch milliseconds). Never sorts before one made earlier by this process. */
export function newEventId(now: number): string {
  if (now > lastMs) {
    lastMs = now;
    counter = 0;
  } else if (++counter > 0xffff) {
    // More than 65,536 in a millisecond, or a clock that was set back for long: borrow the next millisecond.
    lastMs += 1;
    counter = 0;
  }
  return hex(lastMs, 12) + hex(counter, 4) + randomHex24();
}

/** Ids made from now on sort after this one, also when the clock has been set back since it was made. */
export function continueEventIds(lastId: string): void {
  const ms = Number.parseInt(lastId.slice(0, 12), 16);
  if (!(ms >= lastMs)) return;
  lastMs = ms;
  counter = Number.parseInt(lastId.slice(12, 16), 16);
}

/** The first id that an event made at `at` can have: `id >= eventIdFloor(at)` is "made at or after". */
export function eventIdFloor(at: number): string {
  return hex(Math.max(0, at), 12).padEnd(40, '0');
}

export function newWebhookId(): string {
  return newId('wh_');
}

export function newReplayId(): string {
  return newId('rp_');
}

export function newFeatureId(): string {
  return newId('ft_');
}

export function newUserId(): string {
  return newId('us_');
}

/** Says which session is meant, and opens none. */
export function newSessionId(): string {
  return newId('se_');
}

function newId(prefix: string): string {
  let id = prefix;
  for (let index = 0; index < 12; index += 1) id += alphabet[randomInt(alphabet.length)];
  return id;
}

const alphabet = '0123456789abcdefghijklmnopqrstuvwxyz';

function hex(value: number, length: number): string {
  return value.toString(16).padStart(length, '0');
}

/** Asking the system for randomness costs a microsecond or two whatever the amount, so it is asked for 4 KB at a time. */
const poolBytes = 4096;
let pool = '';
let poolAt = 0;

function randomHex24(): string {
  if (poolAt >= pool.length) {
    pool = randomBytes(poolBytes - (poolBytes % 12)).toString('hex');
    poolAt = 0;
  }
  const piece = pool.slice(poolAt, poolAt + 24);
  poolAt += 24;
  return piece;
}
