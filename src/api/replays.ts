/** Replays: sending many deliveries again, by selection, by filter or by time. */

import { Object as ObjectOf, type Static } from 'typebox';
import { BellwireError } from '../core/errors.ts';
import { type Caller, mayReadAuditLog } from './access.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { pageAnswer, pageQuery, pageRequest, pageSchema } from './page-schema.ts';
import {
  replayAnswer,
  replayCountAnswer,
  replayCountSchema,
  replayParams,
  replayQueryOf,
  replayRequestSchema,
  replaySchema,
} from './replay-schema.ts';
import { type ApiServer, closed, nothingSchema } from './typebox.ts';

export function addReplayRoutes(api: ApiServer, { ledger, reads }: Pick<ApiDeps, 'ledger' | 'reads'>): void {
  const tags = ['Replays'];
  const one = async (id: string, caller: Caller) => {
    const replay = found(await reads.replay(id), 'replay');
    const isShown = replay.filter.eventType !== 'adminEvent' || mayReadAuditLog(caller);
    return replayAnswer(found(isShown ? replay : null, 'replay'));
  };
  const count = (body: Static<typeof replayRequestSchema>, caller: Caller) =>
    reads.countReplay({ ...replayQueryOf(body), withAdminEvents: mayReadAuditLog(caller) });

  api.post(
    '/replays/count',
    {
      schema: {
        operationId: 'countReplay',
        summary: 'How much a replay would send',
        description: 'The same request as for a replay; nothing is sent.',
        tags,
        body: replayRequestSchema,
        response: { 200: replayCountSchema },
      },
    },
    async (request) => replayCountAnswer(await count(request.body, request.caller)),
  );

  api.post(
    '/replays',
    {
      schema: {
        operationId: 'createReplay',
        summary: 'Send many deliveries again',
        description:
          'Each under its own `webhook-id` with its own bytes, and with all its retries before it; slower than new events, ' +
          'which go first. Events that are excluded or only kept, and those of visitors that must not be processed, are never sent.',
        tags,
        body: replayRequestSchema,
        response: { 202: replaySchema },
      },
    },
    async (request, reply) => {
      const { filter, webhooks } = await count(request.body, request.caller);
      const matched = webhooks.filter((webhook) => webhook.matched > 0);
      const id = await ledger.createReplay({
        filter,
        matched: matched.map((webhook) => ({ webhookId: webhook.webhookId, count: webhook.matched })),
      });
      return reply.status(202).send(await one(id, request.caller));
    },
  );

  api.get(
    '/replays',
    {
      schema: {
        operationId: 'listReplays',
        summary: 'Replays, newest first',
        tags,
        querystring: ObjectOf(pageQuery, closed),
        response: { 200: pageSchema(replaySchema) },
      },
    },
    async ({ caller, query }) => {
      const filter = { withAdminEvents: mayReadAuditLog(caller) };
      return pageAnswer(await reads.replays(filter, pageRequest(query)), replayAnswer);
    },
  );

  api.get(
    '/replays/:id',
    {
      schema: {
        operationId: 'getReplay',
        summary: 'One replay, and how far it is',
        tags,
        params: replayParams,
        response: { 200: replaySchema },
      },
    },
    async (request) => one(request.params.id, request.caller),
  );

  api.post(
    '/replays/:id/cancel',
    {
      schema: {
        operationId: 'cancelReplay',
        summary: 'Stop a replay',
        description: 'Nothing more is put back. What waits already, a few hundred at most, still goes.',
        tags,
        params: replayParams,
        body: nothingSchema,
        response: { 200: replaySchema },
      },
    },
    async (request) => {
      await one(request.params.id, request.caller);
      if (!found(await ledger.cancelReplay(request.params.id), 'replay')) {
        throw new BellwireError('conflict', 'This replay is over already.');
      }
      return one(request.params.id, request.caller);
    },
  );
}
