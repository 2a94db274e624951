/**
 * A real receiver of webhooks on a loopback address, that does as it is told and keeps what it gets.
 *
 *   const receiver = await startReceiver([503, 503, 200]);   // these answers in turn, the last one for ever
 *   const receiver = await startReceiver(hang());            // or any behaviour from below, or one of your own
 *   const first = await receiver.next();                     // waits for the next request that was not asked for yet
 *   await receiver.close();                                  // also ends what hangs
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';

export interface ReceivedRequest {
  method: string;
  path: string;
  /** Names in lower case. */
  headers: Record<string, string>;
  /** Names as they were sent, and values, by turns. */
  rawHeaders: string[];
  /** The exact bytes. */
  body: Buffer;
  /** Epoch milliseconds. */
  arrivedAt: number;
}

/** Answers a request, or does not. `index` counts requests from 0. */
export type Behaviour = (request: ReceivedRequest, response: ServerResponse, index: number) => void;

export interface Receiver {
  /** Such as `http://127.0.0.1:40001/hook`. */
  url: string;
  port: number;
  /** All so far, in the order in which their last byte came. */
  requests: ReceivedRequest[];
  /** Connections opened so far, whether or not anything was sent on them. */
  readonly connectionCount: number;
  /** Requests that have come and have neither been answered nor broken off. */
  readonly openCount: number;
  /** The next request that no earlier call has given out. Rejects when there is none within ten seconds. */
  next(): Promise<ReceivedRequest>;
  /** Resolves when the sender has broken off a request that had come. */
  brokenOff(): Promise<void>;
  /** From now on. */
  behave(behaviour: Behaviour | number | number[]): void;
  close(): Promise<void>;
}

export interface ReceiverOptions {
  host?: string;
  port?: number;
  tls?: {
    key: string;
    cert: string;
    ALPNProtocols?: string[];
    ciphers?: string;
    minVersion?: TlsVersion;
    maxVersion?: TlsVersion;
  };
}

type TlsVersion = 'TLSv1' | 'TLSv1.1' | 'TLSv1.2';

export async function startReceiver(
  behaviour: Behaviour | number | number[] = 200,
  { host = '127.0.0.1', port = 0, tls }: ReceiverOptions = {},
): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  const sockets = new Set<Socket>();
  const waiting: ((request: ReceivedRequest) => void)[] = [];
  const waitingForBreak: (() => void)[] = [];
  let act = behaviourOf(behaviour);
  let givenOut = 0;
  let connectionCount = 0;
  let openCount = 0;
  let brokenCount = 0;

  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    incoming.on('error', ignore);
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = requestOf(incoming, Buffer.concat(chunks));
      openCount += 1;
      response.on('close', () => {
        openCount -= 1;
        if (response.writableFinished) return;
        brokenCount += 1;
        for (const resolve of waitingForBreak.splice(0)) resolve();
      });
      requests.push(request);
      act(request, response, requests.length - 1);
      const next = waiting.shift();
      if (next !== undefined) {
        givenOut += 1;
        next(request);
      }
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.on('tlsClientError', ignore);
  server.on('connection', (socket: Socket) => {
    connectionCount += 1;
    sockets.add(socket);
    socket.on('error', ignore);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The receiver has no port.');
  const shownHost = address.family === 'IPv6' ? `[${host}]` : host;

  return {
    url: `${tls === undefined ? 'http' : 'https'}://${shownHost}:${address.port}/hook`,
    port: address.port,
    requests,
    get connectionCount() {
      return connectionCount;
    },
    get openCount() {
      return openCount;
    },
    next() {
      const ready = requests[givenOut];
      if (ready !== undefined && waiting.length === 0) {
        givenOut += 1;
        return Promise.resolve(ready);
      }
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`No request within ten seconds at port ${address.port}.`)),
          10_000,
        );
        waiting.push((request) => {
          clearTimeout(timer);
          resolve(request);
        });
      });
    },
    brokenOff() {
      if (brokenCount > 0) return Promise.resolve();
      return new Promise((resolve) => {
        waitingForBreak.push(resolve);
      });
    },
    behave(next) {
      act = behaviourOf(next);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** One status, or several in turn with the last one for ever. */
function answer(...statuses: number[]): Behaviour {
  return (_request, response, index) => {
    response.writeHead(statuses[Math.min(index, statuses.length - 1)] ?? 200, { 'content-type': 'text/plain' });
    response.end();
  };
}

/** An answer with headers and a body. */
export function answerWith(
  status: number,
  headers: Record<string, string | string[]>,
  body: string | Buffer = '',
): Behaviour {
  return (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };
}

/** Never answers. */
export function hang(): Behaviour {
  return ignore;
}

/** Breaks the connection without an answer. */
export function reset(): Behaviour {
  return (_request, response) => {
    response.socket?.resetAndDestroy();
  };
}

/** Answers 200 and then never finishes the body. */
export function stall(): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write('and then');
  };
}

/** Answers 200 with a body that never ends, as fast as it is read. */
export function flood(): Behaviour {
  return (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const pour = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', pour);
    };
    pour();
  };
}

/** Writes these bytes to the socket in place of an HTTP answer, and leaves it open or closes it. */
export function raw(text: string, after: 'open' | 'close' = 'open'): Behaviour {
  return (_request, response) => {
    response.socket?.write(Buffer.from(text, 'latin1'));
    if (after === 'close') response.socket?.end();
  };
}

function behaviourOf(behaviour: Behaviour | number | number[]): Behaviour {
  if (typeof behaviour === 'function') return behaviour;
  const statuses = typeof behaviour === 'number' ? [behaviour] : behaviour;
  let index = 0;
  return (request, response) => {
    answer(...statuses)(request, response, index);
    index += 1;
  };
}

function requestOf(incoming: IncomingMessage, body: Buffer): ReceivedRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(', ') : (value ?? '');
  }
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers,
    rawHeaders: incoming.rawHeaders,
    body,
    arrivedAt: Date.now(),
  };
}

function ignore(): void {}
