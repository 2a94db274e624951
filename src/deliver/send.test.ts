import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { receiverKey, right } from '../../test/support/certificates.ts';
import { type FakeClock, fakeClock } from '../../test/support/fake-clock.ts';
import {
  answerWith,
  type Behaviour,
  flood,
  hang,
  type Receiver,
  raw,
  reset,
  stall,
  startReceiver,
} from '../../test/support/receiver.ts';
import { parseEgressAllow } from '../core/address.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { createDialer } from './connect.ts';
import type { SendRequest, Sent } from './exchange.ts';
import { createSender, type Sender } from './send.ts';
import { bodyBytes, headStart, requestMessage } from './write-request.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

describe('send', () => {
  it('posts the exact bytes and headers, and brings back the answer', async () => {
    const receiver = await start(answerWith(201, { 'x-one': '1', 'content-type': 'text/plain' }, 'thanks'));
    const sent = await sendTo(receiver, { body: '{"a":"é\u2028"}', path: '/a%20b?c=d' });
    expect(sent).toMatchObject({
      outcome: { kind: 'response', status: 201, retryAfter: null, headers: { 'x-one': '1' } },
      responseBody: 'thanks',
      responseTruncated: false,
      timings: { dnsMs: null, tlsMs: null },
    });
    const [request] = receiver.requests;
    expect(request).toMatchObject({ method: 'POST', path: '/a%20b?c=d', headers: { 'x-mine': 'yes' } });
    expect(request?.headers['host']).toBe(`127.0.0.1:${receiver.port}`);
    expect(request?.headers['content-length']).toBe(String(request?.body.length));
    expect(request?.body.toString()).toBe('{"a":"é\u2028"}');
  });

  it('speaks TLS, and says once how long that took', async () => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, right]);
    try {
      const receiver = await startReceiver(200, { host: '127.0.0.2', tls: { key: receiverKey, cert: right } });
      open.push(receiver);
      const sender = senderWith(systemClock);
      const first = await send(sender, requestTo(receiver));
      const second = await send(sender, requestTo(receiver));
      expect([first.outcome, second.outcome]).toMatchObject([{ status: 200 }, { status: 200 }]);
      expect(first.timings.tlsMs).toBeGreaterThanOrEqual(0);
      expect(second.timings.tlsMs).toBeNull();
      expect(receiver.requests.map(({ body }) => body.toString())).toEqual(['{"n":1}', '{"n":1}']);
    } finally {
      setDefaultCACertificates(before);
    }
  });

  it('sends again over TLS what a receiver closed its connection at', async () => {
    const before = getCACertificates('default');
    setDefaultCACertificates([...before, right]);
    try {
      const receiver = await startReceiver(closeAtTheSecond, {
        host: '127.0.0.2',
        tls: { key: receiverKey, cert: right },
      });
      open.push(receiver);
      const sender = senderWith(systemClock);
      for (let round = 0; round < 3; round += 1) {
        expect((await send(sender, requestTo(receiver))).outcome).toMatchObject({ status: 200 });
      }
      expect([receiver.requests.length, receiver.connectionCount]).toEqual([4, 2]);
    } finally {
      setDefaultCACertificates(before);
    }
  });

  it('reuses its connection, and counts opening it only once', async () => {
    const receiver = await start(200);
    const sender = senderWith(systemClock);
    const first = await send(sender, requestTo(receiver));
    const second = await send(sender, requestTo(receiver));
    expect(receiver.connectionCount).toBe(1);
    expect(first.timings.connectMs).toBeGreaterThanOrEqual(0);
    expect(second.timings.connectMs).toBeNull();
    await Promise.all([send(sender, requestTo(receiver)), send(sender, requestTo(receiver))]);
    expect(receiver.connectionCount).toBe(2);
  });

  it('opens another connection when the receiver has closed the one it had', async () => {
    const receiver = await start(answerWith(200, { connection: 'close' }));
    const sender = senderWith(systemClock);
    for (let count = 1; count <= 3; count += 1) {
      expect((await send(sender, requestTo(receiver))).outcome).toMatchObject({ kind: 'response', status: 200 });
      expect(receiver.connectionCount).toBe(count);
    }
  });

  it('does not follow redirects, and takes Retry-After along', async () => {
    const other = await start(200);
    const receiver = await start(answerWith(302, { location: other.url, 'retry-after': '7' }));
    const sent = await sendTo(receiver);
    expect(sent.outcome).toMatchObject({
      kind: 'response',
      status: 302,
      retryAfter: '7',
      headers: { location: other.url },
    });
    expect(other.connectionCount).toBe(0);
  });

  it('keeps the first 16 KB of a body, as text that any database can hold', async () => {
    const long = await sendTo(await start(answerWith(500, {}, 'x'.repeat(20_000))));
    expect([long.responseBody.length, long.responseTruncated]).toEqual([16_384, true]);
    const odd = await sendTo(await start(answerWith(500, {}, Buffer.from([0x61, 0, 0xff, 0x62]))));
    expect([odd.responseBody, odd.responseTruncated]).toEqual(['a\ufffd\ufffdb', false]);
  });

  it('unpacks nothing', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const sent = await sendTo(await start(answerWith(200, { 'content-encoding': 'gzip' }, bomb)));
    expect(sent.responseBody.length).toBeLessThanOrEqual(16_384);
    expect(sent.responseBody.startsWith('\u001f')).toBe(true);
  });

  it('stops reading a body that has no end, and takes the status for what it is', async () => {
    const receiver = await start(flood());
    const sent = await sendTo(receiver);
    expect(sent.outcome).toMatchObject({ kind: 'response', status: 200 });
    expect([sent.responseBody.length, sent.responseTruncated]).toEqual([16_384, true]);
    await receiver.brokenOff();
  });

  it('keeps a hundred headers at most, and no cookies', async () => {
    const many = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`x-${index}`, 'y']));
    const sent = await sendTo(
      await start(answerWith(200, { 'set-cookie': ['a=b', 'c=d'], link: ['a', 'b'], ...many })),
    );
    const headers = sent.outcome.kind === 'response' ? sent.outcome.headers : {};
    expect(Object.keys(headers)).toHaveLength(100);
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['link']).toBe('a, b');
  });
});

const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';

describe('the deadline', () => {
  it('is kept when the receiver never answers, to a tenth of a second', async () => {
    const receiver = await start(hang());
    const { clock, sent } = sendOnFakeTime(receiver, 30_050);
    await receiver.next();
    clock.advance(30_040);
    expect(await settled(sent)).toBe(false);
    clock.advance(110);
    expect(await settled(sent)).toBe(true);
    expect(await sent).toMatchObject({ outcome: { kind: 'timeout' }, timings: { firstByteMs: null } });
    await receiver.brokenOff();
  });

  it('is kept while the connection is not open yet', async () => {
    const clock = fakeClock();
    let gaveUp = false;
    const sender = createSender({
      dialer: { dial: () => () => (gaveUp = true) },
      clock,
    });
    const sent = send(sender, { origin: 'http://127.0.0.1:9', message: '', timeoutMs: 1000 });
    clock.advance(1100);
    expect(await sent).toMatchObject({ outcome: { kind: 'timeout' } });
    expect(gaveUp).toBe(true);
  });

  it('is kept when header bytes come one by one', async () => {
    const receiver = await start(raw('HTTP/1.1 200 OK\r\nx-slow: '));
    const { clock, sent } = sendOnFakeTime(receiver, 5000);
    await receiver.next();
    clock.advance(5100);
    expect(await sent).toMatchObject({ outcome: { kind: 'timeout' } });
  });

  it('is kept through early hints that never end, however slowly they come', async () => {
    const receiver = await start(raw(early));
    const { clock, sent } = sendOnFakeTime(receiver, 5000);
    await receiver.next();
    for (let second = 1; second < 5; second += 1) {
      clock.advance(1000);
      expect(await settled(sent)).toBe(false);
    }
    clock.advance(1100);
    expect(await sent).toMatchObject({ outcome: { kind: 'timeout' } });
  });

  it('lets an answer through that comes just before it', async () => {
    const waiting: { writeHead(status: number): { end(): unknown } }[] = [];
    const receiver = await start((_request, response) => void waiting.push(response));
    const { clock, sent } = sendOnFakeTime(receiver, 5000);
    await receiver.next();
    clock.advance(4900);
    waiting[0]?.writeHead(200).end();
    expect(await sent).toMatchObject({ outcome: { kind: 'response', status: 200 } });
  });

  it('is not put off by a body that comes byte by byte', async () => {
    const dripping: { write(text: string): unknown }[] = [];
    const receiver = await start((_request, response) => {
      response.writeHead(200).write('a');
      dripping.push(response);
    });
    const { clock, sent } = sendOnFakeTime(receiver, 60_000);
    await receiver.next();
    for (let turns = 0; turns < 200 && !(await settled(sent)); turns += 1) {
      dripping[0]?.write('a');
      clock.advance(100);
    }
    expect(await sent).toMatchObject({ outcome: { kind: 'response', status: 200 }, responseTruncated: true });
    await receiver.brokenOff();
  });

  it('ends the reading of a body after five seconds, and the answer counts', async () => {
    const receiver = await start(stall());
    const clock = fakeClock();
    const sender = senderWith(clock);
    const sent = send(sender, { ...requestTo(receiver), timeoutMs: 60_000 });
    await receiver.next();
    // Lets the fake clock go on only when the headers have come; there is no signal for that from outside.
    for (let turns = 0; turns < 100 && !(await settled(sent)); turns += 1) clock.advance(100);
    expect(await sent).toMatchObject({
      outcome: { kind: 'response', status: 200 },
      responseBody: 'and then',
      responseTruncated: true,
    });
    await receiver.brokenOff();
  });

  it('does not hurt the request after it', async () => {
    const receiver = await start(hang());
    const { clock, sender, sent } = sendOnFakeTime(receiver, 1000);
    await receiver.next();
    clock.advance(1100);
    await sent;
    receiver.behave(200);
    expect((await send(sender, requestTo(receiver))).outcome).toMatchObject({ kind: 'response', status: 200 });
  });
});

describe('a receiver that does not speak HTTP as it should', () => {
  it.each<[string, Behaviour, string]>([
    ['resets the connection', reset(), 'connection_reset'],
    ['closes it', raw('', 'close'), 'connection_closed'],
    ['closes it within the headers', raw('HTTP/1.1 200 OK\r\nx-a: b', 'close'), 'connection_closed'],
    ['is an SSH server', raw('SSH-2.0-OpenSSH_9.6\r\n'), 'bad_response'],
    ['sends early hints without end', raw(early.repeat(50)), 'bad_response'],
    [
      'switches protocols unasked',
      raw('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      'bad_response',
    ],
    [
      'sends a header of a megabyte',
      raw(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}\r\n\r\n`),
      'headers_too_large',
    ],
  ])('%s', async (_what, behaviour, code) => {
    const receiver = await start(behaviour);
    const sender = senderWith(systemClock);
    expect((await send(sender, requestTo(receiver))).outcome).toEqual({ kind: 'unreachable', code });
    receiver.behave(200);
    expect((await send(sender, requestTo(receiver))).outcome).toMatchObject({ kind: 'response', status: 200 });
  });

  it('says a few early hints, and is heard out', async () => {
    const receiver = await start(raw(`${early.repeat(20)}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`));
    expect((await sendTo(receiver)).outcome).toMatchObject({ kind: 'response', status: 200 });
  });

  it.each([
    ['breaks off within the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc'],
    ['breaks off between chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n'],
    ['sends what is no chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n'],
  ])('%s, and its status counts', async (_what, text) => {
    const sent = await sendTo(await start(raw(text, 'close')));
    expect(sent).toMatchObject({
      outcome: { kind: 'response', status: 200 },
      responseBody: 'abc',
      responseTruncated: true,
    });
  });

  it('sends two answers to one request, and the second is nobody’s', async () => {
    const two = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n';
    const receiver = await start(raw(two));
    const sender = senderWith(systemClock);
    expect((await send(sender, requestTo(receiver))).outcome).toMatchObject({ status: 200 });
    receiver.behave(204);
    expect((await send(sender, requestTo(receiver))).outcome).toMatchObject({ status: 204 });
  });

  it('survives whatever bytes come', async () => {
    let seed = 7;
    const bytes = (): string => {
      let text = seed % 3 === 0 ? 'HTTP/1.1 200 OK\r\n' : '';
      for (let index = 0; index < 60; index += 1) {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        text += seed % 5 === 0 ? '\r\n' : String.fromCharCode(seed % 256);
      }
      return text;
    };
    const receiver = await start((request, response) => raw(bytes(), 'close')(request, response, 0));
    const sender = senderWith(systemClock);
    for (let round = 0; round < 200; round += 1) {
      expect(['unreachable', 'response']).toContain((await send(sender, requestTo(receiver))).outcome.kind);
    }
    expect(receiver.requests).toHaveLength(200);
  });
});

it('dials nothing that is forbidden', async () => {
  const receiver = await start(200);
  const sent = await send(senderWith(systemClock), { ...requestTo(receiver), origin: 'http://127.0.0.3:9999' });
  expect(sent.outcome).toMatchObject({ kind: 'forbidden', code: 'blocked_address' });
});

it('breaks off everything when it is closed', async () => {
  const receiver = await start(hang());
  const sender = senderWith(systemClock);
  const sent = send(sender, requestTo(receiver));
  await receiver.next();
  sender.close();
  expect((await sent).outcome).toEqual({ kind: 'unreachable', code: 'aborted' });
  await receiver.brokenOff();
});

const closeAtTheSecond: Behaviour = (_request, response, index) => {
  if (index === 1) response.socket?.destroy();
  else response.writeHead(200).end();
};

async function start(behaviour: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const receiver = await startReceiver(behaviour);
  open.push(receiver);
  return receiver;
}

function senderWith(clock: Clock): Sender {
  const rules = { allow: parseEgressAllow('127.0.0.1,127.0.0.2'), http: true };
  const sender = createSender({ dialer: createDialer({ rules, dnsServers: null }, { clock }), clock });
  open.push(sender);
  return sender;
}

interface RequestParts {
  path?: string;
  body?: string;
}

function requestTo(receiver: Receiver, { path = '/hook', body = '{"n":1}' }: RequestParts = {}): SendRequest {
  const url = new URL(path, receiver.url);
  const message = requestMessage(headStart(url, {}, { 'X-Mine': 'yes' }), bodyBytes(body));
  return { origin: url.origin, message, timeoutMs: 60_000 };
}

function send(sender: Sender, request: SendRequest): Promise<Sent> {
  return new Promise((resolve) => sender.send(request, resolve));
}

function sendTo(receiver: Receiver, parts: RequestParts = {}): Promise<Sent> {
  return send(senderWith(systemClock), requestTo(receiver, parts));
}

function sendOnFakeTime(
  receiver: Receiver,
  timeoutMs: number,
): { clock: FakeClock; sender: Sender; sent: Promise<Sent> } {
  const clock = fakeClock();
  const sender = senderWith(clock);
  return { clock, sender, sent: send(sender, { ...requestTo(receiver), timeoutMs }) };
}

/** Whether it is settled after one more turn of the event loop. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  void promise.finally(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}
