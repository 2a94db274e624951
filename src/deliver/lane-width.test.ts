import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LaneWidth } from './lane-width.ts';

describe('LaneWidth', () => {
  it('stays between one and its most, is halved at most once in a round trip, and grows by one a round at most', () => {
    const step = fc.record({ kind: fc.constantFrom('start', 'good', 'bad'), which: fc.nat(1000) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.array(step, { maxLength: 500 }), (max, steps) => {
        const width = new LaneWidth({ start: 4, max });
        const underWay: number[] = [];
        let nextNumber = 1;
        let halvedBefore = 1;
        let goodSinceGrowth = 0;
        for (const { kind, which } of steps) {
          const before = width.value;
          if (kind === 'start') underWay.push(nextNumber++);
          const [number] = kind === 'start' || underWay.length === 0 ? [] : underWay.splice(which % underWay.length, 1);
          if (number === undefined) continue;
          if (kind === 'good') width.widen(number, true);
          else width.halve(number, nextNumber);
          goodSinceGrowth += kind === 'good' ? 1 : 0;
          expect(width.value).toBeGreaterThanOrEqual(1);
          expect(width.value).toBeLessThanOrEqual(max);
          const isHalf =
            width.value === Math.max(1, Math.floor(before / 2)) && kind === 'bad' && number >= halvedBefore;
          const isWider = width.value === before + 1 && kind === 'good' && goodSinceGrowth >= before;
          expect(isHalf || isWider || width.value === before).toBe(true);
          if (width.value < before) halvedBefore = nextNumber;
          if (width.value > before) goodSinceGrowth = 0;
        }
      }),
    );
  });

  it('recovers from whatever has happened, as far as is wanted', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 50 }), fc.boolean(), (past, slowly) => {
        const width = new LaneWidth({ start: 4, max: 64 });
        let number = 0;
        for (const good of past) {
          number += 1;
          if (good) width.widen(number, true);
          else width.halve(number, number + 1);
        }
        if (slowly) width.slowStart(number + 1);
        const before = width.value;
        width.widen(number + 1, false);
        expect(width.value).toBe(before);
        for (let count = 0; count < 64 * 64; count += 1) width.widen((number += 1), true);
        expect(width.value).toBe(64);
      }),
    );
  });

  it('doubles with each round after an outage, until something fails', () => {
    const width = new LaneWidth({ start: 4, max: 64 });
    width.slowStart(1);
    const seen: number[] = [];
    for (let number = 1; number <= 1 + 2 + 4 + 8; number += 1) {
      seen.push(width.value);
      width.widen(number, true);
    }
    expect([...new Set(seen), width.value]).toEqual([1, 2, 4, 8, 16]);
    width.halve(16, 17);
    for (let number = 17; number < 17 + 8; number += 1) width.widen(number, true);
    expect(width.value).toBe(9);
  });
});
