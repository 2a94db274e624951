import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../core/limits.ts';
import { Breaker } from './breaker.ts';

describe('Breaker', () => {
  it('opens at the tenth different delivery in a row that fails, and not for fewer that fail often', () => {
    const { breaker, fail, succeed } = stand();
    for (let round = 0; round < 10; round += 1) for (let event = 0; event < 9; event += 1) fail(`e${event}`);
    expect([breaker.state, breaker.failuresInARow]).toEqual(['closed', 9]);
    succeed();
    for (let event = 0; event < 9; event += 1) fail(`e${event}`);
    expect(breaker.state).toBe('closed');
    fail('e9');
    expect([breaker.state, breaker.failuresInARow, breaker.probeAtMs]).toEqual(['open', 10, 5000]);
  });

  it('waits twice as long after each probe that fails, up to five minutes, and has one at a time', () => {
    const { breaker, open, probeFails, now } = stand();
    open();
    const waits: number[] = [];
    for (let probes = 0; probes < 9; probes += 1) {
      waits.push((breaker.probeAtMs ?? 0) - now());
      probeFails();
    }
    expect(waits.map((waitMs) => waitMs / 1000)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    breaker.probe(1000);
    expect(breaker.probeAtMs).toBeNull();
  });

  it('gives jitter to the waits, and leaves the receiver alone for as long as it asks, up to an hour', () => {
    for (const [dice, waitMs] of [
      [0, 4000],
      [0.999_999, 6000],
    ] as const) {
      const { breaker, open } = stand(dice);
      open();
      expect(breaker.probeAtMs).toBeCloseTo(waitMs, -1);
    }
    for (const [askedMs, waitMs] of [
      [1000, 5000],
      [60_000, 60_000],
      [limits.retryAfterMaxMs * 5, limits.retryAfterMaxMs],
    ] as const) {
      const { breaker, open } = stand();
      open(askedMs);
      expect(breaker.probeAtMs).toBe(waitMs);
    }
  });

  it('closes after three good answers, and then begins with the short wait again', () => {
    const { breaker, open, probeFails, succeed } = stand();
    open();
    probeFails();
    const states = [1, 2, 3].map(() => {
      succeed();
      return breaker.state;
    });
    expect([...states, breaker.failuresInARow]).toEqual(['half', 'half', 'closed', 0]);
    expect(open()).toBe(5000);
  });

  it('opens again at one failure while it is half, with the longer wait; what was under way before says nothing', () => {
    const { breaker, open, succeed, fail, now } = stand();
    open();
    const before = 1;
    succeed();
    fail('late', { number: before });
    expect(breaker.state).toBe('half');
    fail('new');
    expect([breaker.state, (breaker.probeAtMs ?? 0) - now()]).toEqual(['open', 10_000]);
  });

  it('lets the next delivery be the probe when one came to no request', () => {
    const { breaker, open, now } = stand();
    open();
    breaker.probe(500);
    breaker.unsent(499, now());
    expect(breaker.probeAtMs).toBeNull();
    breaker.unsent(500, now());
    expect(breaker.probeAtMs).toBe(now());
  });

  it('never has two probes, never waits longer than an hour, and always closes for a receiver that is well', () => {
    const step = fc.record({
      kind: fc.constantFrom('send', 'well', 'fail', 'wait'),
      event: fc.nat(30),
      askedMs: fc.nat(10_000_000),
      waitMs: fc.nat(400_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const breaker = new Breaker(() => 0.5);
        const underWay: number[] = [];
        let nextNumber = 1;
        let nowMs = 0;
        let probe: number | null = null;
        let twice = 0;
        for (const { kind, event, askedMs, waitMs } of steps) {
          if (kind === 'wait') nowMs += waitMs;
          else if (kind === 'send') {
            if (breaker.state === 'open') {
              if (breaker.probeAtMs === null || breaker.probeAtMs > nowMs) continue;
              if (probe !== null && underWay.includes(probe)) twice += 1;
              breaker.probe((probe = nextNumber));
            }
            underWay.push(nextNumber++);
          } else {
            const number = underWay.shift();
            if (number === undefined) continue;
            if (kind === 'well') breaker.succeeded(number, nextNumber);
            else breaker.failed({ eventId: `e${event}`, number, nextNumber, retryAfterMs: askedMs, nowMs });
            if (breaker.state !== 'open') probe = null;
          }
          expect((breaker.probeAtMs ?? 0) - nowMs).toBeLessThanOrEqual(limits.retryAfterMaxMs);
        }
        expect(twice).toBe(0);
        nowMs += limits.retryAfterMaxMs;
        if (breaker.probeAtMs !== null) breaker.probe(nextNumber);
        for (let count = 0; count < 4; count += 1) breaker.succeeded(nextNumber++, nextNumber);
        expect([breaker.state, breaker.failuresInARow]).toEqual(['closed', 0]);
      }),
    );
  });
});

function stand(dice = 0.5) {
  const breaker = new Breaker(() => dice);
  let nextNumber = 1;
  let nowMs = 0;
  const fail = (eventId: string, { number = nextNumber++, askedMs = 0 } = {}): void =>
    breaker.failed({ eventId, number, nextNumber, retryAfterMs: askedMs, nowMs });
  return {
    breaker,
    fail,
    now: () => nowMs,
    succeed: () => breaker.succeeded(nextNumber++, nextNumber),
    /** Answers how long the first probe has to wait. */
    open: (askedMs = 0): number => {
      for (let event = 0; breaker.state === 'closed'; event += 1) fail(`down ${event}`, { askedMs });
      return (breaker.probeAtMs ?? 0) - nowMs;
    },
    probeFails: (): void => {
      nowMs = breaker.probeAtMs ?? nowMs;
      breaker.probe(nextNumber);
      fail(`probe ${nextNumber}`);
    },
  };
}
