import { expect, test } from 'vitest';
import { limits } from '../core/limits.ts';
import { createPasswords } from './passwords.ts';

const quick = { memory: 32, passes: 1, parallelism: 1 };

test('writes down how it was hashed, with what OWASP advises at least, and a salt of its own each time', async () => {
  const passwords = createPasswords();
  const [one, other] = [await passwords.hash('a lighthouse'), await passwords.hash('a lighthouse')];
  expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  expect(one).not.toBe(other);
  for (const hash of [one, other]) {
    expect(await passwords.check('a lighthouse', hash)).toEqual({ isRight: true, newHash: null });
    expect(await passwords.check('a lighthouse ', hash)).toEqual({ isRight: false, newHash: null });
  }
});

test('a hash that was made with less fits, and is to be made anew; a wrong password makes nothing anew', async () => {
  const old = await createPasswords({ ...quick, memory: 16 }).hash('x');
  const passwords = createPasswords(quick);
  expect(await passwords.check('y', old)).toEqual({ isRight: false, newHash: null });
  const { isRight, newHash } = await passwords.check('x', old);
  expect([isRight, newHash]).toEqual([true, expect.stringContaining('$m=32,')]);
  expect(await passwords.check('x', newHash)).toEqual({ isRight: true, newHash: null });
});

test('nothing to compare with is never right, not even for what an empty hash would be of', async () => {
  const passwords = createPasswords(quick);
  for (const password of ['', 'x', '\u0000']) expect((await passwords.check(password, null)).isRight).toBe(false);
  await expect(passwords.check('x', '$argon2id$v=19$m=32,t=1,p=1$c2FsdHNhbHQ$')).rejects.toThrow('not in the form');
  await expect(passwords.check('x', 'x')).rejects.toThrow('not in the form');
});

test('of many at once so many are done or wait, the rest are told to come back, and afterwards it goes on', async () => {
  const passwords = createPasswords(quick);
  const results = await Promise.allSettled(Array.from({ length: 200 }, () => passwords.check('x', null)));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  expect(results.length - refused.length).toBe(limits.passwordHashesMax + limits.passwordHashesWaitingMax);
  for (const error of refused) expect(error).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 3 });
  expect((await passwords.check('x', null)).isRight).toBe(false);
});
