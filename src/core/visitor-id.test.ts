import { expect, test } from 'vitest';
import { anonymousVisitorId, isAnonymous, readId } from './visitor-id.ts';

test.each([
  ['ada@example.com', 'ada@example.com'],
  [' kept as it is ', ' kept as it is '],
  [42, '42'],
  [-7, '-7'],
  [Number.MAX_SAFE_INTEGER, '9007199254740991'],
  ['a\0b\ud800', 'a\uFFFDb\uFFFD'],
  ['x'.repeat(256), 'x'.repeat(256)],
  ['00', '00'],
  [`_PENDO_T_${'x'.repeat(256)}`, `_PENDO_T_${'x'.repeat(256)}`],
])('%j is the id %j', (value, id) => {
  expect(readId(value)).toEqual({ ok: true, id });
});

test.each([
  ['', 'is empty'],
  [' \t', 'is empty'],
  ['x'.repeat(257), 'longer than 256'],
  [`_PENDO_T_${'x'.repeat(257)}`, 'longer than 256'],
  [2 ** 53, 'would round'],
  [1.5, 'would round'],
  [JSON.parse('1e999'), 'would round'],
  [0, 'placeholder "0"'],
  [-0, 'placeholder "0"'],
  [true, 'must be a string'],
  [{}, 'must be a string'],
  [null, 'must be a string'],
])('%j is none, because it %s', (value, message) => {
  expect(readId(value)).toEqual({ ok: false, message: expect.stringContaining(message) });
});

test.each([
  'undefined',
  'NULL',
  '[object Object]',
  '0',
  'NaN',
  ' anonymous ',
  '::',
  '00000000-0000-0000-0000-000000000000',
  'VISITOR-UNIQUE-ID',
  'account-unique-id',
])('the placeholder %j is nobody', (value) => {
  expect(readId(value)).toEqual({ ok: false, message: expect.stringContaining('placeholder') });
});

test('an anonymous id becomes a visitor id once', () => {
  expect(anonymousVisitorId('abc')).toBe('_PENDO_T_abc');
  expect(anonymousVisitorId('_PENDO_T_abc')).toBe('_PENDO_T_abc');
  expect(isAnonymous('_PENDO_T_abc')).toBe(true);
  expect(isAnonymous('abc_PENDO_T_')).toBe(false);
});
