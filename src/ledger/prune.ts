/**
 * Old events leave, with their deliveries, attempts and bodies, a small batch at a time so that no event waits for it. What
 * is still pending when its time is over becomes failed (`expired`) first, and stays to be seen for a day.
 */
import { eventIdFloor } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import type { Journal } from '../store/journal.ts';

/** How long what has expired can still be seen. */
const expiredVisibleMs = 86_400_000;
const dayMs = 86_400_000;

/** Does one batch of each kind, in the caller's transaction; answers whether there may be more to do. */
export async function pruneStep(journal: Journal, now: number, retentionDays: number): Promise<boolean> {
  const cutoff = now - retentionDays * dayMs;
  const limit = limits.pruneBatchRows;
  await journal.makeRoom(now, retentionDays);
  const counts = [
    await journal.pruneMessages(now - limits.dedupeWindowMs, limit),
    await journal.expirePending(eventIdFloor(cutoff), now, limit),
    await journal.pruneEvents(eventIdFloor(cutoff - expiredVisibleMs), limit),
    await journal.pruneWarnings(cutoff, limit),
  ];
  return counts.some((count) => count === limit);
}
