/** Counts over time. */
import { queryOptions } from '@tanstack/react-query';
import type { Overview, Source, WebhookStatistics, WebhookSummary } from './answers.ts';
import { liveEveryMs } from './queries.ts';
import { ask, at } from './request.ts';

/** How far back is looked, and in which steps. */
export const spans = {
  hour: { label: 'Last hour', ms: 3_600_000, step: '5m' },
  day: { label: 'Last day', ms: 86_400_000, step: '1h' },
  week: { label: 'Last 7 days', ms: 7 * 86_400_000, step: '1h' },
  month: { label: 'Last 30 days', ms: 30 * 86_400_000, step: '1d' },
} as const;
export type Span = keyof typeof spans;

export function overviewQuery(span: Span) {
  return queryOptions({
    queryKey: ['statistics', span],
    queryFn: () => ask<Overview>('GET', '/statistics', { query: rangeOf(span) }),
    refetchInterval: liveEveryMs * 2,
  });
}

export function webhookStatisticsQuery(id: string, span: Span) {
  return queryOptions({
    queryKey: ['webhook-statistics', id, span],
    queryFn: () => ask<WebhookStatistics>('GET', at('/webhooks', id, 'statistics'), { query: rangeOf(span) }),
    refetchInterval: liveEveryMs * 2,
  });
}

export const summariesQuery = queryOptions({
  queryKey: ['webhook-summaries'],
  queryFn: async () => (await ask<{ items: WebhookSummary[] }>('GET', '/webhook-summaries')).items,
  refetchInterval: liveEveryMs * 2,
});

export function sourcesQuery(appId: number) {
  return queryOptions({
    queryKey: ['sources', appId],
    queryFn: async () => (await ask<{ items: Source[] }>('GET', at('/apps', appId, 'sources'))).items,
    refetchInterval: liveEveryMs / 2,
  });
}

function rangeOf(span: Span) {
  const { ms, step } = spans[span];
  return { from: new Date(Date.now() - ms).toISOString(), step };
}
