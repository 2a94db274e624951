import { expect, test } from 'vitest';
import { hint, newApiKey, newIntegrationKey, newNumericId, newTrackSecret, sha256Hex } from './app-keys.ts';

test('keys have their forms', () => {
  expect(newApiKey()).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(newTrackSecret()).toMatch(/^bwt_[\w-]{32}$/);
  const { id, key } = newIntegrationKey();
  expect(key).toMatch(new RegExp(`^bwi_${id}_[\\w-]{32}$`));
});

test('keys differ', () => {
  const keys = Array.from({ length: 1000 }, () => newIntegrationKey().key);
  expect(new Set(keys).size).toBe(keys.length);
});

test('numeric ids have 16 digits and survive every JSON parser', () => {
  for (let round = 0; round < 1000; round += 1) {
    const id = newNumericId();
    expect(Number.isSafeInteger(id)).toBe(true);
    expect(String(id)).toHaveLength(16);
  }
});

test('a hint tells the kind and the end of a long secret, and nothing of a short one', () => {
  expect(hint('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBe('whsec_…LaSw');
  expect(hint('bwt_0123456789abcdefghijklmnopqrstuv')).toBe('bwt_…stuv');
  expect(hint('bwi_0123456789ab_abcdefghijklmnopqrstuvwxyz012345')).toBe('bwi_0123456789ab_…2345');
  expect(hint('my own long secret phrase')).toBe('…rase');
  expect(hint('hunter2')).toBe('…');
});

test('hashes are plain SHA-256 in hex', () => {
  expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
