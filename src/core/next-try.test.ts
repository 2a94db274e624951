import { describe, expect, it } from 'vitest';
import { type NextTry, nextTry, nextTryGiven, type WaitingDelivery } from './next-try.ts';

const delays = [5000, 30_000, 3_600_000];
const fresh: WaitingDelivery = {
  state: 'pending',
  attemptCount: 0,
  attemptsBeforeReplay: 0,
  asked: false,
  dueAt: 1000,
};
const last = (headers: object) => ({
  startedAt: 0,
  responseHeadersJson: JSON.stringify(headers),
  timings: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null, totalMs: 100 },
});

it.each<[string, Partial<WaitingDelivery>, object, object | null]>([
  ['a first attempt', {}, {}, { at: 1000, reason: 'first_attempt', retry: null, retryCount: 3 }],
  [
    'one that was asked for',
    { asked: true, attemptCount: 4, attemptsBeforeReplay: 4 },
    {},
    { reason: 'replay', retry: null },
  ],
  ['one that was made late', { asked: true }, {}, { reason: 'replay' }],
  [
    'a retry',
    { attemptCount: 2, dueAt: 36_000 },
    {},
    {
      at: 36_000,
      reason: 'retry',
      retry: 2,
      words: 'Retry 2 of 3, 30 seconds after the last attempt, give or take a fifth.',
    },
  ],
  ['a retry after a replay', { attemptCount: 5, attemptsBeforeReplay: 4 }, {}, { reason: 'retry', retry: 1 }],
  [
    'a long one',
    { attemptCount: 3 },
    {},
    { words: 'Retry 3 of 3, 1 hour after the last attempt, give or take a fifth.' },
  ],
  ['Retry-After within the schedule', { attemptCount: 2, dueAt: 36_000 }, { 'retry-after': '1' }, { reason: 'retry' }],
  [
    'Retry-After beyond it',
    { attemptCount: 2, dueAt: 90_100 },
    { 'retry-after': '90' },
    { at: 90_100, reason: 'retry_after', retry: 2 },
  ],
  ['a webhook that is off', { state: 'held', attemptCount: 2, dueAt: null }, {}, { at: null, reason: 'webhook_off' }],
  ['what is over', { state: 'failed', dueAt: null }, {}, null],
])('tells of %s', (_, over, headers, wanted) => {
  const told = nextTry({ ...fresh, ...over }, last(headers), delays);
  expect(told === null).toBe(wanted === null);
  expect(told ?? {}).toMatchObject(wanted ?? {});
});

describe('in the light of how it goes with its webhook', () => {
  const retry: NextTry = {
    at: 36_000,
    probeAt: null,
    reason: 'retry',
    retry: 2,
    retryCount: 3,
    words: 'Retry 2 of 3.',
  };
  const down = { state: 'waiting' as const, nextProbeAt: 70_000, lastError: 'connection_refused' };

  it('says that a receiver is down, and when the next one goes out to see', () => {
    expect(nextTryGiven(retry, down)).toEqual({
      ...retry,
      probeAt: 70_000,
      reason: 'receiver_down',
      words: expect.stringContaining('down (connection_refused)'),
    });
    expect(nextTryGiven(retry, { ...down, nextProbeAt: null, lastError: null })).toMatchObject({
      probeAt: null,
      words: expect.stringMatching(/^Its receiver is down\. /),
    });
  });

  it('stays as it is while the receiver answers, when nothing is known, and while the webhook is off', () => {
    for (const health of [null, { ...down, state: 'flowing' as const }, { ...down, state: 'slowed' as const }])
      expect(nextTryGiven(retry, health)).toEqual(retry);
    const off: NextTry = { ...retry, at: null, reason: 'webhook_off' };
    expect(nextTryGiven(off, down)).toEqual(off);
  });
});
