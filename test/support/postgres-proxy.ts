/**
 * Stands between nodes and their PostgreSQL, knows the messages of its protocol, and does harm: cuts a connection after a
 * message of one's choice, lets nobody in, or keeps notifications from those who listen.
 */
import { connect, createServer, type Socket } from 'node:net';

export interface PostgresProxy {
  /** The same database by this way. */
  url: string;
  /**
   * From now on counts messages over connections whose application name this is, and cuts the connection with the one of
   * this number, of those from the first on that holds the text `from`: `before` it comes to the database, or `after`, so that the database does it and nobody hears the answer.
   */
  arm(name: string, at: number, when: 'before' | 'after', from: string): void;
  /** Whether it has cut since it was armed. */
  readonly hasCut: boolean;
  cutAll(): void;
  /** Nobody is let in, and whoever is in is thrown out. */
  shut(): void;
  open(): void;
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Notifications do not pass. */
  deaf?: boolean;
}

export async function startPostgresProxy(target: string, { deaf = false }: ProxyOptions = {}): Promise<PostgresProxy> {
  const to = new URL(target);
  const pairs = new Set<Pair>();
  let isShut = false;
  let armed: { name: string; at: number; when: 'before' | 'after'; from: string } | null = null;
  let counted = 0;
  let hasCut = false;

  /** Answers whether the message is to be passed on, and what then. */
  function judge(name: string, message: Buffer): 'pass' | 'drop and cut' | 'pass and cut' {
    if (armed === null || name !== armed.name || hasCut) return 'pass';
    if (counted === 0 && !message.includes(armed.from)) return 'pass';
    counted += 1;
    if (counted < armed.at) return 'pass';
    hasCut = true;
    return armed.when === 'before' ? 'drop and cut' : 'pass and cut';
  }

  const server = createServer((client) => {
    if (isShut) {
      client.destroy();
      return;
    }
    const database = connect({ port: Number(to.port), host: to.hostname });
    const pair = { client, database };
    pairs.add(pair);
    let name = '';
    const fromClient = messages({ startsUntyped: true }, (message, type) => {
      if (type === null) name = /application_name\0([^\0]*)\0/.exec(message.toString('latin1'))?.[1] ?? name;
      const verdict = type === null ? 'pass' : judge(name, message);
      if (verdict !== 'drop and cut') database.write(message);
      if (verdict === 'pass') return true;
      client.destroy();
      // What it has got it does to its end.
      database.end();
      return false;
    });
    const fromDatabase = messages({ startsUntyped: false }, (message, type) => {
      if (!(deaf && type === 'A') && !client.destroyed) client.write(message);
      return true;
    });
    client.on('data', fromClient);
    database.on('data', fromDatabase);
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      one.setNoDelay();
      one.on('error', () => {});
      one.on('close', () => {
        pairs.delete(pair);
        other.end();
      });
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const url = new URL(target);
  url.host = `127.0.0.1:${address.port}`;

  const cutAll = (): void => {
    for (const { client, database } of pairs) for (const socket of [client, database]) socket.destroy();
  };
  return {
    url: url.href,
    get hasCut() {
      return hasCut;
    },
    arm(name, at, when, from) {
      armed = { name, at, when, from };
      counted = 0;
      hasCut = false;
    },
    cutAll,
    shut() {
      isShut = true;
      cutAll();
    },
    open() {
      isShut = false;
    },
    async close() {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Pair {
  client: Socket;
  database: Socket;
}

/**
 * Cuts a stream into messages: a byte of type, four of length and the rest. The first that a client sends has no type.
 * `act` says whether to go on.
 */
function messages(
  { startsUntyped }: { startsUntyped: boolean },
  act: (message: Buffer, type: string | null) => boolean,
): (chunk: Buffer) => void {
  let held: Buffer = Buffer.alloc(0);
  let isUntyped = startsUntyped;
  let isOver = false;
  return (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    while (!isOver) {
      const head = isUntyped ? 0 : 1;
      if (held.length < head + 4) return;
      const length = head + held.readInt32BE(head);
      if (held.length < length) return;
      const type = isUntyped ? null : String.fromCharCode(held[0] ?? 0);
      isUntyped = false;
      const message = held.subarray(0, length);
      held = held.subarray(length);
      isOver = !act(message, type);
    }
  };
}
