/**
 * Where the server listens. `localhost` is two addresses on most machines, and a sender may try either: at the second a
 * socket is taken and handed to the one server, so that it counts and ends like all others.
 */
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { FastifyInstance } from 'fastify';

export interface ListenConfig {
  host: string;
  port: number;
}

/** Answers with the URL. Call it when all routes have been added. */
export async function listen(
  server: FastifyInstance,
  config: ListenConfig,
  addressesOf = localAddresses,
): Promise<string> {
  const others: Server[] = [];
  server.addHook('preClose', async () => {
    await Promise.all(others.map((other) => new Promise((resolve) => other.close(resolve))));
  });
  const url = await server.listen(config);
  const first = server.server.address();
  for (const address of await addressesOf(config.host)) {
    if (first === null || typeof first === 'string' || address === first.address) continue;
    const other = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      server.server.emit('connection', socket);
    });
    other.maxConnections = server.server.maxConnections;
    other.listen({ host: address, port: first.port });
    if (await opens(other)) others.push(other);
  }
  return url;
}

/** False when the port is somebody else's there, or the machine has only a name for the address. */
async function opens(server: Server): Promise<boolean> {
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  }
}

async function localAddresses(host: string): Promise<string[]> {
  if (host !== 'localhost') return [];
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}
