/** Ingestion warnings: what a door did not take although it answered 2xx, and why. */
import { Integer, Array as ListOf, Object as ObjectOf, Optional, type Static, String as Text } from 'typebox';
import { doors } from '../core/event.ts';
import type { StoredWarning, WarningSummary } from '../ledger/reads.ts';
import type { ApiDeps } from './deps.ts';
import { given } from './given.ts';
import { momentOf, pageAnswer, pageQuery, pageRequest, pageSchema } from './page-schema.ts';
import { type ApiServer, closed, moment, momentSchema, nullable, oneOf } from './typebox.ts';

const warningFields = {
  appId: nullable('integer', { description: 'Null when no app could be told, as for an unknown key.' }),
  reason: Text({ description: 'A stable code, such as `missing_id` or `track_off`.' }),
};
export const warningSchema = ObjectOf({
  id: Integer(),
  ...warningFields,
  door: oneOf(doors),
  message: Text({ description: 'What is wrong, where, and how to mend it.' }),
  field: Text({ description: 'The field at fault, as a path; empty when it is the whole event.' }),
  messageId: nullable('string'),
  sample: Text({ description: 'The start of what was refused.' }),
  count: Integer({ description: 'How many this one stands for; over 1 only when there were too many to keep each.' }),
  receivedAt: momentSchema,
});
const warningQuery = ObjectOf(
  { ...pageQuery, appId: Optional(Integer()), reason: Optional(Text({ maxLength: 64 })) },
  closed,
);

export const warningSummariesSchema = ObjectOf({
  from: momentSchema,
  items: ListOf(
    ObjectOf({
      reason: warningFields.reason,
      appId: warningFields.appId,
      count: Integer({ description: 'Of all that were refused, also of a flood of which only samples are kept.' }),
      lastAt: momentSchema,
    }),
    { description: 'The one that came last first.' },
  ),
});
const summaryQuery = ObjectOf(
  {
    from: Optional(Text({ description: 'A moment such as `2026-11-22T09:30:00Z`; a day ago when left out.' })),
    appId: Optional(Integer()),
  },
  closed,
);

export function addWarningRoutes(api: ApiServer, { reads, clock }: Pick<ApiDeps, 'reads' | 'clock'>): void {
  api.get(
    '/warnings',
    {
      schema: {
        operationId: 'listWarnings',
        summary: 'Ingestion warnings, newest first',
        tags: ['Warnings'],
        querystring: warningQuery,
        response: { 200: pageSchema(warningSchema) },
      },
    },
    async (request) => {
      const { appId, reason } = request.query;
      return pageAnswer(await reads.warnings(given({ appId, reason }), pageRequest(request.query)), warningAnswer);
    },
  );

  api.get(
    '/warning-summaries',
    {
      schema: {
        operationId: 'listWarningSummaries',
        summary: 'How many ingestion warnings of each reason',
        tags: ['Warnings'],
        querystring: summaryQuery,
        response: { 200: warningSummariesSchema },
      },
    },
    async ({ query }) => {
      const from = momentOf(query.from, 'from') ?? clock.now() - dayMs;
      const summaries = await reads.warningSummaries({ from, ...given({ appId: query.appId }) });
      return { from: moment(from), items: summaries.map((summary) => summaryAnswer(summary)) };
    },
  );
}

const dayMs = 86_400_000;

function summaryAnswer({ lastAt, ...summary }: WarningSummary) {
  return { ...summary, lastAt: moment(lastAt) };
}

function warningAnswer(warning: StoredWarning): Static<typeof warningSchema> {
  return { ...warning, receivedAt: moment(warning.receivedAt) };
}
