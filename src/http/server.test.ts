import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { apiKey, type OpenDoors, openDoors } from '../../test/support/open-doors.ts';
import { systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import type { DoorRoute } from './door-routes.ts';
import { createServer } from './server.ts';

let doors: OpenDoors;
beforeEach(async () => {
  doors = await openDoors({ bodiesInMemoryMax: 600 * 1024 });
});
afterEach(() => doors.close());

function silent(): void {}
const log = { info: silent, warn: silent, error: silent };

function padded(bytes: number): string {
  return JSON.stringify([call]).padEnd(bytes);
}

const path = `/data/segmentio/${apiKey}`;
const call = { type: 'track', userId: 'ada', event: 'Opened' };

/** Sends bytes as they are and reads until the server closes or has given so many answers in full. */
async function raw(request: string | Buffer, answerCount = 1): Promise<string> {
  const socket = connect(doors.port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const whole = [...text.matchAll(/content-length: (\d+)[^]*?\r\n\r\n/gi)].filter(
      ({ 0: head, 1: length, index }) => text.length >= index + head.length + Number(length),
    );
    if (whole.length === answerCount) socket.end();
  });
  socket.on('error', () => socket.destroy());
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(request);
  await closed;
  return Buffer.concat(chunks).toString();
}

describe('errors', () => {
  test('a path that is not there', async () => {
    const answer = await doors.post('/nothing?key=secret', call);
    expect(answer.status).toBe(404);
    expect(answer.json).toEqual({ error: { code: 'not_found', message: expect.any(String) } });
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(answer.headers.get('x-powered-by')).toBeNull();
  });

  test.each(['GET', 'PUT', 'DELETE'])('a path that is there, but not for %s', async (method) => {
    const response = await fetch(doors.url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).toMatchObject({ error: { code: 'method_not_allowed' } });
  });

  test('what a door takes beside POST, when pages may send to it', async () => {
    const response = await fetch(`${doors.url}/v1/track`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'OPTIONS, POST']);
  });

  test('TRACE is answered with 405, and nothing is echoed', async () => {
    const answer = await raw(`TRACE ${path} HTTP/1.1\r\nHost: x\r\nX-Marker: echo-me\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 405 /);
    expect(answer).not.toContain('echo-me');
  });

  test('our own fault: an id to find it by, no stack, and the log knows the rest', async () => {
    const response = await fetch(`${doors.url}/broken?key=secret`);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain('a secret that stays inside');
    const { error } = JSON.parse(text);
    expect(doors.logged).toEqual([expect.objectContaining({ route: '/broken', requestId: error.requestId })]);
    expect(JSON.stringify(doors.logged)).not.toContain('key=secret');
  });

  test.each([
    ['two lengths', 'POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    [
      'length and chunks',
      'POST /v1/track HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a bare line feed in a header', 'POST /v1/track HTTP/1.1\r\nHost: x\r\nA: b\nContent-Length: 2\r\n\r\n{}'],
  ])('%s: 400, and the connection is closed', async (_name, request) => {
    const answer = await raw(request);
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(answer).toContain('"code":"invalid_request"');
  });

  test('headers of more than 16 KB', async () => {
    const answer = await raw(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1.1 431 /);
    expect(answer).toContain('"code":"headers_too_large"');
  });

  test('the same at a door: no word of the sender’s in the log', async () => {
    doors.answer = () => Promise.reject(new Error('a secret that stays inside'));
    const answer = await doors.post('/v1/track?key=secret', { ...call, writeKey: apiKey });
    expect(answer).toMatchObject({ status: 500, json: { success: false, code: 'internal' } });
    expect(answer.text).not.toContain('a secret that stays inside');
    const { error } = JSON.parse(answer.text);
    expect(doors.logged).toEqual([
      {
        err: expect.any(Error),
        method: 'POST',
        route: '/v1/track',
        requestId: error.requestId,
        message: expect.any(String),
      },
    ]);
  });

  test('a path that cannot be decoded', async () => {
    const response = await fetch(`${doors.url}/data/agent/%zz`, { method: 'POST' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_request' } });
  });
});

describe('what is sent to a door', () => {
  test('keeps its connection when it is answered, or refused before it was read', async () => {
    const head = 'HTTP/1.1\r\nHost: x\r\nContent-Type: ';
    const answers = await raw(
      `POST ${path} ${head}text/html\r\nContent-Length: 2\r\n\r\n{}` +
        `POST ${path} ${head}application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n` +
        `POST /v1/m ${head}text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      3,
    );
    expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 415', 'HTTP/1.1 200', 'HTTP/1.1 200']);
    expect(answers.match(/connection: \S+/gi)).toEqual([
      'Connection: keep-alive',
      'Connection: keep-alive',
      'Connection: close',
    ]);
    expect(answers.match(/x-content-type-options: nosniff\r\nreferrer-policy: no-referrer/g)).toHaveLength(3);
  });

  test('without end is cut off, and told why', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const answer = await raw(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(140)}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/connection: close/i);
  });

  test('is waited for, when the sender asks first whether it may send it', async () => {
    const answer = await raw(
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n[]`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /);
  });
});

describe('bodies', () => {
  test.each([
    ['no JSON', '{"a":', 'invalid_json'],
    ['empty', '', 'invalid_json'],
    ['not what is wanted', '"text"', 'invalid_body'],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'invalid_utf8'],
    ['overlong UTF-8', Buffer.from([0x22, 0xc0, 0x80, 0x22]), 'invalid_utf8'],
    ['UTF-8 cut short', Buffer.from([0x22, 0xe2, 0x82]), 'invalid_utf8'],
  ])('%s', async (_name, body, code) => {
    const answer = await doors.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ error: { code } });
    expect(doors.inputs).toEqual([]);
  });

  test('a byte order mark is passed over', async () => {
    expect((await doors.post(path, `\uFEFF${JSON.stringify(call)}`)).status).toBe(200);
    expect(doors.inputs).toHaveLength(1);
  });

  test.each(['text/html', 'application/x-www-form-urlencoded', 'application/jsonp', 'nonsense'])(
    'type %s',
    async (type) => {
      const answer = await doors.post(path, JSON.stringify(call), { 'content-type': type });
      expect(answer.status).toBe(415);
      expect(answer.json).toMatchObject({ error: { code: 'unsupported_type' } });
    },
  );

  test.each([
    ['gzip', gzipSync(JSON.stringify(call))],
    ['X-GZip', gzipSync(JSON.stringify(call))],
    ['deflate', deflateSync(JSON.stringify(call))],
    ['gzip', Buffer.concat([gzipSync(JSON.stringify(call).slice(0, 9)), gzipSync(JSON.stringify(call).slice(9))])],
    ['identity', Buffer.from(JSON.stringify(call))],
  ])('in %s are taken', async (encoding, body) => {
    expect((await doors.post(path, body, { 'content-encoding': encoding })).status).toBe(200);
    expect(doors.inputs).toMatchObject([{ visitorId: 'ada' }]);
  });

  test.each([
    ['gzip, gzip', gzipSync(gzipSync('{}')), 415, 'unsupported_encoding'],
    ['br', Buffer.from('{}'), 415, 'unsupported_encoding'],
    ['gzip', Buffer.concat([gzipSync('{}'), Buffer.from('garbage')]), 400, 'invalid_encoding'],
    ['gzip', Buffer.concat([gzipSync('{}'), Buffer.alloc(3)]), 400, 'invalid_encoding'],
    ['deflate', Buffer.concat([deflateSync('{}'), Buffer.from('x')]), 400, 'invalid_encoding'],
    ['gzip', gzipSync('{}').subarray(0, -4), 400, 'invalid_encoding'],
    ['gzip', Buffer.from('{}'), 400, 'invalid_encoding'],
    ['gzip', gzipSync(Buffer.alloc(50_000_000)), 413, 'too_large'],
  ])('wrongly in %s (%#)', async (encoding, body, status, code) => {
    const answer = await doors.post(path, body, { 'content-encoding': encoding });
    expect(answer.status).toBe(status);
    expect(answer.json).toMatchObject({ error: { code } });
  });

  test('may have 500 KB and not a byte more, declared or in chunks', async () => {
    const chunked = (text: string) => {
      const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
      return raw(`${head}${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`);
    };
    expect((await doors.post(path, padded(limits.batchBytesMax))).status).toBe(200);
    expect((await doors.post(path, padded(limits.batchBytesMax + 1))).status).toBe(413);
    expect(await chunked(padded(limits.batchBytesMax))).toMatch(/^HTTP\/1.1 200 /);
    expect(await chunked(padded(limits.batchBytesMax + 1))).toMatch(/^HTTP\/1.1 413 /);
    expect(doors.inputs).toHaveLength(2);
  });

  test('are counted with what a request takes beside them, so that many small ones are turned away too', async () => {
    const released = Promise.withResolvers<void>();
    doors.answer = async () => {
      await released.promise;
      return [];
    };
    const room = Math.floor((600 * 1024) / limits.requestOverheadBytes);
    const sent = Array.from({ length: room + 20 }, async () => {
      const { status } = await doors.post(path, [call]);
      if (status === 503) released.resolve();
      return status;
    });
    const statuses = await Promise.all(sent);
    expect(new Set(statuses)).toEqual(new Set([200, 503]));
    expect((await doors.post(path, [call])).status).toBe(200);
  });

  test('beyond what is held in memory are turned away unread, and taken again when there is room', async () => {
    const released = Promise.withResolvers<void>();
    const entered = Promise.withResolvers<void>();
    doors.answer = async () => {
      entered.resolve();
      await released.promise;
      return [];
    };
    const large = JSON.stringify([call]) + ' '.repeat(400 * 1024);
    const first = doors.post(path, large);
    await entered.promise;
    const second = await doors.post(path, large);
    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toBe('1');
    expect(second.json).toMatchObject({ error: { code: 'overloaded' } });
    released.resolve();
    expect((await first).status).toBe(200);
    expect((await doors.post(path, large)).status).toBe(200);
  });

  test('a sender that goes away in the middle leaves nothing behind', async () => {
    for (let round = 0; round < 5; round += 1) {
      const socket = connect(doors.port, '127.0.0.1');
      socket.write(
        `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 400000\r\n\r\n{"a`,
      );
      await new Promise((resolve) => socket.write('b', resolve));
      const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
      socket.destroy();
      await closed;
    }
    const large = JSON.stringify([call]) + ' '.repeat(500 * 1024);
    // The server hears of the closed sockets in its own time; until then it says so with 503.
    let status = 503;
    for (let tries = 0; status === 503 && tries < 1000; tries += 1) status = (await doors.post(path, large)).status;
    expect(status).toBe(413);
    expect((await doors.post(path, JSON.stringify([call]) + ' '.repeat(490_000))).status).toBe(200);
  });
});

test('slow senders, and too many, are cut off by Node itself', async () => {
  const { server } = createServer({ connectionsMax: 9 }, { log, clock: systemClock });
  expect(server).toMatchObject({ headersTimeout: 10_000, requestTimeout: 30_000, maxConnections: 9 });
});

const route: DoorRoute = { path: '/door', answer: async ({ query }) => JSON.stringify({ query }) };

test.each([
  ['a door', 'POST /door'],
  ['any other route', 'GET /'],
])('%s tells a request that comes while the server closes to come back', async (_name, target) => {
  const server = createServer({}, { log, clock: systemClock, doors: [route] });
  server.get('/', async () => ({ ok: true }));
  const closing = new Promise<void>((resolve) => {
    server.addHook('preClose', (done) => {
      resolve();
      done();
    });
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const port = Number(new URL(server.listeningOrigin).port);

  // The head of a request is half there when the closing begins: such a connection is not idle, and so not closed.
  const late = connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  late.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise<void>((resolve) => late.once('close', () => resolve()));
  await new Promise<void>((resolve) => late.write(`${target} HTTP/1.1\r\nHost: x\r\n`, () => resolve()));
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  const done = server.close();
  await closing;
  late.write('\r\n');
  await Promise.all([closed, done]);

  const answer = Buffer.concat(chunks).toString();
  expect(answer).toMatch(/^HTTP\/1.1 503 /);
  expect(answer).toMatch(/retry-after: \d/i);
  expect(answer).toMatch(/connection: close/i);
  expect(answer).toContain('"code":"shutting_down"');
});

test('a connection on which nothing was ever sent does not keep the server open', async () => {
  const server = createServer({}, { log, clock: systemClock });
  await server.listen({ host: '127.0.0.1', port: 0 });
  const silent = connect(Number(new URL(server.listeningOrigin).port), '127.0.0.1');
  const closed = new Promise<void>((resolve) => silent.once('close', () => resolve()));
  await new Promise<void>((resolve) => server.server.once('connection', () => resolve()));
  await Promise.all([server.close(), closed]);
  expect(server.server.listening).toBe(false);
});
