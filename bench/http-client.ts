/**
 * A keep-alive HTTP client on bare sockets, one request at a time on each: the sender must not take the CPU that the
 * server is measured with. Reads answers that have a content-length, which is all that Bellwire gives to a sender.
 */
import { connect, type Socket } from 'node:net';

export interface HttpClient {
  /** Sends on a connection that is free, or on the first that becomes so. Calls `onStatus` when the answer is whole. */
  post(request: string, onStatus: (status: number) => void): void;
  close(): void;
}

export async function openHttpClient(port: number, connectionCount: number): Promise<HttpClient> {
  const free: Connection[] = [];
  const waiting: { request: string; onStatus: (status: number) => void }[] = [];
  const release = (connection: Connection) => {
    const next = waiting.shift();
    if (next === undefined) free.push(connection);
    else connection.post(next.request, next.onStatus);
  };
  const opening = Array.from({ length: connectionCount }, () => openConnection(port, release));
  const connections = await Promise.all(opening);
  free.push(...connections);
  return {
    post(request, onStatus) {
      // The one that has rested longest: the server closes those on which nothing has come for a minute.
      const connection = free.shift();
      if (connection === undefined) waiting.push({ request, onStatus });
      else connection.post(request, onStatus);
    },
    close() {
      for (const connection of connections) connection.socket.destroy();
    },
  };
}

/** A POST as it goes over the wire; `body` must be ASCII, so that its length in characters is its length in bytes. */
export function requestText(path: string, headers: Readonly<Record<string, string>>, body: string): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`;
}

interface Connection {
  socket: Socket;
  post(request: string, onStatus: (status: number) => void): void;
}

function openConnection(port: number, release: (connection: Connection) => void): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received = '';
    let onStatus: ((status: number) => void) | null = null;
    const connection: Connection = {
      socket,
      post(request, then) {
        onStatus = then;
        socket.write(request, 'latin1');
      },
    };
    socket.setEncoding('latin1');
    socket.on('connect', () => resolve(connection));
    socket.on('error', reject);
    socket.on('close', () => {
      if (onStatus !== null) throw new Error(`The server closed a connection before it answered: ${received}`);
    });
    socket.on('data', (text: string) => {
      received += text;
      if (!isWhole(received)) return;
      const status = Number.parseInt(received.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length), 10);
      const then = onStatus;
      received = '';
      onStatus = null;
      release(connection);
      then?.(status);
    });
  });
}

function isWhole(answer: string): boolean {
  const headLength = answer.indexOf('\r\n\r\n') + 4;
  if (headLength < 4) return false;
  const at = answer.indexOf('content-length: ');
  const bodyLength = at === -1 || at > headLength ? 0 : Number.parseInt(answer.slice(at + 16, headLength), 10);
  return answer.length >= headLength + bodyLength;
}
