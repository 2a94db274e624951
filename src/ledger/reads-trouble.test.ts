import { expect, test } from 'vitest';
import type { Reads } from './reads.ts';
import { refusingInTrouble } from './reads-trouble.ts';

const gone = new Error('gone');
const isTrouble = (error: unknown) => error === gone;

test('the trouble of the database is told as such, and what is a bug stays one', async () => {
  const bug = new TypeError('a bug');
  const answers = [() => Promise.reject(gone), () => Promise.reject(bug), async () => ({ retentionDays: 30 })];
  const asked: Partial<Reads> = { settings: () => answers.shift()?.() as ReturnType<Reads['settings']> };
  const reads = refusingInTrouble(asked as Reads, isTrouble);
  await expect(reads.settings()).rejects.toMatchObject({
    code: 'storage_unavailable',
    status: 503,
    retryAfterSeconds: 5,
  });
  await expect(reads.settings()).rejects.toBe(bug);
  expect(await reads.settings()).toEqual({ retentionDays: 30 });
});
