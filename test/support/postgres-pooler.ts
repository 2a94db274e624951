/**
 * A connection pooler in transaction mode with a single session, as a server may meet one where it is run: whoever sends
 * something has the session until what they began is over. It lets everybody in.
 */
import { createServer, type Socket } from 'node:net';
import { Client } from 'pg';

export interface PostgresPooler {
  /** The same database by way of the pooler. */
  url: string;
  close(): Promise<void>;
}

const [query, sync, readyForQuery, idle] = ['Q', 'S', 'Z', 'I'];

export async function startPostgresPooler(database: string): Promise<PostgresPooler> {
  const session = new Client({ connectionString: database, application_name: 'pooler' });
  session.on('error', () => {});
  await session.connect();
  // Once it is let in its bytes are ours.
  const { stream } = (session as unknown as { connection: { stream: Socket } }).connection;
  stream.removeAllListeners('data');
  stream.on('error', () => {});

  const waiting: { client: Socket; messages: Buffer[] }[] = [];
  const clients = new Set<Socket>();
  let holder: Socket | null = null;
  /** How many answers the holder still waits for. */
  let owed = 0;
  const send = (client: Socket, message: Buffer): void => {
    const isEnd = [query, sync].includes(String.fromCharCode(message[0] ?? 0));
    if (holder !== null && holder !== client) {
      const turn = waiting.find((one) => one.client === client);
      if (turn === undefined) waiting.push({ client, messages: [message] });
      else turn.messages.push(message);
      return;
    }
    holder = client;
    if (isEnd) owed += 1;
    stream.write(message);
  };
  stream.on(
    'data',
    cut((message) => {
      holder?.write(message);
      if (String.fromCharCode(message[0] ?? 0) !== readyForQuery) return;
      owed -= 1;
      if (owed > 0 || String.fromCharCode(message[5] ?? 0) !== idle) return;
      holder = null;
      const next = waiting.shift();
      for (const one of next?.messages ?? []) send(next?.client ?? stream, one);
    }),
  );

  const server = createServer((client) => {
    clients.add(client);
    client.on('error', () => {});
    client.once('data', () => {
      client.write(
        Buffer.concat([answer('R', Buffer.alloc(4)), answer('K', Buffer.alloc(8)), answer('Z', Buffer.from('I'))]),
      );
      client.on(
        'data',
        cut((message) => {
          if (message[0] !== 'X'.charCodeAt(0)) send(client, message);
        }),
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The pooler has no port.');
  const url = new URL(database);
  url.host = `127.0.0.1:${address.port}`;
  return {
    url: url.href,
    async close() {
      for (const client of clients) client.destroy();
      stream.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(type: string, body: Buffer): Buffer {
  const head = Buffer.from(`${type}0000`);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** Cuts a stream into messages: a byte of type, four of length and the rest. */
function cut(act: (message: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  return (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 5 && held.length > held.readInt32BE(1)) {
      const length = 1 + held.readInt32BE(1);
      act(held.subarray(0, length));
      held = held.subarray(length);
    }
  };
}
