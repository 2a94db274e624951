import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimit } from './rate-limit.ts';

describe('RateLimit', () => {
  it('never lets through more than its burst and what the time has earned', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.1, max: 500, noNaN: true }),
        fc.array(fc.nat(2000), { maxLength: 200 }),
        (rate, steps) => {
          const limit = new RateLimit(rate, 0);
          let now = 0;
          let taken = 0;
          for (const step of steps) {
            now += step;
            while (limit.take(now) === 0) taken += 1;
          }
          expect(taken).toBeLessThanOrEqual(Math.max(1, rate) + (rate * now) / 1000 + 0.001);
        },
      ),
    );
  });

  it('lets one through at the very moment that it named', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 500, noNaN: true }), (rate) => {
        const limit = new RateLimit(rate, 0);
        while (limit.take(0) === 0);
        const waitMs = limit.take(0);
        expect(waitMs).toBeGreaterThan(0);
        expect(limit.take(waitMs)).toBe(0);
      }),
    );
  });

  it('keeps its pace over a minute', () => {
    const limit = new RateLimit(3, 0);
    let taken = 0;
    for (let now = 0; now <= 60_000; now += 5) if (limit.take(now) === 0) taken += 1;
    expect(taken).toBe(3 + 180);
  });

  it('is not confused by a clock that goes back', () => {
    const limit = new RateLimit(1, 10_000);
    expect(limit.take(10_000)).toBe(0);
    expect(limit.take(5000)).toBe(1000);
    expect(limit.take(6000)).toBe(0);
  });
});
