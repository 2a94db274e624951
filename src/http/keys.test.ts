import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { basicUser, createKeyring, presentedKey } from './keys.ts';

const sha256 = (text: string) => hash('sha256', text, 'hex');
const app = (name: string) => ({ name, apiKey: `${name}-api`, trackSecretHash: sha256(`${name}-secret`) });

test('finds whose key it is, and follows a change', () => {
  let directory = { apps: [app('a'), app('b')], integrationKeys: [{ id: 'k', hash: sha256('key') }] };
  const keyring = createKeyring(() => directory);
  expect(keyring.appByApiKey('b-api')).toMatchObject({ name: 'b' });
  expect(keyring.appByApiKey('b')).toBeNull();
  expect(keyring.appByApiKey('constructor')).toBeNull();
  expect(keyring.appByTrackSecret('a-secret')).toMatchObject({ name: 'a' });
  expect(keyring.appByTrackSecret('a-api')).toBeNull();
  expect(keyring.integrationKey('key')).toMatchObject({ id: 'k' });
  expect(keyring.integrationKey('')).toBeNull();

  directory = { apps: [app('c')], integrationKeys: [] };
  expect(keyring.appByApiKey('b-api')).toBeNull();
  expect(keyring.appByTrackSecret('c-secret')).toMatchObject({ name: 'c' });
  expect(keyring.integrationKey('key')).toBeNull();
});

test('a stored hash that is none matches nothing', () => {
  const keyring = createKeyring(() => ({ apps: [], integrationKeys: [{ hash: '' }, { hash: 'zz' }] }));
  expect(keyring.integrationKey('')).toBeNull();
});

test.each([
  [`Basic ${btoa('key:')}`, 'key'],
  [`basic ${btoa('key')}`, 'key'],
  [`Basic ${btoa('key:password:more')}`, 'key'],
  [`Basic ${btoa(':password')}`, null],
  ['Basic', null],
  ['Basic ', null],
  ['Bearer token', null],
  [undefined, null],
])('the Basic user name in %j is %j', (authorization, user) => {
  expect(basicUser(authorization === undefined ? {} : { authorization })).toBe(user);
});

test.each([
  [{ 'x-pendo-integration-key': 'own', authorization: 'Bearer token' }, 'own'],
  [{ authorization: 'Bearer token' }, 'token'],
  [{ 'x-pendo-integration-key': '', authorization: 'bearer  token ' }, 'token'],
  [{ authorization: 'Basic abc' }, null],
  [{}, null],
])('the key in %j is %j', (headers, key) => {
  expect(presentedKey(headers)).toBe(key);
});
