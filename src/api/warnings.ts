/** Ingestion warnings: what a door did not take although it answered 2xx, and why. */
import { Integer, Object as ObjectOf, Optional, type Static, String as Text } from 'typebox';
import { doors } from '../core/event.ts';
import type { StoredWarning } from '../ledger/reads.ts';
import type { ApiDeps } from './deps.ts';
import { given } from './given.ts';
import { pageAnswer, pageQuery, pageRequest, pageSchema } from './page-schema.ts';
import { type ApiServer, closed, moment, momentSchema, nullable, oneOf } from './typebox.ts';

export const warningSchema = ObjectOf({
  id: Integer(),
  appId: nullable('integer', { description: 'Null when no app could be told, as for an unknown key.' }),
  door: oneOf(doors),
  reason: Text({ description: 'A stable code, such as `missing_id` or `track_off`.' }),
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

export function addWarningRoutes(api: ApiServer, { reads }: Pick<ApiDeps, 'reads'>): void {
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
}

function warningAnswer(warning: StoredWarning): Static<typeof warningSchema> {
  return { ...warning, receivedAt: moment(warning.receivedAt) };
}
