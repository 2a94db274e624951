/**
 * Sends HTTP requests. The hottest code of the product, so it is our own down to the socket: a client that can do everything
 * costs 15 µs a request, this one about half of that. Connections wait for their next request in a list per origin, last in,
 * first out, so that few are kept warm.
 *
 * Deadlines, and the time that a connection may be idle, are looked over ten times a second for all connections at once,
 * which costs less than a timer for each.
 */
import type { Clock } from '../core/clock.ts';
import type { Dialer } from './connect.ts';
import { Connection, type ConnectionOwner } from './connection.ts';
import { Exchange, type SendRequest, type Sent } from './exchange.ts';

export interface Sender {
  /** Calls back once, and never before it has returned. */
  send(request: SendRequest, tell: (sent: Sent) => void): void;
  /** Breaks off what is in flight and closes all connections. */
  close(): void;
}

export function createSender(deps: { dialer: Pick<Dialer, 'dial'>; clock: Clock }): Sender {
  const { dialer, clock } = deps;
  const connections = new Set<Connection>();
  const idleByOrigin = new Map<string, Connection[]>();
  let stopSweeping: (() => void) | null = null;

  const owner: ConnectionOwner = {
    onFree(connection) {
      const idle = idleByOrigin.get(connection.origin);
      if (idle === undefined) idleByOrigin.set(connection.origin, [connection]);
      else idle.push(connection);
    },
    onGone(connection) {
      connections.delete(connection);
      const idle = idleByOrigin.get(connection.origin);
      if (idle === undefined) return;
      const at = idle.indexOf(connection);
      if (at >= 0) idle.splice(at, 1);
      if (idle.length === 0) idleByOrigin.delete(connection.origin);
    },
    onUnsent: open,
  };

  function open(exchange: Exchange): void {
    const connection = new Connection(exchange, owner, clock);
    connections.add(connection);
    sweepLater();
    connection.open(dialer);
  }

  /** The one that was used last, if its time is not up. */
  function idleConnection(origin: string, nowMs: number): Connection | null {
    const connection = idleByOrigin.get(origin)?.pop();
    if (connection === undefined) return null;
    if (connection.dueMs > nowMs) return connection;
    connection.expire();
    return idleConnection(origin, nowMs);
  }

  function sweepLater(): void {
    stopSweeping ??= clock.after(sweepMs, () => {
      stopSweeping = null;
      const nowMs = clock.monotonicMs();
      for (const connection of connections) if (connection.dueMs <= nowMs) connection.expire();
      if (connections.size > 0) sweepLater();
    });
  }

  return {
    send(request, tell) {
      const nowMs = clock.monotonicMs();
      const exchange = new Exchange(request, nowMs, tell);
      const connection = idleConnection(request.origin, nowMs);
      if (connection === null) open(exchange);
      else connection.send(exchange);
    },

    close() {
      for (const connection of connections) connection.abandon('aborted');
      stopSweeping?.();
      stopSweeping = null;
    },
  };
}

/** Deadlines are kept to about this. */
const sweepMs = 100;
