import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

describe('RateLimit', () => {
  it('never lets through more than its burst and what the time has earned', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 500, noNaN: true }),
        fc.option(fc.integer({ min: 1, max: 2000 })),
        fc.array(fc.nat(2000), { maxLength: 200 }),
        (rate, burst, steps) => {
          const limit = new RateLimit({ perSecond: rate, burst }, 0);
          let now = 0;
          let taken = 0;
          for (const step of steps) {
            now += step;
            while (limit.take(now) === 0) taken += 1;
          }
          expect(taken).toBeLessThanOrEqual(Math.max(1, burst ?? rate) + (rate * now) / 1000 + 0.001);
        },
      ),
    );
  });

  it('lets one through at the very moment that it named', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 500, noNaN: true }), (rate) => {
        const limit = new RateLimit({ perSecond: rate, burst: null }, 0);
        while (limit.take(0) === 0);
        const waitMs = limit.take(0);
        expect(waitMs).toBeGreaterThan(0);
        expect(limit.take(waitMs)).toBe(0);
      }),
    );
  });

  it.each([
    [null, 3],
    [1, 1],
    [50, 50],
  ])(
    'with a burst of %s begins with one, keeps its pace over a minute, and has that many after a quiet one',
    (burst, atOnce) => {
      const limit = new RateLimit({ perSecond: 3, burst }, 0);
      let taken = 0;
      for (let now = 0; now <= 60_000; now += 1) while (limit.take(now) === 0) taken += 1;
      // What comes in parts of a millisecond is lost to a bucket that is full with one.
      expect([180, 181]).toContain(taken);
      let again = 0;
      while (limit.take(120_000) === 0) again += 1;
      expect(again).toBe(atOnce);
    },
  );

  it('is not confused by a clock that goes back', () => {
    const limit = new RateLimit({ perSecond: 1, burst: null }, 10_000);
    expect(limit.take(10_000)).toBe(0);
    expect(limit.take(5000)).toBe(1000);
    expect(limit.take(6000)).toBe(0);
  });
});
