/**
 * One request and what comes of it. It is over once, whoever says so first: the end of the answer, the end of the
 * connection, a cap, or the deadline. The status counts from the moment the answer's headers are complete; what follows is
 * read only to keep its first bytes and, if it is short, the connection.
 */
import type { Clock } from '../core/clock.ts';
import type { Outcome, Timings } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import type { AnswerParser } from './answer-parser.ts';
import type { DialTimings } from './connect.ts';

export interface SendRequest {
  /** Scheme, host and port. */
  origin: string;
  /** The whole request, head and body; a string is Latin-1. */
  message: string | Buffer;
  /** For everything: DNS, connecting, TLS, and the answer's headers. */
  timeoutMs: number;
}

/** What came of sending a request. */
export interface Sent {
  outcome: Outcome;
  responseBody: string;
  responseTruncated: boolean;
  timings: Timings;
}

export class Exchange {
  readonly request: SendRequest;
  /** By the monotonic clock: by when it must be over; once it is answered, by when the rest of the answer must have come. */
  deadlineMs: number;
  /** How long opening the connection took, if this request had to wait for that. */
  dialTimings: DialTimings = noDial;
  readonly #startedMs: number;
  readonly #tell: (sent: Sent) => void;
  #answeredMs = 0;

  constructor(request: SendRequest, nowMs: number, tell: (sent: Sent) => void) {
    this.request = request;
    this.deadlineMs = nowMs + request.timeoutMs;
    this.#startedMs = nowMs;
    this.#tell = tell;
  }

  /** The headers of the answer are complete. */
  answered(nowMs: number): void {
    this.#answeredMs = nowMs;
    this.deadlineMs = Math.min(this.deadlineMs, nowMs + limits.responseDrainMs);
  }

  /** Ends it with what the parser has; `silence` is the outcome if no answer had come. */
  conclude(parser: AnswerParser, silence: Outcome, clock: Clock): void {
    const { head } = parser;
    const { dnsMs, connectMs, tlsMs } = this.dialTimings;
    this.#tell({
      outcome:
        head === null
          ? silence
          : {
              kind: 'response',
              status: head.status,
              headers: head.headers,
              retryAfter: head.headers['retry-after'] ?? null,
            },
      responseBody: parser.bodyText(),
      responseTruncated: parser.truncated,
      timings: {
        dnsMs,
        connectMs,
        tlsMs,
        firstByteMs: head === null ? null : Math.round(this.#answeredMs - this.#startedMs),
        totalMs: Math.round(clock.monotonicMs() - this.#startedMs),
      },
    });
  }
}

const noDial: DialTimings = { dnsMs: null, connectMs: null, tlsMs: null };
