import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonSize } from './json-size.ts';

test('agrees with JSON.stringify to the byte', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const bytes = Buffer.byteLength(JSON.stringify(value));
      expect(jsonSize(value, bytes)).toBe('fits');
      expect(jsonSize(value, bytes - 1)).toBe('too_large');
    }),
  );
  const texts = { 'kéy "1"': ['😀\n', '\\', '\u0001', 'plain'], empty: {}, none: [], n: -12.5e-7, t: true, f: null };
  const bytes = Buffer.byteLength(JSON.stringify(texts));
  expect(jsonSize(texts, bytes)).toBe('fits');
  expect(jsonSize(texts, bytes - 1)).toBe('too_large');
});

test('stops at what nests without end', () => {
  expect(jsonSize(JSON.parse('['.repeat(200_000) + ']'.repeat(200_000)), 1_000_000)).toBe('too_deep');
});
