import { expect, test } from 'vitest';
import { limits } from '../core/limits.ts';
import { ClaimBook } from './claim.ts';

test('however many lines fill up, something is left of what they share, and who comes next gets some of it', async () => {
  const book = new ClaimBook();
  const ids = Array.from({ length: 40 }, (_, index) => `wh_${index}`);
  book.setEnabled(ids);
  // A line that has been looked up and has nothing waiting takes what is new.
  await book.refill(
    { claimDue: () => ({ deliveries: [], more: false }), nextDueAt: () => null } as never,
    0,
    () => false,
  );
  const claimed = ids.map((webhookId) => {
    let count = 0;
    while (book.claimFresh(webhookId, `${webhookId}-${count}`)) count += 1;
    return count;
  });
  expect(claimed[0]).toBe(limits.claimsPerWebhookMax);
  const total = claimed.reduce((sum, count) => sum + count, 0);
  expect(total).toBeLessThanOrEqual(limits.claimsTotalMax + ids.length * limits.claimsAlways);
  // Each gets half of what those before it have left, so the first ones do not take it all.
  expect(claimed.slice(3, 7)).toEqual([4000, 2000, 1000, 500]);
  expect(Math.min(...claimed)).toBeGreaterThanOrEqual(limits.claimsAlways);
});
