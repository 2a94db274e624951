/** What was counted (core/tally.ts), as charts ask for it. */
import type { Kysely } from 'kysely';
import { doors } from '../core/event.ts';
import {
  everything,
  type SourceCounts,
  sourceSubject,
  type Tally,
  type TallySpan,
  type WebhookSummary,
} from '../core/tally.ts';
import { firstBucketOfLast } from '../core/tally-series.ts';
import { pendingCounts } from './pending-counts.ts';
import type { Database } from './schema.ts';

type Counted = Pick<Tally, 'bucketAt' | 'measure' | 'count'>;

export async function talliesOf(
  db: Kysely<Database>,
  subject: string,
  { span, from, before }: { span: TallySpan; from: number; before: number },
): Promise<Counted[]> {
  const rows = await db
    .selectFrom('tallies')
    .select(['bucket_at', 'measure', 'count'])
    .where('subject', '=', subject)
    .where('span', '=', span)
    .where('bucket_at', '>=', from)
    .where('bucket_at', '<', before)
    .execute();
  return rows.map((row) => ({ bucketAt: row.bucket_at, measure: row.measure, count: row.count }));
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** For each door what it took in for an app. */
export async function sourcesOf(db: Kysely<Database>, appId: number, now: number): Promise<SourceCounts[]> {
  const subjects = doors.map((door) => sourceSubject(appId, door));
  const since = (span: '5m' | '1h' | 'ever', from: number) =>
    db
      .selectFrom('tallies')
      .select((eb) => ['subject', 'measure', eb.fn.sum('count').as('count'), eb.fn.max('last_at').as('last_at')])
      .where('subject', 'in', subjects)
      .where('span', '=', span)
      .where('bucket_at', '>=', from)
      .groupBy(['subject', 'measure'])
      .execute();
  const ever = await since('ever', 0);
  const hour = await since('5m', firstBucketOfLast(hourMs, now, '5m'));
  const day = await since('1h', firstBucketOfLast(dayMs, now, '1h'));
  return doors.map((door) => {
    const subject = sourceSubject(appId, door);
    const find = (rows: typeof ever, measure: string) =>
      rows.find((row) => row.subject === subject && row.measure === measure);
    const counts = (rows: typeof ever) => ({
      events: Number(find(rows, 'events')?.count ?? 0),
      warnings: Number(find(rows, 'warnings')?.count ?? 0),
    });
    return {
      door,
      lastEventAt: find(ever, 'events')?.last_at ?? null,
      lastWarningAt: find(ever, 'warnings')?.last_at ?? null,
      lastHour: counts(hour),
      lastDay: counts(day),
    };
  });
}

const spanMs = 300_000;

/** Of all webhooks in a few queries, each of which an index answers. */
export async function webhookSummaries(db: Kysely<Database>, now: number): Promise<WebhookSummary[]> {
  const from = firstBucketOfLast(hourMs, now, '5m');
  const ids = (await db.selectFrom('webhooks').select('id').where('deleted_at', 'is', null).execute()).map(
    ({ id }) => id,
  );
  const ended = (span: TallySpan, bucketFrom: number) =>
    db
      .selectFrom('tallies')
      .select(['subject', 'bucket_at', 'measure', 'count', 'last_at'])
      .where('span', '=', span)
      .where('bucket_at', '>=', bucketFrom)
      .where('measure', 'in', ['delivered', 'failed'])
      .where('subject', '!=', everything)
      .execute();
  const recent = Map.groupBy(await ended('5m', from), ({ subject }) => subject);
  const ever = Map.groupBy(await ended('ever', 0), ({ subject }) => subject);
  const pending = new Map((await pendingCounts(db)).map((counts) => [counts.webhookId, counts]));
  return ids.map((id) => {
    const lastOf = (measure: string) => ever.get(id)?.find((row) => row.measure === measure)?.last_at ?? null;
    const lastHour = Array.from({ length: hourMs / spanMs }, (_, index) => {
      const at = from + index * spanMs;
      const countOf = (measure: string) =>
        recent.get(id)?.find((row) => row.bucket_at === at && row.measure === measure)?.count ?? 0;
      return { at, delivered: countOf('delivered'), failed: countOf('failed') };
    });
    return {
      webhookId: id,
      pendingCount: pending.get(id)?.pendingCount ?? 0,
      retryingCount: pending.get(id)?.retryingCount ?? 0,
      lastDeliveredAt: lastOf('delivered'),
      lastFailedAt: lastOf('failed'),
      lastHour,
    };
  });
}
