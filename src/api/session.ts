/**
 * Signing in and out, and one's own password. A wrong password and an address that nobody has are one answer, after the same
 * time.
 */
import type { FastifyRequest } from 'fastify';
import { Null } from 'typebox';
import { BellwireError } from '../core/errors.ts';
import { networkOf } from '../core/network.ts';
import { createSignInThrottle } from '../core/sign-in-throttle.ts';
import { emailKey } from '../core/user.ts';
import type { ApiConfig, ApiDeps } from './deps.ts';
import { noSessionCookie } from './session-cookie.ts';
import { changePasswordSchema, signedInAnswer, signedInSchema, signInSchema } from './session-schema.ts';
import { addressOf, insistOnGoodPassword, newSession, signedIn } from './signing-in.ts';
import type { ApiServer } from './typebox.ts';

type Deps = Pick<ApiDeps, 'ledger' | 'reads' | 'directory' | 'clock' | 'passwords'>;

export function addSessionRoutes(api: ApiServer, config: ApiConfig, deps: Deps): void {
  const tags = ['Sign in'];
  const { ledger, reads, directory, clock, passwords } = deps;
  const throttle = createSignInThrottle(clock);

  /** Throws when it is not the password, or cannot be tried now. */
  async function checked(request: FastifyRequest, email: string, password: string, wrong: BellwireError) {
    const network = networkOf(addressOf(request, config));
    const attempt = { account: emailKey(email), network, isKnown: isKnown(emailKey(email), network) };
    const waitSeconds = throttle.waitSeconds(attempt);
    if (waitSeconds > 0) {
      const message = `Too many tries. Wait ${waitSeconds} s and try again.`;
      throw new BellwireError('rate_limited', message, { retryAfterSeconds: waitSeconds });
    }
    const credentials = await reads.credentials({ email: emailKey(email) });
    const { isRight, newHash } = await passwords.check(password, credentials?.passwordHash ?? null);
    if (credentials === null || !isRight) throw wrong;
    throttle.forgive(attempt);
    return { ...credentials, newPasswordHash: newHash };
  }

  /** Whether the owner of the address is signed in from there. */
  function isKnown(email: string, network: string): boolean {
    const { users, sessions } = directory();
    const user = users.find((known) => known.email === email);
    return sessions.some(({ userId, address }) => userId === user?.id && networkOf(address) === network);
  }

  api.post(
    '/session',
    {
      schema: {
        operationId: 'signIn',
        summary: 'Sign in',
        description: 'Sets the cookie of a session, which pages of this server send by themselves.',
        tags,
        body: signInSchema,
        response: { 201: signedInSchema },
      },
    },
    async (request, reply) => {
      const { email, password } = request.body;
      const right = await checked(request, email, password, wrongPassword());
      const { session, give } = newSession(request, config);
      const started = await ledger.startSession(right, session);
      if (started === null) throw wrongPassword();
      give(reply);
      return reply.code(201).send(signedInAnswer(started));
    },
  );

  api.get(
    '/session',
    {
      schema: {
        operationId: 'getSession',
        summary: 'Who is signed in here',
        tags,
        response: { 200: signedInSchema },
      },
    },
    async (request) => signedInAnswer(signedIn(request)),
  );

  api.delete(
    '/session',
    { schema: { operationId: 'signOut', summary: 'Sign out', tags, response: { 204: Null() } } },
    async (request, reply) => {
      await ledger.endSession(signedIn(request).session.id);
      return reply.header('set-cookie', noSessionCookie()).code(204).send(null);
    },
  );

  api.post(
    '/session/password',
    {
      schema: {
        operationId: 'changePassword',
        summary: "Change one's own password",
        description: 'All other sessions are ended.',
        tags,
        body: changePasswordSchema,
        response: { 200: signedInSchema },
      },
    },
    async (request, reply) => {
      const { email } = signedIn(request).user;
      const { current, password } = request.body;
      insistOnGoodPassword(password, email);
      const message = 'This is not the password that you have now.';
      const wrong = new BellwireError('invalid_field', message, { field: 'current' });
      const { userId, passwordHash } = await checked(request, email, current, wrong);
      const { session, give } = newSession(request, config);
      const newPasswordHash = await passwords.hash(password);
      const changed = await ledger.changePassword({ userId, passwordHash, newPasswordHash }, session);
      if (changed === null) throw wrong;
      give(reply);
      return signedInAnswer(changed);
    },
  );
}

function wrongPassword(): BellwireError {
  return new BellwireError('unauthorized', 'There is no user with this e-mail address and password.');
}
