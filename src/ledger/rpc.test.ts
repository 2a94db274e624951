import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { BellwireError } from '../core/errors.ts';
import { callerOf, messageCallsMax, serveCalls, tellerOf } from './rpc.ts';

interface Remote {
  double(value: number): Promise<number>;
  refuse(): Promise<never>;
  note(value: number): void;
}

let ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports) port.close();
  ports = [];
});

/** A remote end, and how many calls each message had that came to it. */
function stand() {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  const messages: number[] = [];
  const noted: number[] = [];
  port2.on('message', (calls: unknown[]) => messages.push(calls.length));
  serveCalls(port2, {
    double: async (value: number) => value * 2,
    refuse: async () => {
      throw new BellwireError('rate_limited', 'Later.', { retryAfterSeconds: 3 });
    },
    note: (value: number) => void noted.push(value),
  });
  return { port: port1, messages, noted };
}

test('what is called in one tick crosses together, a bounded number in a message, and is answered in order', async () => {
  const { port, messages } = stand();
  const remote = callerOf<Remote>(port);
  const count = messageCallsMax * 2 + 3;
  const answers = await Promise.all(Array.from({ length: count }, (_, index) => remote.double(index)));
  expect(answers).toEqual(Array.from({ length: count }, (_, index) => index * 2));
  expect(messages).toEqual([messageCallsMax, messageCallsMax, 3]);
});

test('a number that fills the last message leaves none that is empty', async () => {
  const { port, messages } = stand();
  const remote = callerOf<Remote>(port);
  await Promise.all(Array.from({ length: messageCallsMax }, (_, index) => remote.double(index)));
  await remote.double(1);
  expect(messages).toEqual([messageCallsMax, 1]);
});

test('an error keeps what a sender is told by it', async () => {
  const remote = callerOf<Remote>(stand().port);
  await expect(remote.refuse()).rejects.toMatchObject({
    code: 'rate_limited',
    message: 'Later.',
    retryAfterSeconds: 3,
  });
});

test('what is told waits for no answer, and comes in order', async () => {
  const { port, noted } = stand();
  const remote = tellerOf<Remote>(port);
  const told = Array.from({ length: messageCallsMax + 2 }, (_, index) => index);
  for (const value of told) remote.note(value);
  await expect.poll(() => noted).toEqual(told);
});
