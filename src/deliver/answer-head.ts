/**
 * The head of an answer, line by line: its status, the headers that are kept, how its body is framed, and whether the
 * connection can carry another request. Pure, and strict where looseness has let one message pass for two: what RFC 9112
 * calls invalid is refused, not mended.
 */
import { limits } from '../core/limits.ts';

export interface AnswerHead {
  status: number;
  /** Names in lower case; several of one name joined by commas. No cookies, and a hundred at most. */
  headers: Record<string, string>;
  framing: Framing;
  /** How long the connection may wait for its next request; 0 when it cannot carry one. */
  keepAliveMs: number;
}

/** How the end of the body is known: by its length in bytes, by its last chunk, or by the end of the connection. */
export type Framing = number | 'chunked' | 'until close';

/** Reads one head. Its lines come without their line ends, as Latin-1, the empty one not at all. */
export class HeadReader {
  #status = 0;
  #isHttp10 = false;
  readonly #kept: Record<string, string> = {};
  #keptCount = 0;
  #contentLength = '';
  #transferEncoding = '';
  #connection = '';
  #keepAlive = '';

  /** Whether the line is one that may stand there. */
  take(line: string): boolean {
    return this.#status === 0 ? this.#takeStatusLine(line) : this.#takeField(line);
  }

  /** What the lines say together, or null when they contradict each other or themselves. */
  finish(): AnswerHead | null {
    const length = this.#contentLength === '' ? null : lengthIn(this.#contentLength);
    if (this.#status === 0 || this.#status === 101 || length === -1) return null;
    const framing = this.#framing(length);
    if (framing === null) return null;
    return { status: this.#status, headers: this.#kept, framing, keepAliveMs: this.#keepAliveMs(framing) };
  }

  /** `HTTP/1.1 200 OK`; the reason, and the space before it, may be missing. */
  #takeStatusLine(line: string): boolean {
    const minor = line.charCodeAt(7) - digit0;
    if (!line.startsWith('HTTP/1.') || (minor !== 0 && minor !== 1) || line.charCodeAt(8) !== space) return false;
    const digits = line.slice(9, 12);
    if (digits.length !== 3 || !areDigits(digits) || digits.charCodeAt(0) === digit0) return false;
    if (line.length > 12 && line.charCodeAt(12) !== space) return false;
    if (!isFieldText(line, 12, line.length)) return false;
    this.#isHttp10 = minor === 0;
    this.#status = Number(digits);
    return true;
  }

  /** `name: value`. A line that begins with a space would go on with the one before it, which is refused as well. */
  #takeField(line: string): boolean {
    const colon = line.indexOf(':');
    if (colon < 1 || !isToken(line, colon)) return false;
    let start = colon + 1;
    let end = line.length;
    while (start < end && isBlank(line.charCodeAt(start))) start += 1;
    while (end > start && isBlank(line.charCodeAt(end - 1))) end -= 1;
    if (!isFieldText(line, start, end)) return false;
    this.#keep(line.slice(0, colon).toLowerCase(), line.slice(start, end));
    return true;
  }

  #keep(name: string, value: string): void {
    // An empty value beside others says nothing; an empty length must not pass for none.
    if (name === 'content-length') this.#contentLength = joined(this.#contentLength, value === '' ? '?' : value);
    else if (name === 'transfer-encoding') this.#transferEncoding = joined(this.#transferEncoding, value || '?');
    else if (name === 'connection') this.#connection = joined(this.#connection, value);
    else if (name === 'keep-alive') this.#keepAlive = joined(this.#keepAlive, value);
    // Cookies are credentials, and nobody would send them back.
    else if (name === 'set-cookie') return;
    // Assigning this one would not make a property.
    else if (name === '__proto__') return;
    const before = Object.hasOwn(this.#kept, name) ? this.#kept[name] : undefined;
    if (before !== undefined) this.#kept[name] = `${before}, ${value}`;
    else if (this.#keptCount < limits.responseHeadersKept) {
      this.#kept[name] = value;
      this.#keptCount += 1;
    }
  }

  /** RFC 9112 §6.3, in its order. */
  #framing(length: number | null): Framing | null {
    if (this.#status < 200 || this.#status === 204 || this.#status === 304) return 0;
    if (this.#transferEncoding === '') return length ?? 'until close';
    const codings = listIn(this.#transferEncoding);
    const chunkedAt = codings.indexOf('chunked');
    if (chunkedAt < 0) return 'until close';
    return chunkedAt === codings.length - 1 ? 'chunked' : null;
  }

  #keepAliveMs(framing: Framing): number {
    if (framing === 'until close') return 0;
    // Both framings at once, or chunks in HTTP/1.0: where this answer ends, another reader might see two.
    if (this.#transferEncoding !== '' && (this.#contentLength !== '' || this.#isHttp10)) return 0;
    const options = listIn(this.#connection);
    if (options.includes('close') || (this.#isHttp10 && !options.includes('keep-alive'))) return 0;
    if (this.#keepAlive === '') return limits.keepAliveMs;
    for (const parameter of listIn(this.#keepAlive)) {
      if (!parameter.startsWith('timeout=') || !areDigits(parameter.slice(8))) continue;
      const toldMs = Number(parameter.slice(8)) * 1000 - limits.keepAliveMarginMs;
      return Math.max(0, Math.min(toldMs, limits.keepAliveMs));
    }
    return limits.keepAliveMs;
  }
}

/** Whether a line could stand among headers or trailers. */
export function isField(line: string): boolean {
  const colon = line.indexOf(':');
  return colon > 0 && isToken(line, colon) && isFieldText(line, colon + 1, line.length);
}

/** The bytes that names are made of. */
const tokenBytes = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
  tokenBytes[char.charCodeAt(0)] = 1;
}
const tab = 0x09;
const space = 0x20;
const digit0 = 0x30;
const deleteByte = 0x7f;

function isToken(line: string, end: number): boolean {
  for (let at = 0; at < end; at += 1) if (tokenBytes[line.charCodeAt(at)] !== 1) return false;
  return true;
}

/** No control characters: not NUL, and no lone CR, which others take for the end of a line. */
function isFieldText(line: string, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const byte = line.charCodeAt(at);
    if ((byte < space && byte !== tab) || byte === deleteByte) return false;
  }
  return true;
}

function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}

function areDigits(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - digit0;
    if (digit < 0 || digit > 9) return false;
  }
  return text !== '';
}

/** A length that is given more than once must be the same each time. -1: it is none. */
function lengthIn(text: string): number {
  if (areDigits(text) && text.length <= lengthDigitsMax) return Number(text);
  const [first = '', ...others] = text.split(',').map((part) => part.trim());
  if (!areDigits(first) || first.length > lengthDigitsMax || others.some((other) => other !== first)) return -1;
  return Number(first);
}

/** Numbers of so many digits are exact. */
const lengthDigitsMax = 15;

function joined(before: string, value: string): string {
  return before === '' ? value : `${before},${value}`;
}

function listIn(text: string): string[] {
  if (text === '') return [];
  const lower = text.toLowerCase();
  return lower.includes(',') ? lower.split(',').map((part) => part.trim()) : [lower];
}
