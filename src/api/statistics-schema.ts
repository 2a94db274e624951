/** The shapes of counts over time, as the API asks for and shows them. */
import { Integer, Array as ListOf, Object as ObjectOf, Optional, String as Text } from 'typebox';
import { doors } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import { seriesSteps } from '../core/tally-series.ts';
import { closed, momentOrNullSchema, momentSchema, nullable, oneOf } from './typebox.ts';

export const statisticsQuery = ObjectOf(
  {
    from: Optional(
      Text({ description: 'A moment such as `2026-11-22T09:30:00Z`; a day before `before` when left out.' }),
    ),
    before: Optional(Text({ description: 'A moment; now when left out.' })),
    step: Optional(
      oneOf(seriesSteps, {
        default: '1h',
        description: `How long a point of the series is; at most ${limits.seriesPointsMax} points. Days are those of UTC.`,
      }),
    ),
  },
  closed,
);

const range = {
  from: momentSchema,
  before: momentSchema,
  step: oneOf(seriesSteps),
  keptFrom: { ...momentSchema, description: 'What happened earlier is not known any more in such steps.' },
};
const ended = {
  delivered: Integer(),
  retried: Integer({ description: 'Attempts that failed and are tried again.' }),
  failed: Integer({ description: 'Deliveries that are given up.' }),
};
const nameAndCount = { name: Text(), count: Integer() };

const overviewCounts = { received: Integer(), matched: Integer({ description: 'Deliveries made.' }), ...ended };
export const overviewSchema = ObjectOf({
  ...range,
  totals: ObjectOf(overviewCounts),
  receivedByType: ListOf(ObjectOf(nameAndCount), { description: 'The most frequent first.' }),
  series: ListOf(ObjectOf({ at: momentSchema, ...overviewCounts })),
});

const durations = {
  medianMs: nullable('number', {
    description:
      'Of attempts; null without any. Worked out from counts in spans, each of which ends at half as much again as it begins, or at twice as much.',
  }),
  p95Ms: nullable('number', { description: '95 of 100 attempts took no longer.' }),
};
const webhookCounts = { matched: Integer(), ...ended, cancelled: Integer() };
export const webhookStatisticsSchema = ObjectOf({
  ...range,
  funnel: ObjectOf({
    received: Integer({ description: 'Events that came in meanwhile, of all types.' }),
    ...webhookCounts,
    pendingCount: Integer({ description: 'Not finished now, whenever they were made; those held too.' }),
    retryingCount: Integer({ description: 'Of these, those that have been tried before.' }),
  }),
  ...durations,
  codes: ListOf(ObjectOf(nameAndCount), { description: 'Error codes of attempts, the most frequent first.' }),
  series: ListOf(ObjectOf({ at: momentSchema, ...webhookCounts, ...durations })),
});

export const webhookSummariesSchema = ObjectOf({
  items: ListOf(
    ObjectOf({
      webhookId: Text(),
      pendingCount: Integer({ description: 'Deliveries that are not finished; those held too.' }),
      retryingCount: Integer({ description: 'Of these, those that have been tried before.' }),
      lastDeliveredAt: momentOrNullSchema,
      lastFailedAt: momentOrNullSchema,
      lastHour: ListOf(ObjectOf({ at: momentSchema, delivered: Integer(), failed: Integer() }), {
        description: 'Twelve spans of five minutes, the present one last.',
      }),
    }),
  ),
});

const sourceCounts = ObjectOf({ events: Integer(), warnings: Integer() });
export const sourcesSchema = ObjectOf({
  items: ListOf(
    ObjectOf({
      door: oneOf(doors),
      lastEventAt: nullable('string', { format: 'date-time', description: 'Null: no event has ever come in by it.' }),
      lastWarningAt: momentOrNullSchema,
      lastHour: sourceCounts,
      lastDay: sourceCounts,
    }),
  ),
});
