/** Deliveries: the log of what was sent, each with its attempts, and sending one again. */
import { type Caller, mayReadAuditLog } from './access.ts';
import {
  deliveryAnswer,
  deliveryParams,
  deliveryQuery,
  deliverySchema,
  deliveryTraceAnswer,
  deliveryTraceSchema,
  replayedSchema,
  withoutContents,
} from './delivery-schema.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { given } from './given.ts';
import { momentOf, pageAnswer, pageRequest, pageSchema } from './page-schema.ts';
import { type ApiServer, nothingSchema } from './typebox.ts';

export function addDeliveryRoutes(
  api: ApiServer,
  { ledger, reads, health }: Pick<ApiDeps, 'ledger' | 'reads' | 'health'>,
): void {
  const tags = ['Deliveries'];
  const shown = async (id: string, caller: Caller) => {
    const trace = found(await reads.delivery(id), 'delivery');
    return found(trace.eventType !== 'adminEvent' || mayReadAuditLog(caller) ? trace : null, 'delivery');
  };

  api.get(
    '/deliveries',
    {
      schema: {
        operationId: 'listDeliveries',
        summary: 'Deliveries, newest first',
        description: 'A delivery stands here when its first attempt is over, and after 0.3 seconds at the latest.',
        tags,
        querystring: deliveryQuery,
        response: { 200: pageSchema(deliverySchema) },
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
      return pageAnswer(await reads.deliveries(filter, pageRequest(request.query)), deliveryAnswer);
    },
  );

  api.get(
    '/deliveries/:id',
    {
      schema: {
        operationId: 'getDelivery',
        summary: 'One delivery with its body and all its attempts',
        description: 'Members see how it went, and not what was sent and answered.',
        tags,
        params: deliveryParams,
        response: { 200: deliveryTraceSchema },
      },
    },
    async ({ caller, params }) => {
      const delivery = await shown(params.id, caller);
      const trace = deliveryTraceAnswer(delivery, health(delivery.webhookId));
      const isWhole = caller.kind === 'key' || (caller.kind === 'user' && caller.user.role === 'admin');
      return isWhole ? trace : withoutContents(trace);
    },
  );

  api.post(
    '/deliveries/:id/replay',
    {
      schema: {
        operationId: 'replayDelivery',
        summary: 'Send a finished delivery again',
        description: 'The same bytes under the same `webhook-id`, with all its retries before it.',
        tags,
        params: deliveryParams,
        body: nothingSchema,
        response: { 200: replayedSchema },
      },
    },
    async ({ caller, params }) => {
      await shown(params.id, caller);
      return found(await ledger.replayDelivery(params.id), 'delivery');
    },
  );
}
