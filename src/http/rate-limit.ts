/**
 * One token bucket for each key or address: as many requests per second as it is filled with, and a burst of twice that.
 * What one sender uses up is its own, so no sender can starve another.
 */
import type { Clock } from '../core/clock.ts';
import { BellwireError } from '../core/errors.ts';

export interface RateLimit {
  /** 0: go ahead. Otherwise after how many whole seconds trying again makes sense. */
  waitSeconds(name: string | number): number;
}

export interface RateLimitConfig {
  /** 0: no limit. */
  perSecond: number;
  /** Buckets that are kept; when there are more, the one made first makes room, and is full again if it comes back. */
  namesMax: number;
}

export function createRateLimit(
  { perSecond, namesMax }: RateLimitConfig,
  clock: Pick<Clock, 'monotonicMs'>,
): RateLimit {
  if (perSecond === 0) return { waitSeconds: () => 0 };
  const buckets = new Map<string | number, Bucket>();
  const burst = Math.max(1, perSecond * 2);

  function bucketOf(name: string | number): Bucket {
    const known = buckets.get(name);
    if (known !== undefined) return known;
    if (buckets.size >= namesMax) dropOldest(buckets);
    const bucket = { tokens: burst, filledAtMs: clock.monotonicMs() };
    buckets.set(name, bucket);
    return bucket;
  }

  return {
    waitSeconds(name) {
      const bucket = bucketOf(name);
      const nowMs = clock.monotonicMs();
      const elapsedMs = nowMs - bucket.filledAtMs;
      bucket.tokens = Math.min(burst, bucket.tokens + (elapsedMs * perSecond) / 1000);
      bucket.filledAtMs = nowMs;
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
      bucket.tokens -= 1;
      return 0;
    },
  };
}

export function tooFast(waitSeconds: number): BellwireError {
  const message = `More requests per second than are allowed. Wait ${waitSeconds} s and send this again.`;
  return new BellwireError('rate_limited', message, { retryAfterSeconds: waitSeconds });
}

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

function dropOldest(buckets: Map<string | number, Bucket>): void {
  for (const name of buckets.keys()) {
    buckets.delete(name);
    return;
  }
}
