import {
  Integer,
  Array as ListOf,
  Literal,
  Object as ObjectOf,
  Optional,
  Record as RecordOf,
  String as Text,
  Union,
} from 'typebox';
import { expect, test } from 'vitest';
import { BellwireError } from '../core/errors.ts';
import { closed, nullable, oneOf } from './typebox.ts';
import { validatorCompiler } from './validation.ts';

const schema = ObjectOf(
  {
    name: Text({ minLength: 1, maxLength: 5 }),
    delays: Optional(ListOf(Integer({ minimum: 1 }), { maxItems: 3 })),
    headers: Optional(RecordOf(Text(), nullable('string'))),
    events: Optional(Union([Literal('all'), ListOf(oneOf(['a', 'b']), { minItems: 1 })])),
  },
  closed,
);

function check(value: unknown, httpPart: string): unknown {
  const validate = validatorCompiler({ schema, httpPart, method: 'POST', url: '/' });
  return validate(value);
}

function complaint(value: unknown): [string | undefined, string] {
  const result = check(value, 'body') as { error?: unknown };
  if (!(result.error instanceof BellwireError)) throw new Error('This was not refused.');
  return [result.error.field, result.error.message];
}

test('takes what fits, as it is', () => {
  const value = { name: 'a', delays: [1], headers: { 'X-A': null }, events: ['a'] };
  expect(check(value, 'body')).toEqual({ value });
});

test('names the field at fault and what it should be', () => {
  expect(complaint({})).toEqual(['name', '"name" is required.']);
  expect(complaint(null)).toEqual(['name', '"name" is required.']);
  expect(complaint([])).toEqual([undefined, 'The request must be an object.']);
  expect(complaint({ name: 5 })).toEqual(['name', '"name" must be a text.']);
  expect(complaint({ name: '' })[0]).toBe('name');
  expect(complaint({ name: 'a', delays: [1, 2, 0] })[0]).toBe('delays[2]');
  expect(complaint({ name: 'a', headers: { 'X-Foo': 3 } })).toEqual([
    'headers.X-Foo',
    '"headers.X-Foo" must be a text or null.',
  ]);
  expect(complaint({ name: 'a', events: ['a', 'c'] })).toEqual(['events[1]', '"events[1]" must be one of "a", "b".']);
  expect(complaint({ name: 'a', events: 5 })).toEqual(['events', '"events" must be a text or "all" or a list.']);
  expect(complaint({ name: 'a', events: [] })[0]).toBe('events');
});

test('refuses fields that it does not know, whatever else is wrong', () => {
  expect(complaint({ nmae: 'a' })[0]).toBe('nmae');
  expect(complaint(JSON.parse('{"name":"a","__proto__":{"x":1}}'))[0]).toBe('__proto__');
});

test('reads numbers in queries only, and only whole ones', () => {
  const query = ObjectOf({ limit: Optional(Integer({ maximum: 200 })), search: Optional(Text()) }, closed);
  const validate = validatorCompiler({ schema: query, httpPart: 'querystring', method: 'GET', url: '/' });
  expect(validate({ limit: '20', search: '20' })).toEqual({ value: { limit: 20, search: '20' } });
  for (const limit of ['1.5', '1e2', ' 1', '', 'x', '201', '99999999999999999999']) {
    expect(validate({ limit })).toHaveProperty('error');
  }
  expect(check({ name: 'a', delays: ['1'] }, 'body')).toHaveProperty('error');
});
