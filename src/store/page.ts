/**
 * Pages by cursor. A cursor is the key of the last row of a page, so the next page starts where that one ended however
 * much was added meanwhile, and costs the same wherever it is: no row is counted or skipped.
 */
import { BellwireError } from '../core/errors.ts';
import type { Page, PageRequest } from '../core/page.ts';

type Key = readonly (string | number)[];

/**
 * `rows` holds one row more than the page when there is a next one. `scannedTo` is where looking was stopped before the page
 * was full: the next one goes on from there, and this one may be short, or even empty.
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  page: PageRequest,
  item: (row: Row) => Item,
  key: (row: Row) => Key,
  scannedTo: Key | null = null,
): Page<Item> {
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const more = rows.length > page.limit && last !== undefined;
  const next = more ? key(last) : scannedTo;
  return { items: shown.map((row) => item(row)), nextCursor: next === null ? null : encode(next) };
}

/** The text that a cursor stands for, or null for the first page. */
export function cursorText(page: PageRequest): string | null {
  return page.cursor === null ? null : readText(decode(page.cursor, 1)[0]);
}

export function cursorNumber(page: PageRequest): number | null {
  if (page.cursor === null) return null;
  const [value] = decode(page.cursor, 1);
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse();
}

export function cursorPair(page: PageRequest): [string, string] | null {
  if (page.cursor === null) return null;
  const [first, second] = decode(page.cursor, 2);
  return [readText(first), readText(second)];
}

/** Comes after every text that starts so: the highest code point there is, in the byte order both databases compare by. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10FFFF}`;
}

function encode(key: Key): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

function decode(cursor: string, length: number): unknown[] {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(key) && key.length === length ? key : refuse();
  } catch {
    return refuse();
  }
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : refuse();
}

function refuse(): never {
  throw new BellwireError(
    'invalid_field',
    'This cursor is none of ours. Use the nextCursor of an earlier page, unchanged.',
    {
      field: 'cursor',
    },
  );
}
