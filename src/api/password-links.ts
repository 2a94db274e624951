/**
 * Links by which somebody chooses a password, once: who was invited, or has forgotten theirs; and, as long as nobody has ever
 * chosen one here, whoever has the setup link that the start has printed.
 */
import { Boolean as Flag, Object as ObjectOf, Optional, String as Text } from 'typebox';
import { sha256Hex } from '../core/app-keys.ts';
import { BellwireError } from '../core/errors.ts';
import type { ApiConfig, ApiDeps } from './deps.ts';
import { emailSchema, newPasswordSchema, signedInAnswer, signedInSchema } from './session-schema.ts';
import { insistOnGoodPassword, newSession } from './signing-in.ts';
import { type ApiServer, closed, moment, momentSchema } from './typebox.ts';
import { personNameSchema, userAnswer, userSchema } from './user-schema.ts';

type Deps = Pick<ApiDeps, 'ledger' | 'reads' | 'directory' | 'clock' | 'passwords'>;

const tokenSchema = Text({ maxLength: 256, description: 'What stands behind the # of the link.' });
const setupSchema = ObjectOf(
  {
    token: Optional(tokenSchema),
    email: emailSchema,
    name: Optional(personNameSchema),
    password: newPasswordSchema,
  },
  closed,
);
const redeemSchema = ObjectOf(
  { token: tokenSchema, password: newPasswordSchema, name: Optional(personNameSchema) },
  closed,
);

export function addPasswordLinkRoutes(api: ApiServer, config: ApiConfig, deps: Deps): void {
  const { ledger, reads, directory, clock, passwords } = deps;
  const tags = ['Sign in'];
  const refuseWhenSetUp = async (): Promise<void> => {
    if (directory().isSetUp) throw setUpAlready();
  };

  api.get(
    '/setup',
    {
      onRequest: refuseWhenSetUp,
      schema: {
        operationId: 'getSetup',
        summary: 'Whether the first Admin is still to be made',
        description: 'Not found when there is one.',
        tags,
        response: { 200: ObjectOf({ open: Flag() }) },
      },
    },
    async () => ({ open: true }),
  );

  api.post(
    '/setup',
    {
      onRequest: refuseWhenSetUp,
      schema: {
        operationId: 'setUp',
        summary: 'Make the first Admin, by the setup link',
        description:
          'The server prints the link when it starts. Signs the Admin in. Not found when there is one already.',
        tags,
        body: setupSchema,
        response: { 201: signedInSchema },
      },
    },
    async (request, reply) => {
      const { token = '', email, name = '', password } = request.body;
      if (token === '') {
        throw new BellwireError('forbidden', 'Open the setup link that the server printed when it started.');
      }
      insistOnGoodPassword(password, email);
      const passwordHash = await passwords.hash(password);
      const { session, give } = newSession(request, config);
      const done = await ledger.completeSetup(sha256Hex(token), { email, name, passwordHash }, session);
      if (done === null) throw setUpAlready();
      give(reply);
      return reply.code(201).send(signedInAnswer(done));
    },
  );

  api.post(
    '/password-link/open',
    {
      schema: {
        operationId: 'openPasswordLink',
        summary: 'Whose link it is',
        description: 'Changes nothing: the link can still be used.',
        tags,
        body: ObjectOf({ token: tokenSchema }, closed),
        response: { 200: ObjectOf({ user: userSchema, endsAt: momentSchema }) },
      },
    },
    async (request) => {
      const link = await reads.passwordLink(sha256Hex(request.body.token), clock.now());
      if (link === null) throw noSuchLink();
      return { user: userAnswer(link.user), endsAt: moment(link.endsAt) };
    },
  );

  api.post(
    '/password-link/redeem',
    {
      schema: {
        operationId: 'redeemPasswordLink',
        summary: 'Choose a password by a link',
        description: 'Signs in, and ends all other sessions of the user. The link opens nothing any more.',
        tags,
        body: redeemSchema,
        response: { 201: signedInSchema },
      },
    },
    async (request, reply) => {
      const { token, password, name = null } = request.body;
      const hash = sha256Hex(token);
      const link = await reads.passwordLink(hash, clock.now());
      if (link === null) throw noSuchLink();
      insistOnGoodPassword(password, link.user.email);
      const passwordHash = await passwords.hash(password);
      const { session, give } = newSession(request, config);
      const done = await ledger.redeemPasswordLink(hash, { passwordHash, name }, session);
      if (done === null) throw noSuchLink();
      give(reply);
      return reply.code(201).send(signedInAnswer(done));
    },
  );
}

function setUpAlready(): BellwireError {
  return new BellwireError('not_found', 'This server is set up. Sign in, or ask an Admin to invite you.');
}

function noSuchLink(): BellwireError {
  return new BellwireError('not_found', 'This link has been used, or its time is over. Ask an Admin for a new one.');
}
