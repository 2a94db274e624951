import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { listen } from './listen.ts';
import { createServer } from './server.ts';

const loopback = Object.values(networkInterfaces()).flat();
const second = loopback.some((found) => found?.address === '::1') ? '::1' : '127.0.0.2';
const log = { info: () => {}, warn: () => {}, error: () => {} };

let server: ReturnType<typeof createServer>;
beforeEach(() => {
  server = createServer({}, { log, clock: systemClock });
  server.get('/', async ({ ip }) => ({ ip }));
});
afterEach(() => server.close());

/** Where the server says that a request came from. */
async function seenFrom(address: string, url: string): Promise<unknown> {
  const host = address.includes(':') ? `[${address}]` : address;
  const response = await fetch(`http://${host}:${new URL(url).port}/`);
  return response.json();
}

test('is there at every address of a name', async () => {
  const url = await listen(server, { host: '127.0.0.1', port: 0 }, async () => ['127.0.0.1', second]);
  expect(await seenFrom('127.0.0.1', url)).toEqual({ ip: '127.0.0.1' });
  expect(await seenFrom(second, url)).toEqual({ ip: second === '::1' ? '::1' : '127.0.0.1' });
});

test('an address that the machine does not have is passed over', async () => {
  const url = await listen(server, { host: '127.0.0.1', port: 0 }, async () => ['192.0.2.1', second]);
  expect(await seenFrom(second, url)).toMatchObject({ ip: expect.any(String) });
});

test('closing ends it at the second address too, whoever is still connected', async () => {
  const url = await listen(server, { host: '127.0.0.1', port: 0 }, async () => [second]);
  const arrived = new Promise<void>((resolve) => server.server.once('connection', () => resolve()));
  const silent = connect(Number(new URL(url).port), second);
  const closed = new Promise<void>((resolve) => silent.once('close', () => resolve()));
  await arrived;
  await Promise.all([server.close(), closed]);
  await expect(seenFrom(second, url)).rejects.toThrow('fetch failed');
});
