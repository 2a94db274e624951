/** Sends a sample event through the agent's door, for whoever wants to see what becomes of one. */
import { Integer, Object as ObjectOf, Optional, String as Text } from 'typebox';
import { BellwireError } from '../core/errors.ts';
import { eventTypes } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import { sampleAgentBody } from '../core/sample-item.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { type ApiServer, closed, oneOf } from './typebox.ts';

const idSchema = Text({ minLength: 1, maxLength: limits.idCharsMax });
const requestSchema = ObjectOf(
  {
    type: Optional(oneOf(eventTypes, { default: 'trackEventReceived' })),
    visitorId: Optional(idSchema),
    accountId: Optional(idSchema),
  },
  closed,
);
const sentSchema = ObjectOf({
  messageId: Text({ description: 'By which the event can be found: `GET /api/v1/events?messageId=…`.' }),
  visitorId: Text(),
  accountId: Text(),
});

export function addSampleEventRoutes(
  api: ApiServer,
  deps: Pick<ApiDeps, 'ledger' | 'directory' | 'takeIn' | 'clock'>,
): void {
  api.post(
    '/apps/:id/sample-events',
    {
      schema: {
        operationId: 'sendSampleEvent',
        summary: 'Send a sample event of an app',
        description:
          'A made-up event takes the way of every real one: it comes in by the door of the browser agent, is recorded, and ' +
          'goes to every webhook that is on and has chosen it. Of `visitorCreated` and `accountCreated` it is a new visitor ' +
          'or account who is seen for the first time.',
        tags: ['Apps'],
        params: ObjectOf({ id: Integer() }),
        body: requestSchema,
        response: { 201: sentSchema },
      },
    },
    async (request, reply) => {
      const app = found(deps.directory().apps.find(({ id }) => id === request.params.id) ?? null, 'app');
      const { type = 'trackEventReceived', visitorId = null, accountId = null } = request.body;
      const body = sampleAgentBody({ type, visitorId, accountId }, deps.clock.now());
      const [refused] = await deps.takeIn(app.apiKey, body);
      if (refused !== undefined) throw new BellwireError(refused.code, refused.message);
      const [item] = body.events;
      const whose = { visitorId: item.visitorId, accountId: item.accountId };
      await deps.ledger.sampleSent(app.id, { type, ...whose });
      return reply.code(201).send({ messageId: item.messageId, ...whose });
    },
  );
}
