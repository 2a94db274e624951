import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createDoorTable } from './door-table.ts';

const fixed = { path: '/v1/track' };
const keyed = { path: '/data/agent/:apiKey' };
const table = createDoorTable([fixed, keyed]);

test.each([
  ['/v1/track', fixed, '', ''],
  ['/v1/track?create=true', fixed, '', 'create=true'],
  ['/v1/track?', fixed, '', ''],
  ['/v1/track#top', fixed, '', 'top'],
  ['/v1/tr%61ck', fixed, '', ''],
  ['http://bellwire.example:8080/v1/track?x', fixed, '', 'x'],
  ['/data/agent/key', keyed, 'key', ''],
  ['/data/agent/a%2Fb%25?x=%zz', keyed, 'a/b%', 'x=%zz'],
  ['/data/agent/?key', keyed, '', 'key'],
  ['HTTP://bellwire.example/data/agent/key', keyed, 'key', ''],
])('%s', (target, route, key, query) => {
  expect(table.find(target)).toEqual({ route, key, query });
});

test.each([
  '',
  '*',
  '/',
  '/v1',
  '/v1/',
  '/v1/track/',
  '/V1/track',
  '/v1%2Ftrack',
  '//v1/track',
  '/data/agent',
  '/data/agent/key/more',
  '/data/agent/%zz',
  '/data/agent/%ff',
  '/data/agent/:apiKey/',
  'bellwire.example:443',
  '__proto__',
])('%s is no door’s', (target) => {
  expect(table.find(target)).toBeNull();
});

describe('whatever is asked for', () => {
  test('a key comes out as it was before it was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.webQueryParameters(), (key, query) => {
        expect(table.find(`/data/agent/${encodeURIComponent(key)}?${query}`)).toEqual({ route: keyed, key, query });
      }),
    );
  });

  test('it is answered and nothing thrown', () => {
    const step = fc.oneof(
      fc.constantFrom('data', 'agent', 'v1', 'track', '%', '%25', '%2F', '%c3', '?', '#', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const found = table.find(`/${steps.join('/')}`);
        expect(found === null || found.route === keyed || found.key === '').toBe(true);
      }),
    );
  });
});
