import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '../core/limits.ts';
import { ClaimBook } from './claim.ts';
import { placesOf } from './held-claims.ts';

const nothingDue = { claimDue: () => ({ deliveries: [], more: false }), nextDueAt: () => null } as never;

/** Lines that have been looked up and have nothing waiting, so that they take what is new. */
async function bookOf(ids: readonly string[]): Promise<ClaimBook> {
  const book = new ClaimBook();
  book.setEnabled(ids);
  await book.refill({ journal: nothingDue, now: 0, isReplayed: () => false }, []);
  return book;
}

test('however many lines fill up, something is left of what they share, and who comes next gets some of it', async () => {
  const ids = Array.from({ length: 40 }, (_, index) => `wh_${index}`);
  const book = await bookOf(ids);
  const claimed = ids.map((webhookId) => {
    let count = 0;
    while (book.claimFresh(webhookId, `${webhookId}-${count}`, 1)) count += 1;
    return count;
  });
  expect(claimed[0]).toBe(limits.claimsPerWebhookMax);
  const total = claimed.reduce((sum, count) => sum + count, 0);
  expect(total).toBeLessThanOrEqual(limits.claimsTotalMax + ids.length * limits.claimsAlways);
  // Each gets half of what those before it have left, so the first ones do not take it all.
  expect(claimed.slice(3, 7)).toEqual([4000, 2000, 1000, 500]);
  expect(Math.min(...claimed)).toBeGreaterThanOrEqual(limits.claimsAlways);
});

/** Fills lines with bodies of these sizes by turns; answers the characters that are then held, and the fewest claims of a line. */
async function filled(sizes: readonly number[], places: (bodyChars: number) => number) {
  const ids = Array.from({ length: 30 }, (_, index) => `wh_${index}`);
  const book = await bookOf(ids);
  let chars = 0;
  const counts = ids.map((webhookId) => {
    let count = 0;
    for (;;) {
      const size = sizes[count % sizes.length] ?? 0;
      if (!book.claimFresh(webhookId, `${webhookId}-${count}`, places(size))) return count;
      chars += size;
      count += 1;
    }
  });
  return { chars, fewest: Math.min(...counts) };
}
const largestBody = 40 * 1024;
/** Each line may go beyond its bound by its last claim. */
const charsMax = (limits.claimsTotalMax + 30 * limits.claimsAlways) * limits.claimPlaceChars + 30 * largestBody;
const sizes = fc.array(fc.integer({ min: 2, max: largestBody }), { minLength: 1, maxLength: 20 });

test('whatever the size of bodies, what is held of them is bounded, and each line holds some', async () => {
  await fc.assert(
    fc.asyncProperty(sizes, async (bodies) => {
      const { chars, fewest } = await filled(bodies, placesOf);
      expect(chars).toBeLessThanOrEqual(charsMax);
      expect(fewest).toBeGreaterThanOrEqual(2);
    }),
    { numRuns: 20 },
  );
});

test('with claims that are only counted, memory would grow with their bodies', async () => {
  expect((await filled([largestBody], () => 1)).chars).toBeGreaterThan(5 * charsMax);
});

test('what is settled has left its places free, once', async () => {
  const book = await bookOf(['wh_1']);
  const places = placesOf(largestBody);
  const fill = (): number => {
    let count = 0;
    while (book.claimFresh('wh_1', `e${count}`, places)) count += 1;
    return count;
  };
  const count = fill();
  expect(count).toBe(limits.claimsPerWebhookMax / places);
  for (let round = 0; round < 3; round += 1) {
    for (let index = 0; index < count; index += 1) {
      book.settle('wh_1', `e${index}`, null);
      book.settle('wh_1', `e${index}`, null);
    }
    // It was full, so there may be more in the database.
    await book.refill({ journal: nothingDue, now: 0, isReplayed: () => false }, []);
    expect(fill()).toBe(count);
  }
});

test('the database is asked for no more than there is room for', async () => {
  const book = new ClaimBook();
  book.setEnabled(['wh_1']);
  const asked: unknown[] = [];
  const claimDue = (_: string, { limit, bodyCharsMax }: { limit: number; bodyCharsMax: number }) => {
    asked.push([limit, bodyCharsMax]);
    return { deliveries: [], more: false };
  };
  const journal = { claimDue, nextDueAt: () => null } as never;
  await book.refill({ journal, now: 0, isReplayed: () => false }, []);
  expect(asked).toEqual(
    [limits.retryClaimsMax, limits.claimsPerWebhookMax].map((places) => [places, places * limits.claimPlaceChars]),
  );
});
