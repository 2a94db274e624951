/**
 * Old events leave, with their deliveries, attempts and bodies, a small batch at a time so that no event waits for it. What
 * is still pending when its time is over becomes failed (`expired`) first, and stays to be seen for a day.
 */
import { eventIdFloor } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import { tallyKeptMs, tallySpanMs } from '../core/tally.ts';
import type { Journal } from '../store/journal.ts';

/** How long what has expired can still be seen. */
const expiredVisibleMs = 86_400_000;
const dayMs = 86_400_000;

export interface ClearingTimes {
  now: number;
  /** The time by which things are over, and that by which they may leave: see clearing-time.ts. */
  expiringBy: number;
  leavingBy: number;
}

/** Does one batch of each kind, in the caller's transaction. `expired`: how many deliveries of which webhook. */
export async function pruneStep(
  journal: Journal,
  { now, expiringBy, leavingBy }: ClearingTimes,
  retentionDays: number,
): Promise<{ more: boolean; expired: Map<string, number> }> {
  const keptMs = retentionDays * dayMs;
  const cutoff = expiringBy - keptMs;
  const limit = limits.pruneBatchRows;
  await journal.makeRoom(now, retentionDays);
  const expiredOf = await journal.expirePending(eventIdFloor(cutoff), now, limit);
  const counts = [
    expiredOf.length,
    await journal.pruneMessages(expiringBy - limits.dedupeWindowMs, limit),
    await journal.pruneEvents(eventIdFloor(leavingBy - keptMs - expiredVisibleMs), limit),
    await journal.pruneWarnings(cutoff, limit),
  ];
  for (const span of ['5m', '1h'] as const)
    counts.push(
      await journal.pruneTallies(span, expiringBy - Math.min(tallyKeptMs[span], keptMs) - tallySpanMs[span], limit),
    );
  const expired = new Map<string, number>();
  for (const webhookId of expiredOf) expired.set(webhookId, (expired.get(webhookId) ?? 0) + 1);
  return { more: counts.some((count) => count === limit), expired };
}
