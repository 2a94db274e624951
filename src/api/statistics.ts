/** What charts and glances are made of: counts over time, of all that happened and of one webhook; and what came in by each door. */
import type { Static } from 'typebox';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import {
  deliveryMeasures,
  durationAt,
  everything,
  type SourceCounts,
  tallyKeptMs,
  type WebhookSummary,
} from '../core/tally.ts';
import {
  countsUnder,
  pointCount,
  type SeriesPoint,
  type SeriesRange,
  seriesOf,
  spanOfStep,
  totalOf,
  wholeSteps,
} from '../core/tally-series.ts';
import { type Caller, mayReadAuditLog } from './access.ts';
import { appParams } from './app-schema.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { momentOf } from './page-schema.ts';
import {
  overviewSchema,
  sourcesSchema,
  statisticsQuery,
  webhookStatisticsSchema,
  webhookSummariesSchema,
} from './statistics-schema.ts';
import { type ApiServer, moment, momentOrNull } from './typebox.ts';
import { webhookParams } from './webhook-schema.ts';

type Counts = ReadonlyMap<string, number>;

export function addStatisticsRoutes(api: ApiServer, { reads, clock }: Pick<ApiDeps, 'reads' | 'clock'>): void {
  const tags = ['Statistics'];
  const seriesFor = async (subject: string, range: SeriesRange) =>
    seriesOf(await reads.tallies(subject, { ...range, span: spanOfStep(range.step) }), range);
  /** What came and went in all, for whoever asks: how much is done here says something too, and not to everybody. */
  const seriesOfAll = async (range: SeriesRange, caller: Caller) => {
    const points = await seriesFor(everything, range);
    if (mayReadAuditLog(caller)) return points;
    for (const { counts } of points) counts.delete('received:adminEvent');
    // What a webhook sent is not counted by type, so one that has chosen them is left out with all it sent.
    for (const id of await reads.adminEventWebhooks()) takeAway(points, await seriesFor(id, range));
    return points;
  };

  api.get(
    '/statistics',
    {
      schema: {
        operationId: 'getStatistics',
        summary: 'What came in and went out, over time',
        description:
          'Counted about once a second; a crash can lose the last second of it. For whoever may not read the audit log, without ' +
          'its entries and without webhooks that get them.',
        tags,
        querystring: statisticsQuery,
        response: { 200: overviewSchema },
      },
    },
    async (request) => {
      const now = clock.now();
      const range = rangeOf(request.query, now);
      const points = await seriesOfAll(range, request.caller);
      const total = totalOf(points);
      return {
        ...shownRange(range, now),
        totals: overviewOf(total),
        receivedByType: countsUnder('received:', total),
        series: points.map((point) => overviewPoint(point)),
      };
    },
  );

  api.get(
    '/webhooks/:id/statistics',
    {
      schema: {
        operationId: 'getWebhookStatistics',
        summary: 'What became of the deliveries of a webhook, over time',
        description:
          'What is delivered late or sent again counts when it happens, so more can be delivered than was made.',
        tags,
        params: webhookParams,
        querystring: statisticsQuery,
        response: { 200: webhookStatisticsSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      const now = clock.now();
      const range = rangeOf(request.query, now);
      const { pendingCount, retryingCount } = found(await reads.pendingOf(id), 'webhook');
      const received = sumUnder('received:', totalOf(await seriesOfAll(range, request.caller)));
      const points = await seriesFor(id, range);
      const total = totalOf(points);
      return {
        ...shownRange(range, now),
        funnel: { received, ...webhookCountsOf(total), pendingCount, retryingCount },
        ...durationsOf(total),
        codes: countsUnder('code:', total),
        series: points.map((point) => webhookPoint(point)),
      };
    },
  );

  api.get(
    '/webhook-summaries',
    {
      schema: {
        operationId: 'listWebhookSummaries',
        summary: 'How each webhook is doing, at a glance',
        description: 'Of all webhooks in one quick call, to be asked every few seconds.',
        tags,
        response: { 200: webhookSummariesSchema },
      },
    },
    async () => {
      const summaries = await reads.webhookSummaries(clock.now());
      return {
        items: summaries.map((summary) => shownSummary(summary)),
      };
    },
  );

  api.get(
    '/apps/:id/sources',
    {
      schema: {
        operationId: 'listSources',
        summary: 'What came in by each door for an app',
        description: 'True to two seconds, so that a page can wait for a first event.',
        tags,
        params: appParams,
        response: { 200: sourcesSchema },
      },
    },
    async (request) => {
      const { id } = found(await reads.app(request.params.id), 'app');
      const sources = await reads.sources(id, clock.now());
      return {
        items: sources.map((source) => shownSource(source)),
      };
    },
  );
}

function takeAway(points: readonly SeriesPoint[], others: readonly SeriesPoint[]): void {
  for (const [index, { counts }] of points.entries())
    for (const measure of deliveryMeasures)
      counts.set(measure, Math.max(0, (counts.get(measure) ?? 0) - (others[index]?.counts.get(measure) ?? 0)));
}

const dayMs = 86_400_000;

function rangeOf(query: Static<typeof statisticsQuery>, now: number): SeriesRange {
  const { step = '1h' } = query;
  const before = momentOf(query.before, 'before') ?? now;
  const from = momentOf(query.from, 'from') ?? before - dayMs;
  if (from >= before)
    throw new BellwireError('invalid_field', '"from" must be earlier than "before".', { field: 'from' });
  const range = wholeSteps({ from, before, step });
  if (pointCount(range) <= limits.seriesPointsMax) return range;
  const message = `That would be ${pointCount(range)} points, and at most ${limits.seriesPointsMax} are answered: choose a longer "step" or a shorter time.`;
  throw new BellwireError('invalid_field', message, { field: 'step' });
}

function shownRange({ from, before, step }: SeriesRange, now: number) {
  const keptFrom = moment(now - tallyKeptMs[spanOfStep(step)]);
  return { from: moment(from), before: moment(before), step, keptFrom };
}

function overviewPoint({ at, counts }: SeriesPoint) {
  return { at: moment(at), ...overviewOf(counts) };
}

function webhookPoint({ at, counts }: SeriesPoint) {
  return { at: moment(at), ...webhookCountsOf(counts), ...durationsOf(counts) };
}

function shownSummary({ lastDeliveredAt, lastFailedAt, lastHour, ...counts }: WebhookSummary) {
  return {
    ...counts,
    lastDeliveredAt: momentOrNull(lastDeliveredAt),
    lastFailedAt: momentOrNull(lastFailedAt),
    lastHour: lastHour.map(({ at, delivered, failed }) => ({ at: moment(at), delivered, failed })),
  };
}

function shownSource({ lastEventAt, lastWarningAt, ...counts }: SourceCounts) {
  return { ...counts, lastEventAt: momentOrNull(lastEventAt), lastWarningAt: momentOrNull(lastWarningAt) };
}

function overviewOf(counts: Counts) {
  return { received: sumUnder('received:', counts), matched: counts.get('matched') ?? 0, ...endedOf(counts) };
}

function webhookCountsOf(counts: Counts) {
  return { matched: counts.get('matched') ?? 0, ...endedOf(counts), cancelled: counts.get('cancelled') ?? 0 };
}

function endedOf(counts: Counts) {
  return {
    delivered: counts.get('delivered') ?? 0,
    retried: counts.get('retried') ?? 0,
    failed: counts.get('failed') ?? 0,
  };
}

function durationsOf(counts: Counts) {
  return { medianMs: durationAt(0.5, counts), p95Ms: durationAt(0.95, counts) };
}

function sumUnder(prefix: string, counts: Counts): number {
  return countsUnder(prefix, counts).reduce((sum, { count }) => sum + count, 0);
}
