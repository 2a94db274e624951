/** Integration keys: what programs show to call this API. Each may do what its scopes say, and is shown once. */
import { Array as ListOf, Null, Object as ObjectOf, type Static, String as Text } from 'typebox';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { allows, type IntegrationKey, type Scope, scopes } from '../core/scope.ts';
import type { Caller } from './access.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { type ApiServer, closed, moment, momentOrNull, momentOrNullSchema, momentSchema, oneOf } from './typebox.ts';

const byId = ObjectOf({ id: Text() });
const nameSchema = Text({ minLength: 1, maxLength: limits.namesCharsMax, pattern: '\\S' });
const scopesSchema = ListOf(oneOf(scopes), {
  minItems: 1,
  uniqueItems: true,
  description:
    '`read` sees everything but people, keys and the audit log; `write` changes it as well, and writes metadata; `metadata` ' +
    'writes metadata and sees nothing; `people` is users, keys and the audit log, and so as good as an Admin.',
});
const keyFields = {
  id: Text({ description: 'Stands in the key, so that one that is found somewhere can be traced.' }),
  name: Text(),
  scopes: scopesSchema,
  hint: Text({ description: 'How the key begins and ends.' }),
  createdAt: momentSchema,
  lastUsedAt: { ...momentOrNullSchema, description: 'To some minutes; null for never.' },
};
export const integrationKeySchema = ObjectOf(keyFields);
export const madeKeySchema = ObjectOf({
  ...keyFields,
  key: Text({ description: 'The key itself. It is in this answer and in no later one.' }),
});

export function addIntegrationKeyRoutes(api: ApiServer, { ledger, reads }: Pick<ApiDeps, 'ledger' | 'reads'>): void {
  const tags = ['Integration keys'];

  api.get(
    '/integration-keys',
    {
      schema: {
        operationId: 'listIntegrationKeys',
        summary: 'All integration keys, oldest first',
        tags,
        response: { 200: ObjectOf({ items: ListOf(integrationKeySchema) }) },
      },
    },
    async () => ({ items: (await reads.integrationKeys()).map((key) => keyAnswer(key)) }),
  );

  api.post(
    '/integration-keys',
    {
      schema: {
        operationId: 'createIntegrationKey',
        summary: 'Make an integration key',
        description: 'The key is in this answer and in no later one. A key can give another only scopes that it has.',
        tags,
        body: ObjectOf({ name: nameSchema, scopes: scopesSchema }, closed),
        response: { 201: madeKeySchema },
      },
    },
    async (request, reply) => {
      refuseMoreThanOwn(request.caller, request.body.scopes);
      const { key, ...made } = await ledger.createIntegrationKey(request.body);
      return reply.code(201).send({ ...keyAnswer(made), key });
    },
  );

  api.patch(
    '/integration-keys/:id',
    {
      schema: {
        operationId: 'changeIntegrationKey',
        summary: 'Rename an integration key',
        tags,
        params: byId,
        body: ObjectOf({ name: nameSchema }, closed),
        response: { 200: integrationKeySchema },
      },
    },
    async (request) => {
      const { params, body } = request;
      return keyAnswer(found(await ledger.changeIntegrationKey(params.id, body), 'integration key'));
    },
  );

  api.delete(
    '/integration-keys/:id',
    {
      schema: {
        operationId: 'revokeIntegrationKey',
        summary: 'Revoke an integration key',
        description: 'It opens nothing any more, on any node within a second.',
        tags,
        params: byId,
        response: { 204: Null() },
      },
    },
    async (request, reply) => {
      found((await ledger.revokeIntegrationKey(request.params.id)) || null, 'integration key');
      return reply.code(204).send(null);
    },
  );
}

function refuseMoreThanOwn(caller: Caller, wanted: readonly Scope[]): void {
  if (caller.kind !== 'key') return;
  const missing = wanted.filter((scope) => !allows(caller.key.scopes, scope));
  if (missing.length === 0) return;
  const message = `This integration key has not itself the scope ${missing.join(', ')}, and so cannot give it.`;
  throw new BellwireError('forbidden', message, { field: 'scopes' });
}

function keyAnswer(key: IntegrationKey): Static<typeof integrationKeySchema> {
  return { ...key, createdAt: moment(key.createdAt), lastUsedAt: momentOrNull(key.lastUsedAt) };
}
