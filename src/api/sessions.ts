/** Where somebody is signed in: one's own sessions, and for Admins those of others. Each can be ended. */
import { Integer, Null, Object as ObjectOf, String as Text } from 'typebox';
import { isSessionOver } from '../core/session-life.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { sessionAnswer, sessionsSchema } from './session-schema.ts';
import { signedIn } from './signing-in.ts';
import type { ApiServer } from './typebox.ts';

type Deps = Pick<ApiDeps, 'ledger' | 'reads' | 'clock'>;

const byId = ObjectOf({ id: Text() });
const endedSchema = ObjectOf({ endedCount: Integer({ description: 'How many sessions were ended.' }) });

export function addSessionsRoutes(api: ApiServer, { ledger, reads, clock }: Deps): void {
  const tags = ['Sessions'];

  async function sessionsOf(userId: string, currentId: string | null) {
    const now = clock.now();
    const sessions = (await reads.sessions(userId)).filter((session) => !isSessionOver(session, now));
    return { items: sessions.map((session) => sessionAnswer(session, currentId)) };
  }

  api.get(
    '/sessions',
    {
      schema: {
        operationId: 'listSessions',
        summary: "One's own sessions, the one used last first",
        tags,
        response: { 200: sessionsSchema },
      },
    },
    async (request) => {
      const { user, session } = signedIn(request);
      return sessionsOf(user.id, session.id);
    },
  );

  api.delete(
    '/sessions',
    {
      schema: {
        operationId: 'endOtherSessions',
        summary: "End all of one's own sessions but this one",
        tags,
        response: { 200: endedSchema },
      },
    },
    async (request) => {
      const { user, session } = signedIn(request);
      return { endedCount: await ledger.endSessionsOf(user.id, session.id) };
    },
  );

  api.delete(
    '/sessions/:id',
    {
      schema: {
        operationId: 'endSession',
        summary: "End one of one's own sessions",
        tags,
        params: byId,
        response: { 204: Null() },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const own = await reads.sessions(signedIn(request).user.id);
      found(own.find((session) => session.id === id) ?? null, 'session of yours');
      await ledger.endSession(id);
      return reply.code(204).send(null);
    },
  );

  api.get(
    '/users/:id/sessions',
    {
      schema: {
        operationId: 'listSessionsOfUser',
        summary: 'Where a user is signed in',
        tags,
        params: byId,
        response: { 200: sessionsSchema },
      },
    },
    async (request) => {
      const { caller, params } = request;
      found(await reads.user(params.id), 'user');
      return sessionsOf(params.id, caller.kind === 'user' ? caller.session.id : null);
    },
  );

  api.delete(
    '/users/:id/sessions',
    {
      schema: {
        operationId: 'endSessionsOfUser',
        summary: 'Sign a user out everywhere',
        description: 'Of oneself, everywhere else.',
        tags,
        params: byId,
        response: { 200: endedSchema },
      },
    },
    async (request) => {
      const { caller, params } = request;
      found(await reads.user(params.id), 'user');
      return { endedCount: await ledger.endSessionsOf(params.id, caller.kind === 'user' ? caller.session.id : null) };
    },
  );
}
