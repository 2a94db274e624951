/**
 * An answer as the bytes of one write, the same as node:http would send: the caller's head, then the length, the date and
 * what becomes of the connection (RFC 9110 §6.6.1, RFC 9112 §9).
 */
import { STATUS_CODES } from 'node:http';
import { limits } from '../core/limits.ts';

export interface Answer {
  status: number;
  /** Names and values in turn; not those of the length, the date and the connection. */
  head: readonly string[];
  text: string;
  /** The connection is closed after it. */
  isLast: boolean;
}

export function answerText({ status, head, text, isLast }: Answer, now: number): string {
  const length = Buffer.byteLength(text);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${linesOf(head)}content-length: ${length}\r\nDate: ${dateOf(now)}\r\n${isLast ? lastLines : keptLines}\r\n${text}`;
}

const lastLines = 'Connection: close\r\n';
const keptLines = `Connection: keep-alive\r\nKeep-Alive: timeout=${limits.idleConnectionMs / 1000}\r\n`;

/** Nearly all answers have one of a few heads. */
const knownLines = new WeakMap<readonly string[], string>();

function linesOf(head: readonly string[]): string {
  const known = knownLines.get(head);
  if (known !== undefined) return known;
  let lines = '';
  for (let index = 0; index < head.length; index += 2) lines += `${head[index] ?? ''}: ${head[index + 1] ?? ''}\r\n`;
  knownLines.set(head, lines);
  return lines;
}

let dateSecond = Number.NaN;
let date = '';

function dateOf(now: number): string {
  const second = Math.floor(now / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    date = new Date(second * 1000).toUTCString();
  }
  return date;
}
