import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketOf, durationAt, durationMeasure, tallySpanMs } from './tally.ts';
import { countsUnder, firstBucketOfLast, pointCount, seriesOf, stepMs, totalOf, wholeSteps } from './tally-series.ts';

const moments = fc.integer({ min: 0, max: 4_000_000_000_000 });

test('a span begins at a multiple of its length, at most that long before the moment; what counts for ever begins at 0', () => {
  fc.assert(
    fc.property(moments, fc.constantFrom('5m' as const, '1h' as const), (at, span) => {
      const bucketAt = bucketOf(at, span);
      expect(bucketAt % tallySpanMs[span]).toBe(0);
      expect(at - bucketAt).toBeGreaterThanOrEqual(0);
      expect(at - bucketAt).toBeLessThan(tallySpanMs[span]);
      expect(bucketOf(at, 'ever')).toBe(0);
    }),
  );
});

test('a duration read from counts is off by less than half of it', () => {
  const durations = fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(durations, fc.constantFrom(0.5, 0.95), (all, share) => {
      const counts = new Map<string, number>();
      for (const ms of all) counts.set(durationMeasure(ms), (counts.get(durationMeasure(ms)) ?? 0) + 1);
      const sorted = all.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(share * all.length) - 1] ?? 0;
      const read = durationAt(share, counts) ?? Number.NaN;
      expect(read).toBeGreaterThan(exact * 0.33);
      expect(read).toBeLessThan(exact * 2.01);
    }),
  );
});

test.each([
  [0, 'ms:1'],
  [1, 'ms:1'],
  [1.01, 'ms:2'],
  [300_000, 'ms:300000'],
  [300_001, 'ms:more'],
])('%d ms is counted as %s', (ms, measure) => {
  expect(durationMeasure(ms)).toBe(measure);
});

test('without attempts there is no duration', () => {
  expect(durationAt(0.5, new Map([['delivered', 4]]))).toBeNull();
  expect(durationAt(0.5, new Map([['ms:more', 4]]))).toBe(300_000);
});

test('a series has a point for each step, and every count within it in exactly one of them', () => {
  const counted = fc.record({
    offset: fc.integer({ min: -50, max: 450 }),
    measure: fc.constantFrom('matched', 'code:timeout'),
    count: fc.integer({ min: 1, max: 1000 }),
  });
  const steps = fc.constantFrom('5m' as const, '1h' as const, '1d' as const);
  fc.assert(
    fc.property(moments, steps, fc.integer({ min: 1, max: 400 }), fc.array(counted), (at, step, length, all) => {
      const range = wholeSteps({ from: at, before: at + length * stepMs[step], step });
      expect(range.from).toBeLessThanOrEqual(at);
      expect(range.before).toBeGreaterThanOrEqual(at + length * stepMs[step]);
      const tallies = all.map(({ offset, ...rest }) => ({ ...rest, bucketAt: range.from + offset * stepMs[step] }));
      const points = seriesOf(tallies, range);
      expect(points).toHaveLength(pointCount(range));
      expect(points.at(-1)?.at).toBe(range.before - stepMs[step]);
      const within = tallies.filter(({ bucketAt }) => bucketAt >= range.from && bucketAt < range.before);
      for (const measure of ['matched', 'code:timeout']) {
        const sum = within.filter((one) => one.measure === measure).reduce((total, { count }) => total + count, 0);
        expect(totalOf(points).get(measure) ?? 0).toBe(sum);
      }
    }),
  );
});

test('the last hour is twelve spans, of which the last is the present one', () => {
  fc.assert(
    fc.property(moments, (now) => {
      const first = firstBucketOfLast(3_600_000, now, '5m');
      expect(first + 11 * 300_000).toBe(bucketOf(now, '5m'));
    }),
  );
});

test('what is most frequent comes first', () => {
  const counts = new Map([
    ['code:timeout', 2],
    ['code:http_503', 9],
    ['code:dns_error', 2],
    ['delivered', 50],
  ]);
  expect(countsUnder('code:', counts)).toEqual([
    { name: 'http_503', count: 9 },
    { name: 'dns_error', count: 2 },
    { name: 'timeout', count: 2 },
  ]);
});
