/**
 * How connections end when the server closes. Node ends those that are idle at that moment, and then waits for all others
 * for as long as their senders like. So we look again: a connection becomes idle when its request has been answered; one
 * on which nothing was ever sent counts as busy to Node; and whoever is still sending when the grace is over is cut off.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import type { PlainConnections } from './plain-connections.ts';

const lookAgainMs = 100;

/** Answers with what begins the end: call it once, when no request is taken any more. */
export function connectionsOf(server: FastifyInstance, plain: PlainConnections, clock: Clock): { end(): void } {
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  let cancel: (() => void) | null = null;
  server.server.once('close', () => cancel?.());

  function endIdle(untilMs: number): void {
    server.server.closeIdleConnections();
    plain.endIdle();
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
    if (clock.monotonicMs() >= untilMs) {
      server.server.closeAllConnections();
      plain.endAll();
    }
    cancel = clock.after(lookAgainMs, () => endIdle(untilMs));
  }
  return { end: () => endIdle(clock.monotonicMs() + limits.shutdownGraceMs) };
}
