/** Events, and of each one which webhooks got it and why the others did not. */
import { Object as ObjectOf, String as Text } from 'typebox';
import { mayReadAuditLog } from './access.ts';
import type { ApiDeps } from './deps.ts';
import { eventAnswer, eventQuery, eventSchema, eventTraceAnswer, eventTraceSchema } from './event-schema.ts';
import { found } from './found.ts';
import { given } from './given.ts';
import { momentOf, pageAnswer, pageRequest, pageSchema } from './page-schema.ts';
import type { ApiServer } from './typebox.ts';

export function addEventRoutes(api: ApiServer, { reads }: Pick<ApiDeps, 'reads'>): void {
  const tags = ['Events'];

  api.get(
    '/events',
    {
      schema: {
        operationId: 'listEvents',
        summary: 'Events, newest first',
        description: 'Those of a visitor include what it did before it was named.',
        tags,
        querystring: eventQuery,
        response: { 200: pageSchema(eventSchema) },
      },
    },
    async (request) => {
      const { limit: _limit, cursor: _cursor, receivedFrom, receivedBefore, ...rest } = request.query;
      const filter = given({
        ...rest,
        withAdminEvents: mayReadAuditLog(request.caller),
        receivedFrom: momentOf(receivedFrom, 'receivedFrom'),
        receivedBefore: momentOf(receivedBefore, 'receivedBefore'),
      });
      return pageAnswer(await reads.events(filter, pageRequest(request.query)), eventAnswer);
    },
  );

  api.get(
    '/events/:id',
    {
      schema: {
        operationId: 'getEvent',
        summary: 'One event, and where it went',
        tags,
        params: ObjectOf({ id: Text() }),
        response: { 200: eventTraceSchema },
      },
    },
    async ({ caller, params }) => {
      const trace = found(await reads.event(params.id), 'event');
      const isShown = trace.event.type !== 'adminEvent' || mayReadAuditLog(caller);
      return eventTraceAnswer(found(isShown ? trace : null, 'event'));
    },
  );
}
