/**
 * A connection to a receiver: one request at a time, each in one write, and the answer fed to a parser as it comes.
 *
 *   dialling → busy ⇄ idle → gone
 *
 * Idle, it is gone as soon as the receiver closes it or says anything unasked. A receiver may close just as we send: then a
 * connection that had been idle ends before a byte of an answer, and the request goes out once more on a fresh one, within
 * its own deadline and as the same attempt. Webhooks are sent at least once and carry an id, so a receiver that had read the
 * first can tell. On a fresh connection the same end is the receiver's doing, and the outcome.
 */
import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Outcome } from '../core/delivery.ts';
import { AnswerParser } from './answer-parser.ts';
import type { Dialer, DialTimings } from './connect.ts';
import type { Exchange } from './exchange.ts';
import { failureCode } from './failure-code.ts';

export interface ConnectionOwner {
  /** It can carry another request. Called before its exchange is over, so that this may already be it. */
  onFree(connection: Connection): void;
  onGone(connection: Connection): void;
  /** The request of a connection that was gone before it was sent. */
  onUnsent(exchange: Exchange): void;
}

export class Connection {
  readonly origin: string;
  /** By the monotonic clock, when it is over with whatever it does: the deadline of its exchange, or the end of its idle time. */
  dueMs: number;
  readonly #owner: ConnectionOwner;
  readonly #clock: Clock;
  readonly #parser = new AnswerParser();
  #giveUpDialling: () => void = ignore;
  #exchange: Exchange | null;
  #socket: Socket | null = null;
  #wasIdle = false;
  #gone = false;

  /** For its first request, which is sent as soon as it is open. */
  constructor(exchange: Exchange, owner: ConnectionOwner, clock: Clock) {
    this.origin = exchange.request.origin;
    this.dueMs = exchange.deadlineMs;
    this.#exchange = exchange;
    this.#owner = owner;
    this.#clock = clock;
  }

  open(dialer: Pick<Dialer, 'dial'>): void {
    this.#giveUpDialling = dialer.dial(this.origin, {
      onOpen: (socket, timings) => this.#opened(socket, timings),
      onFailure: (error) => this.#end(error.outcome),
      onBytes: (bytes, count) => this.#take(bytes, count),
    });
  }

  /** Sends the next request on an idle connection. */
  send(exchange: Exchange): void {
    this.#exchange = exchange;
    this.dueMs = exchange.deadlineMs;
    this.#wasIdle = true;
    this.#parser.reset();
    this.#write(exchange);
  }

  /** The time is up. */
  expire(): void {
    this.#end(timedOut);
  }

  /** It is given up, for a reason that is not the receiver's. */
  abandon(code: string): void {
    this.#end({ kind: 'unreachable', code });
  }

  #opened(socket: Socket, timings: DialTimings): void {
    this.#socket = socket;
    socket.on('error', (error) => this.#broke(failureCode(error)));
    socket.on('end', () => {
      this.#parser.end();
      this.#broke('connection_closed');
    });
    socket.on('close', () => this.#broke('connection_closed'));
    const exchange = this.#exchange;
    if (exchange === null) return;
    exchange.dialTimings = timings;
    this.#write(exchange);
  }

  #write({ request }: Exchange): void {
    this.#socket?.write(request.message, 'latin1');
  }

  #take(bytes: Buffer, count: number): void {
    const exchange = this.#exchange;
    // Unasked: between two requests, or before the first. An answer that was there first is not one to our request.
    if (exchange === null || this.#socket === null) return this.#end(badResponse);
    const parser = this.#parser;
    const wasAnswered = parser.head !== null;
    parser.feed(bytes, count);
    if (!wasAnswered && parser.head !== null) {
      exchange.answered(this.#clock.monotonicMs());
      this.dueMs = exchange.deadlineMs;
    }
    if (parser.state === 'complete') this.#complete(exchange, this.#socket);
    else if (parser.state === 'broken' || parser.state === 'bad') this.#end({ kind: 'unreachable', code: parser.code });
  }

  #complete(exchange: Exchange, socket: Socket): void {
    // What is still to be written belongs to a request that was answered before it was read.
    const keepAliveMs = socket.writableLength === 0 ? this.#parser.keepAliveMs : 0;
    if (keepAliveMs === 0) return this.#end(badResponse);
    this.#exchange = null;
    this.dueMs = this.#clock.monotonicMs() + keepAliveMs;
    this.#owner.onFree(this);
    exchange.conclude(this.#parser, badResponse, this.#clock);
  }

  #broke(code: string): void {
    const exchange = this.#exchange;
    if (exchange === null || !this.#wasIdle || this.#parser.begun) return this.#end({ kind: 'unreachable', code });
    this.#exchange = null;
    this.#end(badResponse);
    this.#owner.onUnsent(exchange);
  }

  /** The connection is gone, and with it the exchange, if there is one; `silence` is its outcome if it was not answered. */
  #end(silence: Outcome): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#giveUpDialling();
    this.#socket?.destroy();
    this.#owner.onGone(this);
    const exchange = this.#exchange;
    this.#exchange = null;
    exchange?.conclude(this.#parser, silence, this.#clock);
  }
}

const timedOut: Outcome = { kind: 'timeout' };
const badResponse: Outcome = { kind: 'unreachable', code: 'bad_response' };

function ignore(): void {}
