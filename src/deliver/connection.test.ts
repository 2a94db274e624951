import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { startDnsStub } from '../../test/support/dns-stub.ts';
import { type FakeClock, fakeClock } from '../../test/support/fake-clock.ts';
import { type RawAct, type RawReceiver, startRawReceiver } from '../../test/support/raw-receiver.ts';
import { parseEgressAllow } from '../core/address.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { createDialer, type Dialer } from './connect.ts';
import type { Sent } from './exchange.ts';
import { createSender, type Sender } from './send.ts';
import { bodyBytes, headStart, requestMessage } from './write-request.ts';

const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

describe('a connection that waits', () => {
  it('is closed after five seconds', async () => {
    const { receiver, clock, sender } = await onFakeTime(answerAll());
    await send(sender, receiver);
    clock.advance(limits.keepAliveMs - 200);
    await send(sender, receiver);
    expect(receiver.connectionCount).toBe(1);
    clock.advance(limits.keepAliveMs + 100);
    await receiver.closed(1);
  });

  it('is not used when its time is up, even if nobody has looked yet', async () => {
    const receiver = await start(answerAll());
    let now = 0;
    const sender = senderWith({ now: () => now, monotonicMs: () => now, after: () => () => {} });
    await send(sender, receiver);
    now = limits.keepAliveMs;
    await send(sender, receiver);
    expect(receiver.connectionCount).toBe(2);
    await receiver.closed(1);
  });

  it.each([86_400_000, -86_400_000, Date.UTC(2038, 0, 20)])(
    'is kept for as long when the clock is set by %i ms, and a request has its whole time',
    async (byMs) => {
      const { receiver, clock, sender } = await onFakeTime(answerAll());
      await send(sender, receiver);
      clock.jump(byMs);
      clock.advance(limits.keepAliveMs - 200);
      await send(sender, receiver);
      expect(receiver.connectionCount).toBe(1);
      clock.jump(-2 * byMs);
      clock.advance(limits.keepAliveMs + 100);
      await receiver.closed(1);
    },
  );

  it('is closed a second before the receiver would', async () => {
    const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nkeep-alive: timeout=3\r\n\r\n';
    const { receiver, clock, sender } = await onFakeTime(answerAll(answer));
    await send(sender, receiver);
    clock.advance(1900);
    await send(sender, receiver);
    expect(receiver.connectionCount).toBe(1);
    clock.advance(2100);
    await receiver.closed(1);
  });

  it.each<[string, (socket: Socket) => unknown]>([
    ['the receiver closes it', (socket) => socket.end()],
    ['the receiver breaks it', (socket) => socket.resetAndDestroy()],
    ['the receiver says something unasked', (socket) => socket.write(ok)],
  ])('is given up when %s', async (_what, act) => {
    const receiver = await start(answerAll());
    const sender = senderWith(systemClock);
    await send(sender, receiver);
    act(receiver.lastSocket());
    await receiver.closed(1);
    expect((await send(sender, receiver)).outcome).toMatchObject({ status: 200 });
    expect([receiver.connectionCount, receiver.requestCount]).toEqual([2, 2]);
  });

  it('is the one that was used last', async () => {
    const receiver = await start(answerAll());
    const sender = senderWith(systemClock);
    await Promise.all([send(sender, receiver), send(sender, receiver), send(sender, receiver)]);
    const before = receiver.lastSocket();
    for (let round = 0; round < 3; round += 1) {
      await send(sender, receiver);
      expect(receiver.lastSocket()).toBe(before);
    }
  });

  it('is not used for another receiver', async () => {
    const [one, other] = [await start(answerAll()), await start(answerAll())];
    const sender = senderWith(systemClock);
    await send(sender, one);
    await send(sender, other);
    expect([one.requestCount, other.requestCount]).toEqual([1, 1]);
  });

  it('is all that was judged: a new one of the same name is judged again', async () => {
    const dns = await startDnsStub();
    open.push(dns);
    const receiver = await start(answerAll('HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'));
    const sender = senderWith(systemClock, [dns.server]);
    const origin = `http://rebind.test:${receiver.port}`;
    dns.names.set('rebind.test', ['127.0.0.1']);
    expect((await send(sender, receiver, { origin })).outcome).toMatchObject({ status: 200 });
    dns.names.set('rebind.test', ['127.0.0.3']);
    expect((await send(sender, receiver, { origin })).outcome).toMatchObject({ code: 'blocked_address' });
  });

  it('is closed when the sender is', async () => {
    const receiver = await start(answerAll());
    const sender = senderWith(systemClock);
    await send(sender, receiver);
    sender.close();
    await receiver.closed(1);
    expect(receiver.requestCount).toBe(1);
  });
});

describe('a receiver that closes just as we send', () => {
  it.each<[string, (socket: Socket) => unknown]>([
    ['in order', (socket) => socket.end()],
    ['with a reset', (socket) => socket.resetAndDestroy()],
  ])('%s, gets the request once more on a fresh connection', async (_how, close) => {
    const receiver = await start((socket, { onSocket }) => (onSocket === 2 ? close(socket) : socket.write(ok)));
    const sender = senderWith(systemClock);
    expect((await send(sender, receiver)).timings.connectMs).not.toBeNull();
    const sent = await send(sender, receiver);
    expect(sent.outcome).toMatchObject({ kind: 'response', status: 200 });
    expect(sent.timings.connectMs).toBeGreaterThanOrEqual(0);
    expect([receiver.requestCount, receiver.connectionCount]).toEqual([3, 2]);
  });

  it('after every answer, gets every request', async () => {
    const receiver = await start((socket) => socket.end(ok));
    const sender = senderWith(systemClock);
    for (let round = 0; round < 50; round += 1) {
      expect((await send(sender, receiver)).outcome).toMatchObject({ kind: 'response', status: 200 });
    }
    expect(receiver.connectionCount).toBe(50);
  });

  it('and again on the fresh connection, has failed', async () => {
    const receiver = await start((socket, { index }) => (index === 0 ? socket.write(ok) : socket.end()));
    const sender = senderWith(systemClock);
    await send(sender, receiver);
    expect((await send(sender, receiver)).outcome).toEqual({ kind: 'unreachable', code: 'connection_closed' });
    expect([receiver.requestCount, receiver.connectionCount]).toEqual([3, 2]);
  });

  it('on the first request of a connection, has failed', async () => {
    const receiver = await start((socket) => socket.end());
    expect((await send(senderWith(systemClock), receiver)).outcome).toMatchObject({ code: 'connection_closed' });
    expect(receiver.requestCount).toBe(1);
  });

  it('after one byte of an answer, has failed', async () => {
    const receiver = await start((socket, { onSocket }) => (onSocket === 1 ? socket.write(ok) : socket.end('H')));
    const sender = senderWith(systemClock);
    await send(sender, receiver);
    expect((await send(sender, receiver)).outcome).toMatchObject({ code: 'connection_closed' });
    expect([receiver.requestCount, receiver.connectionCount]).toEqual([2, 1]);
  });

  it('has no more time for it than it had', async () => {
    const { receiver, clock, sender } = await onFakeTime((socket, { index }) => index === 0 && socket.write(ok));
    await send(sender, receiver);
    const sent = send(sender, receiver, { timeoutMs: 10_000 });
    await receiver.requested(2);
    clock.advance(6000);
    receiver.lastSocket().end();
    await receiver.requested(3);
    clock.advance(4100);
    const { outcome, timings } = await sent;
    expect(outcome.kind).toBe('timeout');
    expect(timings.totalMs).toBeGreaterThanOrEqual(10_000);
    expect(timings.totalMs).toBeLessThanOrEqual(10_100);
  });
});

describe('a request', () => {
  it.each([
    ['ASCII', '{"n":1}'],
    ['anything else', '{"é":{"n":1}'],
  ])('is one write, of %s', async (_what, body) => {
    const receiver = await start(answerAll());
    const dialer = dialerWith(systemClock);
    const writes: unknown[] = [];
    const watched: typeof dialer = {
      ...dialer,
      dial: (origin, user) =>
        dialer.dial(origin, {
          onBytes: (bytes, count) => user.onBytes(bytes, count),
          onFailure: (error) => user.onFailure(error),
          onOpen(socket, timings) {
            const write = vi.spyOn(socket, 'write');
            user.onOpen(socket, timings);
            writes.push(...write.mock.calls);
          },
        }),
    };
    const sender = createSender({ dialer: watched, clock: systemClock });
    open.push(sender);
    expect((await send(sender, receiver, { body })).outcome).toMatchObject({ status: 200 });
    expect(writes).toHaveLength(1);
  });
});

describe('an answer', () => {
  it('may come byte by byte', async () => {
    const answer = 'HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\nx: y\r\n\r\n3;z\r\nabc\r\n0\r\n\r\n';
    const receiver = await start((socket) => drip(socket, answer));
    const sender = senderWith(systemClock);
    for (let round = 0; round < 2; round += 1) {
      expect(await send(sender, receiver)).toMatchObject({
        outcome: { status: 500, headers: { x: 'y' } },
        responseBody: 'abc',
        responseTruncated: false,
      });
    }
    expect(receiver.connectionCount).toBe(1);
  });

  it('may end with the connection', async () => {
    const receiver = await start((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nto the end'));
    expect(await send(senderWith(systemClock), receiver)).toMatchObject({
      outcome: { status: 200 },
      responseBody: 'to the end',
      responseTruncated: false,
    });
  });

  it.each([
    ['says that it closes', 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'],
    ['has bytes after its end', `${ok}HTTP/1.1 500 No\r\n\r\n`],
    ['is framed in two ways', 'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ])('that %s is the last on its connection', async (_what, answer) => {
    const receiver = await start(answerAll(answer));
    const sender = senderWith(systemClock);
    for (let round = 1; round <= 3; round += 1) {
      expect((await send(sender, receiver)).outcome).toMatchObject({ status: 200 });
      await receiver.closed(round);
    }
    expect(receiver.connectionCount).toBe(3);
  });

  it('that comes before the request is written to its end counts, and is the last on its connection', async () => {
    const receiver = await start(
      () => {},
      (socket) => {
        socket.once('data', () => socket.pause().write(ok));
      },
    );
    const sender = senderWith(systemClock);
    const sent = await send(sender, receiver, { body: 'x'.repeat(30_000_000) });
    expect(sent.outcome).toMatchObject({ status: 200 });
    receiver.lastSocket().resume();
    await receiver.closed(1);
  });

  it('that is there before the request is none', async () => {
    const sender = createSender({
      clock: systemClock,
      dialer: {
        dial(_origin, user) {
          queueMicrotask(() => user.onBytes(Buffer.from(ok), ok.length));
          return () => {};
        },
      },
    });
    const sent = await new Promise<Sent>((resolve) =>
      sender.send({ origin: 'http://127.0.0.1:9', message: '', timeoutMs: 1000 }, resolve),
    );
    expect(sent.outcome).toEqual({ kind: 'unreachable', code: 'bad_response' });
  });
});

describe('the one deadline holds', () => {
  const early = 'HTTP/1.1 103 Early Hints\r\n\r\n';
  it.each([
    ['while headers drip', 'HTTP/1.1 200 OK\r\nx: ', 'y', 'timeout', 10_000],
    ['while early hints drip', '', early, 'timeout', 10_000],
    ['while a body drips', 'HTTP/1.1 200 OK\r\n\r\n', 'y', 'response', limits.responseDrainMs],
    ['while chunks drip', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\ny\r\n', 'response', 5000],
    [
      'while an extension drips',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;',
      'y',
      'response',
      limits.responseDrainMs,
    ],
  ])('%s', async (_what, first, more, kind, dueMs) => {
    const { receiver, clock, sender } = await onFakeTime((socket) => socket.write(first));
    const sents: Sent[] = [];
    void send(sender, receiver, { timeoutMs: 10_000 }).then((sent) => sents.push(sent));
    await receiver.requested(1);
    // Each piece has come when the next one is sent, as far as one can tell from outside; half a second passes in between.
    let pieces = 0;
    for (; sents.length === 0 && pieces < 200; pieces += 1) {
      receiver.lastSocket().write(more);
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      clock.advance(600);
    }
    expect(sents).toMatchObject([{ outcome: { kind } }]);
    expect(pieces * 600).toBeGreaterThanOrEqual(dueMs);
    expect(pieces * 600).toBeLessThanOrEqual(dueMs + 1800);
    await receiver.closed(1);
  });
});

async function start(act: RawAct, onConnection?: (socket: Socket) => void): Promise<RawReceiver> {
  const receiver = await startRawReceiver(act, onConnection);
  open.push(receiver);
  return receiver;
}

function answerAll(answer = ok): RawAct {
  return (socket) => socket.write(answer);
}

function drip(socket: Socket, text: string): void {
  if (text === '') return;
  socket.write(text.slice(0, 1), () => setImmediate(() => drip(socket, text.slice(1))));
}

function dialerWith(clock: Clock, dnsServers: string[] | null = null): Dialer {
  return createDialer({ rules: { allow: parseEgressAllow('127.0.0.1'), http: true }, dnsServers }, { clock });
}

function senderWith(clock: Clock, dnsServers: string[] | null = null): Sender {
  const sender = createSender({ dialer: dialerWith(clock, dnsServers), clock });
  open.push(sender);
  return sender;
}

async function onFakeTime(act: RawAct): Promise<{ receiver: RawReceiver; clock: FakeClock; sender: Sender }> {
  const clock = fakeClock();
  return { receiver: await start(act), clock, sender: senderWith(clock) };
}

function send(
  sender: Sender,
  { port }: RawReceiver,
  { body = '{"n":1}', timeoutMs = 60_000, origin = `http://127.0.0.1:${port}` } = {},
): Promise<Sent> {
  const message = requestMessage(headStart(new URL(origin), {}, {}), bodyBytes(body));
  return new Promise((resolve) => sender.send({ origin, message, timeoutMs }, resolve));
}
