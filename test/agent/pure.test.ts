/** The agent's rules that need no browser. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountIdOf, metadataOf, readId } from '../../agent/identity.ts';
import { toJson } from '../../agent/to-json.ts';
import { isAnonymous, readId as readIdAtServer } from '../../src/core/visitor-id.ts';

describe('ids', () => {
  test.each([
    ['', null],
    [' ', null],
    ['::', null],
    [true, null],
    [{}, null],
    [null, null],
    [undefined, null],
    [Number.NaN, null],
    [0, null],
    ['VISITOR-UNIQUE-ID', null],
    ['ACCOUNT-UNIQUE-ID', null],
    ['undefined', null],
    ['00000000-0000-0000-0000-000000000000', null],
    ['x'.repeat(257), null],
    [42, '42'],
    [' ada ', ' ada '],
    ['a::b', 'a::b'],
  ])('%j', (given, id) => expect(readId(given)).toBe(id));

  test('whatever the agent takes, the server takes too', () => {
    const ids = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.constantFrom('null', '0', '::', 'anonymous', '-'));
    fc.assert(
      fc.property(ids, (given) => {
        const id = readId(given);
        expect(id === null || readIdAtServer(id).ok).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('with a parent, an account goes by both', () => {
    expect(accountIdOf({ id: 'shop' }, { id: 'group' })).toBe('group::shop');
    expect(accountIdOf({ id: 'shop' }, { id: '' })).toBe('shop');
    expect(accountIdOf({}, { id: 'group' })).toBe(null);
  });

  test('what an anonymous one begins with, agent and server agree on', () => {
    expect(isAnonymous('_PENDO_T_abc')).toBe(true);
  });
});

test('metadata is what is no object', () => {
  const at = new Date(0);
  const given = { id: 'ada', a: 1, b: 'x', c: false, d: null, e: at, f: ['x', 1], g: {}, h: [{}], i: () => 1 };
  expect(metadataOf(given)).toEqual({ a: 1, b: 'x', c: false, d: null, e: at, f: ['x', 1] });
  expect(metadataOf('ada')).toEqual({});
});

describe('JSON by our own hand', () => {
  test('says the same as the usual one', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        expect(JSON.parse(toJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });

  test('is JSON whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything({ withDate: true, withBigInt: true, withSparseArray: true, withMap: true }), (value) => {
        expect(() => JSON.parse(toJson(value))).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  test('what cannot be said is left out or null', () => {
    const cycle: Record<string, unknown> = { a: 1 };
    cycle['self'] = cycle;
    expect(() => JSON.parse(toJson(cycle))).not.toThrow();
    const odd = {
      get bad() {
        throw new Error('a getter');
      },
      f() {},
      u: undefined,
      s: Symbol('s'),
      n: Number.NaN,
      d: new Date(Number.NaN),
      big: 10n,
      list: [undefined, () => 1],
    };
    expect(JSON.parse(toJson(odd))).toEqual({ n: null, d: null, big: '10', list: [null, null] });
    const wide = Array.from({ length: 50 }, () => Array.from({ length: 1000 }, () => ({ a: 1 })));
    expect(toJson(wide).length).toBeLessThan(500_000);
  });

  test('a page that has changed how arrays are written changes nothing', () => {
    const prototype = Array.prototype as unknown as { toJSON?: () => string };
    prototype.toJSON = () => 'broken';
    try {
      expect(JSON.stringify([1])).toBe('"broken"');
      expect(toJson([1])).toBe('[1]');
    } finally {
      delete prototype.toJSON;
    }
  });
});
