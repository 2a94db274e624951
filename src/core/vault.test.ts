import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createVault } from './vault.ts';

const vault = createVault(randomBytes(32));

test('opens what it sealed, in the place that it was sealed for', () => {
  for (const text of ['', 'whsec_abc', 'é😀 with spaces', 'x'.repeat(10_000)]) {
    const sealed = vault.seal(text, 'webhooks.wh_1.secret');
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[\w-]{16}\.[\w-]*\.[\w-]{22}$/);
    expect(vault.open(sealed, 'webhooks.wh_1.secret')).toBe(text);
  }
});

test('no two seals are alike', () => {
  expect(vault.seal('same', 'place')).not.toBe(vault.seal('same', 'place'));
});

test('does not open what belongs to another place, another key, or nobody', () => {
  const sealed = vault.seal('secret', 'webhooks.wh_1.secret');
  expect(vault.open(sealed, 'webhooks.wh_2.secret')).toBeNull();
  expect(createVault(randomBytes(32)).open(sealed, 'webhooks.wh_1.secret')).toBeNull();
  for (const broken of ['', 'secret', 'v1', sealed.slice(0, -22), sealed.replace('v1', 'v2'), `${sealed}.x`]) {
    expect(vault.open(broken, 'webhooks.wh_1.secret')).toBeNull();
  }
});

test('notices a change of any part', () => {
  const parts = vault.seal('a secret of some length', 'place').split('.');
  for (const index of [2, 3, 4]) {
    const changed = parts.map((part, at) => (at === index ? (part.startsWith('A') ? 'B' : 'A') + part.slice(1) : part));
    expect(vault.open(changed.join('.'), 'place')).toBeNull();
  }
});

test('opens what a former key sealed, seals with the present one, and tells them apart', () => {
  const former = randomBytes(32);
  const present = randomBytes(32);
  const old = createVault(former).seal('secret', 'place');
  const both = createVault(present, [randomBytes(32), former]);
  expect([both.open(old, 'place'), both.open(old, 'elsewhere'), both.isCurrent(old)]).toEqual(['secret', null, false]);
  const anew = both.seal('secret', 'place');
  expect([createVault(present).open(anew, 'place'), both.isCurrent(anew)]).toEqual(['secret', true]);
  expect(createVault(former).open(anew, 'place')).toBeNull();
  // The id of the key is a part of what is sealed: it cannot be changed for another.
  expect(both.open(old.replace(createVault(former).keyId, both.keyId), 'place')).toBeNull();
});

test('takes no key of another length', () => {
  expect(() => createVault(randomBytes(16))).toThrow('32 bytes');
});
