/** From what was counted to what a chart shows: one point for each step, also for those in which nothing happened. */
import { type Tally, type TallySpan, tallySpanMs } from './tally.ts';

export const seriesSteps = ['5m', '1h', '1d'] as const;
export type SeriesStep = (typeof seriesSteps)[number];

export const stepMs: Readonly<Record<SeriesStep, number>> = { '5m': 300_000, '1h': 3_600_000, '1d': 86_400_000 };

/** The span that its points are made of. */
export function spanOfStep(step: SeriesStep): Extract<TallySpan, '5m' | '1h'> {
  return step === '5m' ? '5m' : '1h';
}

export interface SeriesRange {
  /** Multiples of the step, in epoch milliseconds; `before` is where the last point ends. */
  from: number;
  before: number;
  step: SeriesStep;
}

/** Made wider until it begins and ends with a step. */
export function wholeSteps({ from, before, step }: SeriesRange): SeriesRange {
  const ms = stepMs[step];
  return { from: Math.floor(from / ms) * ms, before: Math.ceil(before / ms) * ms, step };
}

export function pointCount({ from, before, step }: SeriesRange): number {
  return Math.max(0, Math.ceil((before - from) / stepMs[step]));
}

export interface SeriesPoint {
  at: number;
  counts: Map<string, number>;
}

/** What lies outside of the range is left out. */
export function seriesOf(
  tallies: readonly Pick<Tally, 'bucketAt' | 'measure' | 'count'>[],
  range: SeriesRange,
): SeriesPoint[] {
  const ms = stepMs[range.step];
  const points = Array.from({ length: pointCount(range) }, (_, index) => ({
    at: range.from + index * ms,
    counts: new Map<string, number>(),
  }));
  for (const { bucketAt, measure, count } of tallies) {
    const point = points[Math.floor((bucketAt - range.from) / ms)];
    if (point !== undefined) point.counts.set(measure, (point.counts.get(measure) ?? 0) + count);
  }
  return points;
}

/** All points as one. */
export function totalOf(points: readonly SeriesPoint[]): Map<string, number> {
  const total = new Map<string, number>();
  for (const { counts } of points)
    for (const [measure, count] of counts) total.set(measure, (total.get(measure) ?? 0) + count);
  return total;
}

/** What is counted under `<prefix>…`, the most frequent first. */
export function countsUnder(prefix: string, counts: ReadonlyMap<string, number>): { name: string; count: number }[] {
  return [...counts]
    .filter(([measure]) => measure.startsWith(prefix))
    .map(([measure, count]) => ({ name: measure.slice(prefix.length), count }))
    .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
}

/** How long a span lies back at most that still counts to the last `forMs`. */
export function firstBucketOfLast(forMs: number, now: number, span: Extract<TallySpan, '5m' | '1h'>): number {
  const ms = tallySpanMs[span];
  return Math.floor(now / ms) * ms - forMs + ms;
}
