import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { agree, correctedClock, offsetCell } from './database-time.ts';

function timeOff(byMs: number) {
  const right = fakeClock();
  const own = { ...right, now: () => right.now() + byMs };
  const time = { own, offset: offsetCell() };
  return { right, time, clock: correctedClock(time) };
}

/** Asks for the time; the question takes `thereMs` on its way, and the answer `backMs`. */
function ask({ right, time }: ReturnType<typeof timeOff>, thereMs: number, backMs: number): boolean {
  const askedMs = time.own.monotonicMs();
  right.advance(thereMs);
  const there = right.now();
  right.advance(backMs);
  return agree(time, there, askedMs);
}

test.each([86_400_000 * 60, 3_600_000, 3000, -3000, -86_400_000])(
  'a clock that is off by %d ms is set right',
  (byMs) => {
    const off = timeOff(byMs);
    expect(off.clock.now()).toBe(off.right.now() + byMs);
    expect(ask(off, 2, 2)).toBe(true);
    expect(off.clock.now()).toBe(off.right.now());
    off.right.advance(1000);
    expect(off.clock.now()).toBe(off.right.now());
    expect(ask(off, 2, 2)).toBe(false);
  },
);

test('one that is set while the process runs is followed', () => {
  const off = timeOff(0);
  expect(ask(off, 2, 2)).toBe(false);
  off.time.own = { ...off.right, now: () => off.right.now() - 7000 };
  expect(ask(off, 2, 2)).toBe(true);
  expect(off.time.offset[0]).toBe(7000);
});

test('a difference that may be the way of the answer changes nothing, and a large one is found all the same', () => {
  expect(ask(timeOff(30), 0, 0)).toBe(false);
  expect(ask(timeOff(1000), 1500, 1500)).toBe(false);
  const off = timeOff(3_600_000);
  expect(ask(off, 0, 3000)).toBe(true);
  expect(Math.abs(off.clock.now() - off.right.now())).toBeLessThanOrEqual(1500);
});
