import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { limits } from './limits.ts';
import { createSignInThrottle } from './sign-in-throttle.ts';

const hourMs = 3_600_000;
const from = (network: string, account = 'ada', isKnown = false) => ({ account, network, isKnown });

test('whoever guesses as fast as they may gets in some hundred guesses a day, and is never locked out for good', () => {
  const clock = fakeClock();
  const throttle = createSignInThrottle(clock);
  let guesses = 0;
  let longestWait = 0;
  while (clock.monotonicMs() < 24 * hourMs) {
    const waitSeconds = throttle.waitSeconds(from('192.0.2.1'));
    longestWait = Math.max(longestWait, waitSeconds);
    if (waitSeconds === 0) guesses += 1;
    else clock.advance(waitSeconds * 1000);
  }
  expect(guesses).toBeGreaterThan(100);
  expect(guesses).toBeLessThan(400);
  expect(longestWait).toBe(300);
});

test('a thousand networks at one account get in one guess each half minute, and its owner is not among those who wait', () => {
  const clock = fakeClock();
  const throttle = createSignInThrottle(clock);
  let guesses = 0;
  for (let second = 0; second < 3600; second += 1) {
    for (let each = 0; each < 5; each += 1) {
      if (throttle.waitSeconds(from(`198.51.100.${(second * 5 + each) % 1000}`)) === 0) guesses += 1;
    }
    clock.advance(1000);
  }
  expect(guesses).toBeLessThanOrEqual(50 + 3600 / 30);
  expect(throttle.waitSeconds(from('203.0.113.1'))).toBeGreaterThan(0);
  expect(throttle.waitSeconds(from('203.0.113.1', 'ada', true))).toBe(0);
});

test('an account of one’s own is no way to begin anew', () => {
  const clock = fakeClock();
  const throttle = createSignInThrottle(clock);
  let guesses = 0;
  for (let round = 0; round < 100; round += 1) {
    if (throttle.waitSeconds(from('192.0.2.1', `victim ${round}`)) === 0) guesses += 1;
    const own = from('192.0.2.1', 'own');
    if (throttle.waitSeconds(own) === 0) throttle.forgive(own);
  }
  expect(guesses).toBe(20);
});

test('a person who types the right password now and then never waits', () => {
  const clock = fakeClock();
  const throttle = createSignInThrottle(clock);
  for (let round = 0; round < 200; round += 1) {
    expect(throttle.waitSeconds(from('192.0.2.1'))).toBe(0);
    throttle.forgive(from('192.0.2.1'));
  }
});

test('after what it says one has to wait, one may, whatever was tried before', () => {
  const tries = fc.array(
    fc.record({ network: fc.nat(3), account: fc.nat(2), isRight: fc.boolean(), afterMs: fc.nat(20_000) }),
    { maxLength: 150 },
  );
  fc.assert(
    fc.property(tries, (made) => {
      const clock = fakeClock();
      const throttle = createSignInThrottle(clock);
      for (const { network, account, isRight, afterMs } of made) {
        clock.advance(afterMs);
        const attempt = from(`n${network}`, `a${account}`);
        const waitSeconds = throttle.waitSeconds(attempt);
        expect(waitSeconds).toBeLessThanOrEqual(300);
        clock.advance(waitSeconds * 1000);
        expect(waitSeconds === 0 ? 0 : throttle.waitSeconds(attempt)).toBe(0);
        if (isRight) throttle.forgive(attempt);
      }
    }),
  );
});

test('remembers no more names than there is room for', () => {
  const throttle = createSignInThrottle(fakeClock());
  for (let index = 0; index < 5; index += 1) throttle.waitSeconds(from('192.0.2.1', 'first'));
  expect(throttle.waitSeconds(from('192.0.2.1', 'first'))).toBeGreaterThan(0);
  for (let index = 0; index < limits.rateLimitKeysMax; index += 1) {
    throttle.waitSeconds(from(`10.0.${index >> 8}.${index & 255}`, `a${index}`));
  }
  expect(throttle.waitSeconds(from('192.0.2.1', 'first'))).toBe(0);
});
