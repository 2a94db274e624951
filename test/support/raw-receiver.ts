/**
 * A receiver below HTTP, for answers that no HTTP server would give: it is told of each request, and has the socket. Requests
 * are known by their body, which is always `{"n":1}`.
 */
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** What it does with a request. */
export type RawAct = (socket: Socket, position: Position) => unknown;

/** Which request it is: of all, from 0, and of its connection, from 1. */
interface Position {
  index: number;
  onSocket: number;
}

export interface RawReceiver {
  port: number;
  readonly connectionCount: number;
  readonly requestCount: number;
  /** The one that the last request came on. */
  lastSocket(): Socket;
  requested(count: number): Promise<void>;
  /** So many connections have ended. */
  closed(count: number): Promise<void>;
  close(): void;
}

/** With `onConnection`, it reads nothing by itself. */
export async function startRawReceiver(act: RawAct, onConnection?: (socket: Socket) => void): Promise<RawReceiver> {
  const sockets: Socket[] = [];
  let last: Socket | undefined;
  let requestCount = 0;
  let closedCount = 0;
  const server = createServer((socket) => {
    sockets.push(socket);
    last = socket;
    let onSocket = 0;
    let text = '';
    socket.on('error', () => {});
    socket.on('close', () => (closedCount += 1));
    if (onConnection !== undefined) return onConnection(socket);
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      if (!text.endsWith('{"n":1}')) return;
      text = '';
      last = socket;
      onSocket += 1;
      requestCount += 1;
      act(socket, { index: requestCount - 1, onSocket });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get connectionCount() {
      return sockets.length;
    },
    get requestCount() {
      return requestCount;
    },
    lastSocket() {
      if (last === undefined) throw new Error('Nobody has come yet.');
      return last;
    },
    requested: (count) => until(() => requestCount >= count),
    closed: (count) => until(() => closedCount >= count),
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** Looks once in every turn of the event loop, so it waits for sockets and not for a time. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
