import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLow, lowWaterBytes } from './disk-room.ts';

const megabyte = 1024 * 1024;

test.each([
  [1000 * megabyte, null, 50 * megabyte],
  [10_240 * megabyte, null, 512 * megabyte],
  [1_000_000 * megabyte, null, 512 * megabyte],
  [1000 * megabyte, 7 * megabyte, 7 * megabyte],
  [1000 * megabyte, 0, 0],
])('of a disk of %i bytes, with %s set, %i must stay free', (totalBytes, setBytes, bytes) => {
  expect(lowWaterBytes(totalBytes, setBytes)).toBe(bytes);
});

test('a little more than what made it low is not enough again, and with a mark of 0 it is never low', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 40), fc.nat(2 ** 40), (totalBytes, freeBytes) => {
      const space = { totalBytes, freeBytes };
      expect(isLow(space, 0, false) || isLow(space, 0, true)).toBe(false);
      const mark = lowWaterBytes(totalBytes, null);
      expect(isLow(space, null, false)).toBe(freeBytes < mark);
      // Whoever would become low stays low.
      expect(Number(isLow(space, null, true))).toBeGreaterThanOrEqual(Number(isLow(space, null, false)));
    }),
  );
});
