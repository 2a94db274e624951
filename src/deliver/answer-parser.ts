/**
 * Reads one HTTP/1 answer from bytes as they come, cut anywhere. Pure: no socket, no time. What it holds is bounded: one
 * head up to its limit, and of the body what will be kept.
 *
 *   head → body → complete
 *    │      └───→ broken   its status counts, its body does not come to an end that can be believed
 *    └──────────→ bad      no answer; `code` says why
 *
 * Receivers answer many requests with one and the same head, so the last one is remembered: a comparison of two texts is
 * all that such an answer costs.
 */
import { limits } from '../core/limits.ts';
import { type AnswerHead, HeadReader } from './answer-head.ts';
import { type BodySink, ChunkReader } from './chunk-reader.ts';

export class AnswerParser implements BodySink {
  state: 'head' | 'body' | 'complete' | 'broken' | 'bad' = 'head';
  /** Why it is bad: `bad_response`, `headers_too_large`, or `connection_closed` when it ended too early. */
  code = '';
  /** Of the answer itself, as soon as it is complete; never an informational one. */
  head: AnswerHead | null = null;
  /** Anything at all has come. */
  begun = false;
  /** Of the body. */
  bytesRead = 0;
  /** More came than this answer. */
  hasMore = false;

  /** What has come of a line that is not whole yet, and how many bytes of the head came before it. */
  #line = '';
  #headBytes = 0;
  #reader: HeadReader | null = null;
  #informationalCount = 0;
  #bytesLeft = 0;
  #chunks: ChunkReader | null = null;
  #kept: Buffer | null = null;
  #lastText = '';
  #lastHead: AnswerHead | null = null;

  /** Makes ready for the next answer on the same connection. */
  reset(): void {
    this.state = 'head';
    this.head = null;
    this.begun = false;
    this.bytesRead = 0;
    this.hasMore = false;
    this.#headBytes = 0;
    this.#informationalCount = 0;
    this.#chunks = null;
    this.#kept = null;
  }

  /** Takes the first `count` bytes of `bytes`, which stay the caller's. */
  feed(bytes: Buffer, count: number): void {
    if (count === 0) return;
    this.begun = true;
    let at = 0;
    if (this.state === 'head') at = this.#readHead(bytes, 0, count);
    if (this.state === 'body') at = this.#readBody(bytes, at, count);
    if (at < count && this.state === 'complete') this.hasMore = true;
  }

  /** The receiver has closed: for some answers that is how they end. */
  end(): void {
    if (this.state === 'head') this.#fail('connection_closed');
    else if (this.state === 'body') this.state = this.head?.framing === 'until close' ? 'complete' : 'broken';
  }

  /** How long the connection may wait for its next request; 0 when it cannot carry one. */
  get keepAliveMs(): number {
    return this.state === 'complete' && !this.hasMore ? (this.head?.keepAliveMs ?? 0) : 0;
  }

  /** The body is longer than what is kept of it, or did not come to its end. */
  get truncated(): boolean {
    return this.head !== null && (this.state !== 'complete' || this.bytesRead > limits.responseBytesKept);
  }

  /** The start of the body. NUL is not text for every database, so it is replaced like bytes that are not UTF-8. */
  bodyText(): string {
    if (this.#kept === null) return '';
    const text = this.#kept.toString('utf8', 0, Math.min(this.bytesRead, limits.responseBytesKept));
    return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
  }

  keep(bytes: Buffer, start: number, end: number): void {
    const count = end - start;
    const room = Math.min(count, limits.responseBytesKept - this.bytesRead);
    if (room > 0) bytes.copy(this.#roomFor(this.bytesRead + room), this.bytesRead, start, start + room);
    this.bytesRead += count;
  }

  /** Grows as the body does, so that a short one costs little and many small pieces are no more than one large one. */
  #roomFor(byteCount: number): Buffer {
    const before = this.#kept;
    if (before !== null && before.length >= byteCount) return before;
    const size =
      before === null ? byteCount : Math.min(limits.responseBytesKept, Math.max(byteCount, 2 * before.length));
    const grown = Buffer.allocUnsafe(size);
    before?.copy(grown, 0, 0, this.bytesRead);
    this.#kept = grown;
    return grown;
  }

  #readHead(bytes: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#headBytes === 0 && this.#line === '') {
      const known = this.#lastText.length;
      if (known > 0 && known <= end - at && bytes.toString('latin1', at, at + known) === this.#lastText) {
        this.#begin(this.#lastHead);
        return at + known;
      }
    }
    const text = bytes.toString('latin1', at, end);
    while (this.state === 'head' && at < end) {
      const lineEnd = text.indexOf('\n', at - start) + 1;
      const next = lineEnd === 0 ? end : start + lineEnd;
      this.#line += text.slice(at - start, next - start);
      at = next;
      this.#judgeLine(lineEnd > 0);
      // Only a head that lies here from its first byte to its last can be known again.
      if (this.head !== null && this.#headBytes === at - start) this.#remember(text.slice(0, at - start));
    }
    return at;
  }

  #judgeLine(isWhole: boolean): void {
    const line = this.#line;
    // Whoever speaks something else says so at once, and may wait for us to answer.
    if (this.#headBytes === 0 && !line.startsWith('HTTP/1.'.slice(0, line.length))) return this.#fail('bad_response');
    if (this.#headBytes + line.length > limits.responseHeaderBytesMax) return this.#fail('headers_too_large');
    if (!isWhole) return;
    this.#line = '';
    this.#headBytes += line.length;
    if (line === '\r\n') return this.#finishHead();
    this.#reader ??= new HeadReader();
    if (!line.endsWith('\r\n') || !this.#reader.take(line.slice(0, -2))) this.#fail('bad_response');
  }

  #finishHead(): void {
    const head = this.#reader?.finish() ?? null;
    this.#reader = null;
    if (head === null) return this.#fail('bad_response');
    if (head.status >= 200) return this.#begin(head);
    this.#headBytes = 0;
    this.#informationalCount += 1;
    if (this.#informationalCount > limits.informationalResponsesMax) this.#fail('bad_response');
  }

  #begin(head: AnswerHead | null): void {
    if (head === null) return;
    this.head = head;
    const { framing } = head;
    if (framing === 'chunked') this.#chunks = new ChunkReader();
    this.#bytesLeft = typeof framing === 'number' ? framing : Number.POSITIVE_INFINITY;
    this.state = this.#bytesLeft === 0 ? 'complete' : 'body';
  }

  #readBody(bytes: Buffer, start: number, end: number): number {
    let at = start;
    if (this.#chunks !== null) {
      at = this.#chunks.read(bytes, start, end, this);
      if (this.#chunks.state !== 'reading') this.state = this.#chunks.state;
    } else if (start < end) {
      at = Math.min(end, start + this.#bytesLeft);
      this.keep(bytes, start, at);
      this.#bytesLeft -= at - start;
      if (this.#bytesLeft === 0) this.state = 'complete';
    }
    if (this.bytesRead > limits.responseBytesReadMax) this.state = 'broken';
    return at;
  }

  #remember(text: string): void {
    if (text.length > headBytesRemembered) return;
    this.#lastText = text;
    this.#lastHead = this.head;
  }

  #fail(code: string): void {
    this.state = 'bad';
    this.code = code;
    this.#line = '';
    this.#reader = null;
  }
}

/** Enough for what receivers send, and little enough for a thousand connections. */
const headBytesRemembered = 4096;
