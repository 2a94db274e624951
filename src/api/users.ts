/** People who sign in. No e-mail is sent: whoever invites somebody, or lets them choose a new password, hands the link over. */
import { Boolean as Flag, Array as ListOf, Null, Object as ObjectOf, Optional, String as Text } from 'typebox';
import { newLinkToken, sha256Hex } from '../core/app-keys.ts';
import type { UserWithLink } from '../ledger/ledger.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { emailSchema } from './session-schema.ts';
import { type ApiServer, closed, moment, nothingSchema } from './typebox.ts';
import { personNameSchema, roleSchema, userAnswer, userSchema, userWithLinkSchema } from './user-schema.ts';

const byId = ObjectOf({ id: Text() });
const newUserSchema = ObjectOf({ email: emailSchema, name: Optional(personNameSchema), role: roleSchema }, closed);
const changesSchema = ObjectOf(
  {
    name: Optional(personNameSchema),
    role: Optional(roleSchema),
    disabled: Optional(Flag({ description: 'Whoever is disabled cannot sign in, and is signed out everywhere.' })),
  },
  closed,
);

export function addUserRoutes(api: ApiServer, deps: Pick<ApiDeps, 'ledger' | 'reads' | 'baseUrl'>): void {
  const { ledger, reads, baseUrl } = deps;
  const tags = ['Users'];
  const withLink = ({ user, linkEndsAt }: UserWithLink, token: string) => ({
    user: userAnswer(user),
    // Behind the #, so that it is in no request for a page and in no log of a proxy.
    link: `${baseUrl()}/password#${token}`,
    linkEndsAt: moment(linkEndsAt),
  });

  api.get(
    '/users',
    {
      schema: {
        operationId: 'listUsers',
        summary: 'All users, oldest first',
        tags,
        response: { 200: ObjectOf({ items: ListOf(userSchema) }) },
      },
    },
    async () => ({ items: (await reads.users()).map((user) => userAnswer(user)) }),
  );

  api.post(
    '/users',
    {
      schema: {
        operationId: 'inviteUser',
        summary: 'Invite somebody',
        description: 'Answers the link by which they choose a password. No e-mail is sent: hand it over.',
        tags,
        body: newUserSchema,
        response: { 201: userWithLinkSchema },
      },
    },
    async (request, reply) => {
      const { email, name = '', role } = request.body;
      const token = newLinkToken();
      const invited = await ledger.inviteUser({ email, name, role }, sha256Hex(token));
      return reply.code(201).send(withLink(invited, token));
    },
  );

  api.get(
    '/users/:id',
    { schema: { operationId: 'getUser', summary: 'One user', tags, params: byId, response: { 200: userSchema } } },
    async (request) => userAnswer(found(await reads.user(request.params.id), 'user')),
  );

  api.patch(
    '/users/:id',
    {
      schema: {
        operationId: 'changeUser',
        summary: 'Change a user',
        description: 'Whoever has another role from now on, or is disabled, is signed out everywhere.',
        tags,
        params: byId,
        body: changesSchema,
        response: { 200: userSchema },
      },
    },
    async (request) => userAnswer(found(await ledger.changeUser(request.params.id, request.body), 'user')),
  );

  api.delete(
    '/users/:id',
    {
      schema: { operationId: 'deleteUser', summary: 'Delete a user', tags, params: byId, response: { 204: Null() } },
    },
    async (request, reply) => {
      found((await ledger.deleteUser(request.params.id)) || null, 'user');
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/users/:id/password-link',
    {
      schema: {
        operationId: 'renewPasswordLink',
        summary: 'Make a link by which a user chooses a new password',
        description:
          'For whoever was invited and has not come, or has forgotten the password, which holds until the link is used. Links made before open nothing any more.',
        tags,
        params: byId,
        body: nothingSchema,
        response: { 200: userWithLinkSchema },
      },
    },
    async (request) => {
      const token = newLinkToken();
      const renewed = found(await ledger.renewPasswordLink(request.params.id, sha256Hex(token)), 'user');
      return withLink(renewed, token);
    },
  );
}
