import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../../test/support/fake-clock.ts';
import { systemClock } from '../core/clock.ts';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { DoorCall, DoorRoute } from './door-routes.ts';
import { createServer } from './server.ts';

let clock: FakeClock;
let server: FastifyInstance;
/** Requests that node:http has read. */
let byNode: number;
let calls: DoorCall[];
let answer: (call: DoorCall) => Promise<string>;

const routes: DoorRoute[] = ['/door', '/page/:apiKey'].map((path) => ({
  path,
  fromPages: path !== '/door',
  answer(call) {
    calls.push(call);
    return answer(call);
  },
}));

beforeEach(async () => {
  clock = fakeClock();
  calls = [];
  byNode = 0;
  answer = async ({ body = 'no body' }) => JSON.stringify(body);
  await open({});
});
afterEach(() => server.close());

function silent(): void {}

async function open(config: { bodiesInMemoryMax?: number }): Promise<void> {
  // The closing of the server waits for a timer that goes by itself.
  const steady = { ...clock, after: (ms: number, act: () => void) => (ms < 1000 ? systemClock : clock).after(ms, act) };
  const log = { info: silent, warn: silent, error: silent };
  server = createServer(config, { log, clock: steady, doors: routes });
  server.get('/', async () => ({ ok: true }));
  server.server.prependListener('request', () => {
    byNode += 1;
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
}

interface Sender {
  socket: Socket;
  send: (text: string | Buffer) => void;
  /** The next answer, without its date. */
  next: () => Promise<string>;
  closed: Promise<unknown>;
}

function sender(): Sender {
  const socket = connect(Number(new URL(server.listeningOrigin).port), '127.0.0.1');
  let received = '';
  let notice = Promise.withResolvers<void>();
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
    notice.resolve();
    notice = Promise.withResolvers();
  });
  socket.on('error', () => socket.destroy());
  const closed = once(socket, 'close').then(() => notice.resolve());
  return {
    socket,
    closed,
    send: (text) => void socket.write(text),
    async next() {
      for (;;) {
        const head = /^[^]*?content-length: (\d+)[^]*?\r\n\r\n/i.exec(received);
        const end = head === null ? Infinity : head[0].length + Number(head[1]);
        if (received.length >= end) {
          const one = received.slice(0, end);
          received = received.slice(end);
          return one.replace(/Date: [^\r]+/, 'Date: …');
        }
        if (socket.destroyed) throw new Error(`Closed after ${JSON.stringify(received)}.`);
        await notice.promise;
      }
    },
  };
}

function request(body: string | Buffer, path = '/door', more = ''): string {
  const length = Buffer.byteLength(body);
  return `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${more}Content-Length: ${length}\r\n\r\n${body.toString()}`;
}

function withoutId(text: string): string {
  return text.replace(/"requestId":"[^"]+"/, '"requestId":"…"');
}

/** The same request as it is read by us, and in two pieces, as node:http reads it. */
async function bothWays(text: string): Promise<[own: string, nodes: string]> {
  const [own, other] = [sender(), sender()];
  own.send(text);
  const first = await own.next();
  expect(byNode).toBe(0);
  other.send(text.slice(0, -1));
  await once(server.server, 'request');
  other.send(text.slice(-1));
  const second = await other.next();
  expect(byNode).toBe(1);
  for (const { socket } of [own, other]) socket.destroy();
  return [first, second];
}

describe('an answer is the same byte for byte as node:http would give it', () => {
  test.each([
    ['that it was taken', request('{"a":"é"}')],
    ['what is no JSON', request('{"a":')],
    ['another type', request('{}').replace('application/json', 'text/html')],
    ['an unknown coding', request('{}', '/door', 'Content-Encoding: br\r\n')],
    ['to a page', request('{}', '/page/key')],
    ['to a page that something is wrong', request('{', '/page/key')],
  ])('%s', async (_, text) => {
    const [own, nodes] = await bothWays(text);
    expect(own).toBe(nodes);
    expect(own).toContain('Connection: keep-alive\r\nKeep-Alive: timeout=72\r\n');
  });

  test.each([
    [
      'with a time to come back',
      new BellwireError('storage_unavailable', 'Der Speicher ist müde – später.'),
      'retry-after: 5',
    ],
    ['that it is our own fault', new Error('a secret'), '"requestId"'],
  ])('%s', async (_, error, part) => {
    answer = () => Promise.reject(error);
    const [own, nodes] = await bothWays(request('{}', '/page/key'));
    expect(withoutId(own)).toBe(withoutId(nodes));
    expect(own).toContain(part);
  });
});

test('one request after the other comes over one connection, and the door gets all there is of each', async () => {
  const { socket, send, next } = sender();
  for (const text of ['{"n":1}', '{"n":2}', '["é"]']) {
    send(request(text, '/page/a%20key?x=1', 'X-Own:  yes \r\n'));
    expect(await next()).toContain(`\r\n\r\n${Buffer.from(text).toString('latin1')}`);
  }
  expect(byNode).toBe(0);
  expect(calls).toHaveLength(3);
  expect(calls[0]).toMatchObject({ key: 'a key', query: 'x=1', ip: '127.0.0.1', body: { n: 1 } });
  expect(calls[0]?.headers).toMatchObject({ 'x-own': 'yes', 'content-length': '7' });
  socket.destroy();
});

describe('a connection is given over to node:http, with nothing lost,', () => {
  test.each([
    ['when a request comes in pieces', [request('{"n":2}').slice(0, 30), request('{"n":2}').slice(30)], ['{"n":2}']],
    ['when two come at once', [request('{"n":2}') + request('{"n":3}')], ['{"n":2}', '{"n":3}']],
    ['when one is for no door', ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', request('{"n":2}')], ['{"ok":true}', '{"n":2}']],
    ['when one is for a path that is not there', [request('{}', '/nothing')], ['"code":"not_found"']],
    ['when one has no body', [request('')], ['no body']],
    ['when a body is large', [request(JSON.stringify(['x'.repeat(200_000)]))], ['x'.repeat(200_000)]],
    [
      'when it is chunked',
      [`${request('').replace('Content-Length: 0', 'Transfer-Encoding: chunked')}2\r\n{}\r\n0\r\n\r\n`],
      ['{}'],
    ],
    ['when it asks first', [request('{}', '/door', 'Expect: 100-continue\r\n')], ['{}']],
    ['when it is no HTTP', ['hello\r\n\r\n'], ['"code":"invalid_request"']],
  ])('%s', async (_, pieces, answers) => {
    const { socket, send, next } = sender();
    send(request('{"n":1}'));
    expect(await next()).toContain('{"n":1}');
    expect(byNode).toBe(0);
    // A request that is whole is answered before the next piece goes.
    const stepwise = answers.length === pieces.length;
    const told: string[] = [];
    for (const piece of pieces) {
      send(piece);
      if (stepwise) told.push(await next());
      else await new Promise((resolve) => setImmediate(resolve));
    }
    while (told.length < answers.length) told.push(await next());
    expect(told).toEqual(answers.map((text) => expect.stringContaining(text)));
    socket.destroy();
  });

  test('when the next comes before an answer, which is first all the same', async () => {
    const released = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    answer = async ({ body }) => {
      begun.resolve();
      await released.promise;
      return JSON.stringify(body);
    };
    const { socket, send, next } = sender();
    const [accepted] = (await once(server.server, 'connection')) as [Socket];
    send(request('{"n":1}'));
    await begun.promise;
    const paused = once(accepted, 'pause');
    send(request('{"n":2}') + request('{"n":3}'));
    await paused;
    expect(calls).toHaveLength(1);
    released.resolve();
    for (const n of [1, 2, 3]) expect(await next()).toContain(`{"n":${n}}`);
    socket.destroy();
  });
});

test('whoever does not read its answers is not listened to until it does', async () => {
  const large = 'x'.repeat(8 * 1024 * 1024);
  answer = async () => JSON.stringify(large);
  const { socket, send, next } = sender();
  const [accepted] = (await once(server.server, 'connection')) as [Socket];
  socket.pause();
  const paused = once(accepted, 'pause');
  send(request('{"n":1}'));
  await paused;
  answer = async ({ body }) => JSON.stringify(body);
  send(request('{"n":2}'));
  socket.resume();
  expect((await next()).endsWith(`"${large}"`)).toBe(true);
  expect(await next()).toContain('{"n":2}');
  expect(byNode).toBe(0);
  socket.destroy();
});

test('whoever ends its half after a request gets the answer, told that it is the last', async () => {
  const { socket, next, closed } = sender();
  socket.end(request('{"n":1}'));
  expect(await next()).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*\r\n\r\n{"n":1}$/);
  await closed;
});

test('whoever goes before the answer leaves nothing behind', async () => {
  await server.close();
  await open({ bodiesInMemoryMax: limits.requestOverheadBytes + 100 });
  const released = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  answer = async () => {
    begun.resolve();
    await released.promise;
    return '{}';
  };
  const first = sender();
  first.send(request('{}'));
  await begun.promise;
  const second = sender();
  second.send(request('{}'));
  expect(await second.next()).toMatch(/^HTTP\/1.1 503 [^]*"code":"overloaded"/);
  first.socket.destroy();
  await first.closed;
  released.resolve();
  await new Promise((resolve) => setImmediate(resolve));
  second.send(request('{}'));
  expect(await second.next()).toMatch(/^HTTP\/1.1 200 /);
  expect(byNode).toBe(0);
  second.socket.destroy();
});

test('one that says nothing is told so and closed; one that has been served is closed later, and without a word', async () => {
  const [silentOne, served] = [sender(), sender()];
  served.send(request('{}'));
  await Promise.all([served.next(), once(silentOne.socket, 'connect')]);
  clock.advance(limits.headersTimeoutMs + 5000);
  expect(await silentOne.next()).toMatch(/^HTTP\/1.1 408 [^]*"code":"request_timeout"/);
  await silentOne.closed;
  served.send(request('{"still":"here"}'));
  expect(await served.next()).toContain('{"still":"here"}');
  clock.advance(limits.idleConnectionMs + 5000);
  await served.closed;
  await expect(served.next()).rejects.toThrow('Closed after ""');
});

test('closing ends what is idle, lets the others have their answer, and cuts off who has none when the time is up', async () => {
  const released = Promise.withResolvers<void>();
  let begun = 0;
  const both = Promise.withResolvers<void>();
  answer = async ({ body }) => {
    begun += 1;
    if (begun === 2) both.resolve();
    if ((body as { n: number }).n === 2) await new Promise(silent);
    await released.promise;
    return '{}';
  };
  const [idle, busy, stuck] = [sender(), sender(), sender()];
  await once(idle.socket, 'connect');
  busy.send(request('{"n":1}'));
  stuck.send(request('{"n":2}'));
  await both.promise;
  const over = server.close();
  await idle.closed;
  released.resolve();
  expect(await busy.next()).toMatch(/^HTTP\/1.1 200 /);
  await busy.closed;
  clock.advance(limits.shutdownGraceMs + 1000);
  await Promise.all([stuck.closed, over]);
});
