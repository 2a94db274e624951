/**
 * One request and its answer, as undici's dispatch tells of them. The status counts from the moment its headers are
 * complete; what follows is read only to keep its first bytes and, if it is short, the connection.
 *
 * States: waiting → answered (headers are complete) → over. It is over once, whoever says so first: the end of the
 * answer, an error, a cap, or the deadline; what undici tells afterwards is not heard.
 */
import type { Clock } from '../core/clock.ts';
import type { Outcome, Timings } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import { DialError, type DialTimings } from './connect.ts';
import { failureCode } from './failure-code.ts';

/** What came of sending a request. */
export interface Sent {
  outcome: Outcome;
  responseBody: string;
  responseTruncated: boolean;
  timings: Timings;
}

/** Who waits for the end of an exchange; called once. */
export interface ExchangeOwner {
  /** How long opening the connection took, if this request had to wait for that. */
  takeDialTimings(): DialTimings | null;
  /** `connectionIsFree`: the answer was read to its end, so the connection can carry another request. */
  onEnd(exchange: Exchange, sent: Sent, connectionIsFree: boolean): void;
  /** undici would not write such a request at all. */
  onUnwritable(exchange: Exchange, error: Error): void;
}

export class Exchange {
  readonly startedAt: number;
  /** By when it must be over; once it is answered, by when the rest of the answer must have come. */
  deadlineAt: number;
  readonly #clock: Clock;
  readonly #owner: ExchangeOwner;
  #dialTimings: DialTimings | null = null;
  #over = false;
  #status = 0;
  #headers: Record<string, string> = {};
  #firstByteAt = 0;
  #informationalCount = 0;
  #bytesRead = 0;
  #kept: Buffer[] = [];

  constructor(timeoutMs: number, clock: Clock, owner: ExchangeOwner) {
    this.startedAt = clock.now();
    this.deadlineAt = this.startedAt + timeoutMs;
    this.#clock = clock;
    this.#owner = owner;
  }

  /** The time is up. */
  expire(): void {
    this.#conclude(timedOut, false);
  }

  /** It is given up, for a reason that is not the receiver's. */
  abandon(code: string): void {
    this.#conclude({ kind: 'unreachable', code }, false);
  }

  onRequestStart(): void {
    this.#dialTimings = this.#owner.takeDialTimings();
  }

  onResponseStart(_controller: unknown, status: number, headers: RawHeaders): void {
    if (status < 200) {
      // Each 1xx starts the wait for headers anew, so a receiver could go on with them for ever.
      this.#informationalCount += 1;
      if (this.#informationalCount > limits.informationalResponsesMax) this.abandon('bad_response');
      return;
    }
    this.#firstByteAt = this.#clock.now();
    this.#status = status;
    this.#headers = keptHeaders(headers);
    this.deadlineAt = Math.min(this.deadlineAt, this.#firstByteAt + limits.responseDrainMs);
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    if (this.#over) return;
    const room = limits.responseBytesKept - this.#bytesRead;
    if (room > 0) this.#kept.push(chunk.length > room ? chunk.subarray(0, room) : chunk);
    this.#bytesRead += chunk.length;
    if (this.#bytesRead > limits.responseBytesReadMax) this.#conclude(timedOut, false);
  }

  onResponseEnd(): void {
    this.#conclude(timedOut, true);
  }

  onResponseError(_controller: unknown, error: Error): void {
    if (error instanceof DialError) this.#conclude(error.outcome, false);
    else if (isUnwritable(error)) this.#refuse(error);
    else this.#conclude({ kind: 'unreachable', code: failureCode(error) }, false);
  }

  /** `silence` is the outcome if no answer had come; an answer that breaks off later is an answer all the same. */
  #conclude(silence: Outcome, complete: boolean): void {
    if (this.#over) return;
    this.#over = true;
    const answered = this.#status !== 0;
    const dial = this.#dialTimings ?? noDial;
    const sent: Sent = {
      outcome: answered ? responseOf(this.#status, this.#headers) : silence,
      responseBody: this.#kept.length === 0 ? '' : textOf(this.#kept),
      responseTruncated: answered && (!complete || this.#bytesRead > limits.responseBytesKept),
      timings: {
        dnsMs: dial.dnsMs,
        connectMs: dial.connectMs,
        tlsMs: dial.tlsMs,
        firstByteMs: answered ? this.#firstByteAt - this.startedAt : null,
        totalMs: this.#clock.now() - this.startedAt,
      },
    };
    this.#owner.onEnd(this, sent, complete);
  }

  #refuse(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    this.#owner.onUnwritable(this, error);
  }
}

type RawHeaders = Record<string, string | string[] | undefined>;

const timedOut: Outcome = { kind: 'timeout' };
const noDial: DialTimings = { dnsMs: null, connectMs: null, tlsMs: null };

function responseOf(status: number, headers: Record<string, string>): Outcome {
  return { kind: 'response', status, headers, retryAfter: headers['retry-after'] ?? null };
}

/** Cookies are left out: they are credentials, and nobody would send them back. */
function keptHeaders(headers: RawHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  let count = 0;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || name === 'set-cookie') continue;
    kept[name] = typeof value === 'string' ? value : value.join(', ');
    count += 1;
    if (count === limits.responseHeadersKept) break;
  }
  return kept;
}

/** NUL is not text for every database, so it is replaced like bytes that are not UTF-8. */
function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  const text = (chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks)).toString('utf8');
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text;
}

/** A header or path that HTTP does not allow: what was saved must be mended, and trying again would not help. */
function isUnwritable(error: Error): boolean {
  return 'code' in error && (error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED');
}
