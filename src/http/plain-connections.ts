/**
 * Connections as long as nothing but plain requests for doors comes over them (plain-request.ts). For an event alone node:http's
 * message, response and streams cost more than all that is done for the event itself. Whatever else comes, a larger body or
 * another path, has the connection given over to node:http, for good and before a byte of it has been acted on.
 *
 *   waiting ⇄ answering → over
 *      └────────┴──────→ given over to node:http
 *
 * Like node:http it answers one request after the other, and closes what is idle or was opened and says nothing.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { answerBadConnection } from './error-reply.ts';
import { type Answer, answerText } from './plain-answer.ts';
import { type PlainRequest, readPlainRequest } from './plain-request.ts';

export interface PlainConnections {
  /** Ends those on which nobody waits for an answer. */
  endIdle(): void;
  endAll(): void;
}

export interface PlainConnectionsDeps {
  clock: Clock;
  /** Answers once. False: it is for no door, and nothing was done. */
  take: (request: PlainRequest, ip: string | null, reply: (answer: Answer) => void) => boolean;
}

/** Has the server's connections come here first. */
export function takePlainConnections(server: Server, { clock, take }: PlainConnectionsDeps): PlainConnections {
  // What node:http itself does with a new connection; emitting the event once more would come back here.
  const [serve] = server.listeners('connection');
  if (serve === undefined) throw new Error('This server does not listen to its connections.');
  server.removeListener('connection', serve as (socket: Socket) => void);
  const connections = new Set<PlainConnection>();
  const owner: Owner = {
    clock,
    take,
    giveOver: (socket) => void serve.call(server, socket),
    forget(connection) {
      connections.delete(connection);
      if (connections.size > 0) return;
      stopSweeping?.();
      stopSweeping = null;
    },
  };
  let stopSweeping: (() => void) | null = null;

  server.on('connection', (socket) => {
    connections.add(new PlainConnection(socket, owner));
    sweepLater();
  });

  /** One timer for all, which costs less than one for each. */
  function sweepLater(): void {
    stopSweeping ??= clock.after(sweepMs, () => {
      stopSweeping = null;
      const nowMs = clock.monotonicMs();
      for (const connection of connections) connection.sweep(nowMs);
      if (connections.size > 0) sweepLater();
    });
  }

  return {
    endIdle() {
      for (const connection of connections) connection.endIfIdle();
    },
    endAll() {
      for (const connection of connections) connection.end();
    },
  };
}

interface Owner extends PlainConnectionsDeps {
  giveOver(socket: Socket): void;
  /** It is over, or node:http's. */
  forget(connection: PlainConnection): void;
}

class PlainConnection {
  readonly #socket: Socket;
  readonly #owner: Owner;
  readonly #ip: string | null;
  #state: 'waiting' | 'answering' | 'over' = 'waiting';
  #isServed = false;
  /** When it was opened or last answered. */
  #sinceMs: number;
  /** While a request was being answered more has come, and been put back. */
  #hasMore = false;
  /** The sender has said that it sends no more. */
  #ended = false;

  constructor(socket: Socket, owner: Owner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#ip = socket.remoteAddress ?? null;
    this.#sinceMs = owner.clock.monotonicMs();
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.on('error', this.#onError);
    socket.on('close', this.#onClose);
  }

  sweep(nowMs: number): void {
    if (this.#state !== 'waiting') return;
    const idleMs = nowMs - this.#sinceMs;
    if (this.#isServed ? idleMs > limits.idleConnectionMs : idleMs > limits.headersTimeoutMs) this.#expire();
  }

  endIfIdle(): void {
    if (this.#state === 'waiting') this.end();
  }

  end(): void {
    this.#socket.destroy();
  }

  /** As node:http does it: one that never asked for anything is told why, one that has been served is just closed. */
  #expire(): void {
    if (this.#isServed) return this.end();
    this.#state = 'over';
    answerBadConnection(Object.assign(new Error('nothing came'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), this.#socket);
  }

  readonly #onData = (bytes: Buffer): void => {
    if (this.#state === 'answering') {
      // The next one already: it waits for its turn, and what follows it waits in the sender's own system.
      this.#hasMore = true;
      this.#putBack(bytes);
    }
    if (this.#state !== 'waiting') return;
    const request = readPlainRequest(bytes);
    this.#state = 'answering';
    if (request !== null && this.#owner.take(request, this.#ip, this.#reply)) return;
    this.#putBack(bytes);
    this.#giveOver();
  };

  readonly #reply = (answer: Answer): void => {
    // Whoever asked has gone.
    if (this.#state !== 'answering') return;
    const nowMs = this.#owner.clock.monotonicMs();
    // Where more has come, node:http answers that, and sees the end behind it.
    const isLast = answer.isLast || this.#ended;
    const text = answerText(isLast ? { ...answer, isLast } : answer, this.#owner.clock.now());
    const isTaken = this.#socket.write(text, isLatin1(answer.text) ? 'latin1' : 'utf8');
    this.#state = 'waiting';
    this.#isServed = true;
    this.#sinceMs = nowMs;
    if (isLast) this.#endSoon();
    else if (this.#hasMore) this.#giveOver();
    else if (!isTaken) this.#waitForReader();
  };

  /** Whoever asks and does not read what it is told is not asked for more. */
  #waitForReader(): void {
    const socket = this.#socket;
    socket.pause();
    socket.once('drain', () => socket.resume());
  }

  /** When all has been written, whether the other side ends its part or not. */
  #endSoon(): void {
    this.#state = 'over';
    this.#socket.destroySoon();
  }

  /** Into the stream, which must not flow then. As long as it has something its end is not told. */
  #putBack(bytes: Buffer): void {
    this.#socket.pause();
    this.#socket.unshift(bytes);
  }

  #giveOver(): void {
    const socket = this.#socket;
    this.#leave();
    this.#owner.giveOver(socket);
    socket.resume();
  }

  readonly #onEnd = (): void => {
    this.#ended = true;
    if (this.#state === 'waiting') this.#endSoon();
  };

  /** Whoever has gone needs no answer; `close` follows. */
  readonly #onError = (): void => {
    this.#socket.destroy();
  };

  readonly #onClose = (): void => {
    this.#leave();
  };

  #leave(): void {
    this.#state = 'over';
    const socket = this.#socket;
    socket.removeListener('data', this.#onData);
    socket.removeListener('end', this.#onEnd);
    socket.removeListener('error', this.#onError);
    socket.removeListener('close', this.#onClose);
    this.#owner.forget(this);
  }
}

/** Whether it is the same when it is written as Latin-1, which is faster. */
function isLatin1(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** How often connections are looked over. */
const sweepMs = 2000;
