import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, cleanText, fieldPath, jsonText } from './canonical-json.ts';
import { limits } from './limits.ts';

function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

test('says the same as JSON.stringify for any JSON, but for the order of keys', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const written = canonicalJson(value);
      if (!written.ok) throw new Error(written.message);
      expect(JSON.parse(written.json)).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('writes the same bytes again from what it has written', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 5 }), (text) => {
      const written = canonicalJson(JSON.parse(text));
      if (!written.ok) throw new Error(written.message);
      expect(canonicalJson(JSON.parse(written.json))).toEqual(written);
    }),
  );
});

test('orders keys by code unit, number-like ones too, and leaves arrays as they are', () => {
  const value: unknown = JSON.parse('{"b":[3,1,{"z":1,"a":2}],"10":1,"9":2,"B":3,"é":4,"a":null}');
  expect(canonicalJson(value)).toEqual({
    ok: true,
    json: '{"10":1,"9":2,"B":3,"a":null,"b":[3,1,{"a":2,"z":1}],"é":4}',
  });
});

test('orders objects of hundreds of keys as it orders small ones', () => {
  const keys = Array.from({ length: 300 }, (_, index) => `key ${(index * 7919) % 300}`);
  const written = canonicalJson(Object.fromEntries(keys.map((key) => [key, 1])));
  expect(written).toEqual({
    ok: true,
    json: `{${keys
      .sort()
      .map((key) => `"${key}":1`)
      .join(',')}}`,
  });
});

describe('what one of the databases could not keep', () => {
  test('becomes U+FFFD in texts and in keys', () => {
    const value: unknown = JSON.parse('{"a\\u0000b":"x\\u0000y","c":"\\ud800!","d":"\\ud83d\\ude00"}');
    expect(canonicalJson(value)).toEqual({ ok: true, json: '{"a\uFFFDb":"x\uFFFDy","c":"\uFFFD!","d":"😀"}' });
  });

  test('and two keys that become one are one', () => {
    const value: unknown = JSON.parse('{"a\\u0000":1,"a\\ufffd":2,"a\\ud800":3}');
    expect(canonicalJson(value)).toEqual({ ok: true, json: '{"a\uFFFD":3}' });
  });
});

test('an object with a key that has to be cleaned may have as many keys as any other, and is not written over and over', () => {
  const many = Object.fromEntries(Array.from({ length: limits.jsonKeysMax - 2 }, (_, index) => [`k${index}`, index]));
  const key = (text: string) => ({ inside: many, [`z${text}`]: 1 });
  const cleaned = canonicalJson(key('\uFFFD'));
  expect(cleaned.ok).toBe(true);
  expect(canonicalJson(key('\0'))).toEqual(cleaned);
  expect(canonicalJson({ ...key('\0'), more: 1 })).toMatchObject({
    ok: false,
    message: expect.stringContaining('keys'),
  });
  // Each level written twice at every level around it would take hours.
  let deep: unknown = 1;
  for (let level = 2; level < limits.jsonDepthMax; level += 1) deep = { a: deep, 'z\0': [{ '\0': level }] };
  const written = canonicalJson(deep);
  expect(written.ok && written.json).toMatch(/^(\{"a":)+1(,"z\uFFFD":\[\{"\uFFFD":\d+\}\]\})+$/);
});

test('a key that means something to JavaScript is a key like any other', () => {
  const text = '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}';
  expect(canonicalJson(JSON.parse(text))).toEqual({ ok: true, json: text });
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

describe('limits', () => {
  test('depth: the 32nd level is kept, the 33rd and the 200,000th are not', () => {
    expect(canonicalJson(nested(limits.jsonDepthMax)).ok).toBe(true);
    expect(canonicalJson({ a: { b: nested(limits.jsonDepthMax - 1) } })).toMatchObject({
      ok: false,
      field: `a.b${'[0]'.repeat(limits.jsonDepthMax - 2)}`,
    });
    expect(canonicalJson(nested(200_000)).ok).toBe(false);
  });

  test('keys are counted over the whole value', () => {
    const half = Object.fromEntries(Array.from({ length: 499 }, (_, index) => [`k${index}`, index]));
    expect(canonicalJson({ a: half, b: half }).ok).toBe(true);
    expect(canonicalJson({ a: half, b: { ...half, x: 1 } })).toMatchObject({ ok: false, field: 'b' });
  });

  test.each([
    [{ list: [1, { deep: 'x'.repeat(8193) }] }, 'list[1].deep', /8192 characters/],
    [{ deep: { ['k'.repeat(129)]: 1 } }, 'deep', /128 characters/],
    [JSON.parse('{"price":1e999}'), 'price', /too large/],
  ])('names the field (%#)', (value, field, message) => {
    expect(canonicalJson(value)).toMatchObject({ ok: false, field, message: expect.stringMatching(message) });
  });

  test('at the limit it is kept', () => {
    const written = canonicalJson({ ['k'.repeat(128)]: 'x'.repeat(8192) });
    expect(written.ok).toBe(true);
  });
});

test('one text is written as JSON writes it', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => jsonText(text) === JSON.stringify(cleanText(text))));
  expect(jsonText('"\\\n')).toBe('"\\"\\\\\\n"');
});

test('paths are joined with a dot, but before an index', () => {
  expect(fieldPath('properties', 'a.b')).toBe('properties.a.b');
  expect(fieldPath('properties', '[0].b')).toBe('properties[0].b');
  expect(fieldPath('properties', '')).toBe('properties');
});
