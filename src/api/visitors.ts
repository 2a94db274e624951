/** Visitors, as we show them and as Pendo does. */
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { given } from './given.ts';
import { pageAnswer, pageRequest, pageSchema } from './page-schema.ts';
import type { ApiServer } from './typebox.ts';
import {
  pendoVisitorAnswer,
  pendoVisitorSchema,
  visitorAnswer,
  visitorChangesSchema,
  visitorParams,
  visitorQuery,
  visitorSchema,
} from './visitor-schema.ts';

export function addVisitorRoutes(api: ApiServer, { ledger, reads }: Pick<ApiDeps, 'ledger' | 'reads'>): void {
  const tags = ['Visitors'];
  const params = visitorParams;

  api.get(
    '/visitors',
    {
      schema: {
        operationId: 'listVisitors',
        summary: 'Visitors, in the order of their ids',
        tags,
        querystring: visitorQuery,
        response: { 200: pageSchema(visitorSchema) },
      },
    },
    async (request) => {
      const { search, accountId } = request.query;
      return pageAnswer(await reads.visitors(given({ search, accountId }), pageRequest(request.query)), visitorAnswer);
    },
  );

  api.get(
    '/visitors/:id',
    {
      schema: {
        operationId: 'getVisitor',
        summary: 'One visitor, by its id or by one that it had before it was named',
        tags,
        params,
        response: { 200: visitorSchema },
      },
    },
    async (request) => visitorAnswer(found(await reads.visitor(request.params.id), 'visitor')),
  );

  api.patch(
    '/visitors/:id',
    {
      schema: {
        operationId: 'changeVisitor',
        summary: 'Mark a visitor as not to be processed, or take that back',
        description:
          'Nothing of one who is marked is recorded from then on. What was recorded before stays, and is not sent any more: ' +
          'deliveries that are pending or held are cancelled, but for those that are being sent.',
        tags,
        params,
        body: visitorChangesSchema,
        response: { 200: visitorSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      found((await ledger.changeVisitor(id, request.body)) || null, 'visitor');
      return visitorAnswer(found(await reads.visitor(id), 'visitor'));
    },
  );

  api.get(
    '/visitor/:id',
    {
      schema: {
        operationId: 'getPendoVisitor',
        summary: "One visitor in the shape of Pendo's API",
        description: 'For receivers that look visitors up there: moments are epoch milliseconds.',
        tags,
        params,
        response: { 200: pendoVisitorSchema },
      },
    },
    async (request) => pendoVisitorAnswer(found(await reads.visitor(request.params.id), 'visitor')),
  );
}
