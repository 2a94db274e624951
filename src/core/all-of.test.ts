import { expect, test } from 'vitest';
import { allOf } from './all-of.ts';

test('gives each its place, whenever it came', async () => {
  const late = Promise.withResolvers<string>();
  const all = allOf([late.promise, 2, Promise.resolve(true)]);
  late.resolve('late');
  expect(await all).toEqual(['late', 2, true]);
});

test('rejects when all have ended, as the first one named does', async () => {
  const last = Promise.withResolvers<void>();
  let over = false;
  const all = allOf([last.promise, Promise.reject(new Error('second')), Promise.reject(new Error('third'))]).finally(
    () => (over = true),
  );
  all.catch(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  expect(over).toBe(false);
  last.resolve();
  await expect(all).rejects.toThrow('second');
});
