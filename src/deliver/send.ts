/**
 * Sends one HTTP request. The hottest code of the product, so close to undici: `dispatch` with a handler of our own (fetch
 * is 10 to 17 times slower), on clients of one connection each, which wait for their next request in a list per origin,
 * last in, first out, so that few connections are kept warm (14 % faster than undici's own pool).
 *
 * undici's timeouts are no deadlines (a body that drips, or endless 103s, last for ever), and `dispatch` ignores a signal.
 * So all requests in flight are looked over ten times a second, which costs less than a timer for each, and a request
 * whose time is up loses its connection.
 */
import { Client } from 'undici';
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import type { Dialer, DialTimings } from './connect.ts';
import { Exchange, type ExchangeOwner, type Sent } from './exchange.ts';

export interface SendRequest {
  /** Scheme, host and port. */
  origin: string;
  /** With the query. */
  path: string;
  /** Names and values by turns. */
  headers: string[];
  body: Buffer;
  /** For everything: DNS, connecting, TLS, and the answer's headers. */
  timeoutMs: number;
}

export interface Sender {
  /** Rejects only for a request that cannot be written at all, as with a header that HTTP does not allow. */
  send(request: SendRequest): Promise<Sent>;
  /** Breaks off what is in flight and closes all connections. */
  close(): void;
}

export function createSender(deps: { dialer: Pick<Dialer, 'dial'>; clock: Clock }): Sender {
  const { dialer, clock } = deps;
  const idleByOrigin = new Map<string, Connection[]>();
  const inFlight = new Set<Exchange>();
  let sweeping = false;

  function send(request: SendRequest): Promise<Sent> {
    return new Promise((resolve, reject) => {
      const connection = idleByOrigin.get(request.origin)?.pop() ?? openConnection(request.origin);
      connection.resolve = resolve;
      connection.reject = reject;
      const exchange = new Exchange(request.timeoutMs, clock, connection);
      inFlight.add(exchange);
      sweepSoon();
      connection.client.dispatch(
        { path: request.path, method: 'POST', headers: request.headers, body: request.body },
        exchange,
      );
    });
  }

  /** Looks after deadlines while anything is in flight. */
  function sweepSoon(): void {
    if (sweeping) return;
    sweeping = true;
    clock.after(sweepMs, () => {
      sweeping = false;
      const now = clock.now();
      for (const exchange of inFlight) if (exchange.deadlineAt <= now) exchange.expire();
      if (inFlight.size > 0) sweepSoon();
    });
  }

  function openConnection(origin: string): Connection {
    return new Connection(origin, dialer, {
      ended(connection, exchange, isFree) {
        inFlight.delete(exchange);
        if (isFree) keep(connection);
        else connection.destroy();
      },
      closed(connection) {
        const idle = idleByOrigin.get(origin);
        const at = idle?.indexOf(connection) ?? -1;
        if (idle === undefined || at < 0) return;
        idle.splice(at, 1);
        if (idle.length === 0) idleByOrigin.delete(origin);
        connection.destroy();
      },
    });
  }

  function keep(connection: Connection): void {
    const idle = idleByOrigin.get(connection.origin);
    if (idle === undefined) idleByOrigin.set(connection.origin, [connection]);
    else idle.push(connection);
  }

  return {
    send,
    close() {
      for (const exchange of inFlight) exchange.abandon('aborted');
      for (const idle of idleByOrigin.values()) for (const connection of idle) connection.destroy();
      idleByOrigin.clear();
    },
  };
}

/** Deadlines are kept to about this. */
const sweepMs = 100;

interface ConnectionOwner {
  ended(connection: Connection, exchange: Exchange, isFree: boolean): void;
  /** The socket is gone; the client would open another one, which is not wanted while it has nothing to send. */
  closed(connection: Connection): void;
}

/** A client with one connection, and who waits for the one request on it. */
class Connection implements ExchangeOwner {
  readonly origin: string;
  readonly client: Client;
  resolve: (sent: Sent) => void = ignore;
  reject: (error: Error) => void = ignore;
  readonly #owner: ConnectionOwner;
  #timings: DialTimings | null = null;
  #giveUpDialling: () => void = ignore;

  constructor(origin: string, dialer: Pick<Dialer, 'dial'>, owner: ConnectionOwner) {
    this.origin = origin;
    this.#owner = owner;
    this.client = new Client(origin, {
      ...clientOptions,
      connect: (target, done) => {
        this.#giveUpDialling = dialer.dial(target, (error, socket, timings) => {
          this.#timings = timings;
          if (error === null) done(null, socket);
          else done(error, null);
        });
      },
    });
    this.client.on('disconnect', () => this.#owner.closed(this));
  }

  takeDialTimings(): DialTimings | null {
    const timings = this.#timings;
    this.#timings = null;
    return timings;
  }

  onEnd(exchange: Exchange, sent: Sent, connectionIsFree: boolean): void {
    this.#owner.ended(this, exchange, connectionIsFree);
    this.resolve(sent);
  }

  onUnwritable(exchange: Exchange, error: Error): void {
    this.#owner.ended(this, exchange, false);
    this.reject(error);
  }

  destroy(): void {
    this.#giveUpDialling();
    this.client.destroy(ignore);
  }
}

const clientOptions: Client.Options = {
  pipelining: 1,
  allowH2: false,
  // Our own deadline holds for both.
  headersTimeout: 0,
  bodyTimeout: 0,
  keepAliveTimeout: limits.keepAliveMs,
  keepAliveMaxTimeout: limits.keepAliveMs,
  maxHeaderSize: limits.responseHeaderBytesMax,
};

function ignore(): void {}
