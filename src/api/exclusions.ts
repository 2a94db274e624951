/** The exclude list: whose events are recorded and sent to nobody. */
import { Integer, Null, Object as ObjectOf, type Static, String as Text } from 'typebox';
import { type Exclusion, exclusionKinds } from '../ledger/ledger.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { pageAnswer, pageQuery, pageRequest, pageSchema } from './page-schema.ts';
import { type ApiServer, closed, moment, momentSchema, oneOf } from './typebox.ts';

const patternSchema = Text({
  minLength: 1,
  maxLength: 256,
  description: 'An id or host name, in which `*` stands for any run of characters, or an IP address or CIDR range.',
});
const kindSchema = oneOf(exclusionKinds);
const newExclusionSchema = ObjectOf({ kind: kindSchema, pattern: patternSchema }, closed);
export const exclusionSchema = ObjectOf({
  id: Integer(),
  kind: kindSchema,
  pattern: patternSchema,
  createdAt: momentSchema,
});

export function addExclusionRoutes(api: ApiServer, { ledger, reads }: Pick<ApiDeps, 'ledger' | 'reads'>): void {
  const tags = ['Exclude list'];

  api.get(
    '/exclusions',
    {
      schema: {
        operationId: 'listExclusions',
        summary: 'The exclude list, newest first',
        tags,
        querystring: ObjectOf(pageQuery, closed),
        response: { 200: pageSchema(exclusionSchema) },
      },
    },
    async (request) => pageAnswer(await reads.exclusions(pageRequest(request.query)), exclusionAnswer),
  );

  api.post(
    '/exclusions',
    {
      schema: {
        operationId: 'addExclusion',
        summary: 'Add to the exclude list',
        tags,
        body: newExclusionSchema,
        response: { 201: exclusionSchema },
      },
    },
    async (request, reply) => reply.code(201).send(exclusionAnswer(await ledger.addExclusion(request.body))),
  );

  api.delete(
    '/exclusions/:id',
    {
      schema: {
        operationId: 'removeExclusion',
        summary: 'Take from the exclude list',
        tags,
        params: ObjectOf({ id: Integer() }),
        response: { 204: Null() },
      },
    },
    async (request, reply) => {
      found((await ledger.removeExclusion(request.params.id)) || null, 'entry of the exclude list');
      return reply.code(204).send(null);
    },
  );
}

function exclusionAnswer(exclusion: Exclusion): Static<typeof exclusionSchema> {
  return { ...exclusion, createdAt: moment(exclusion.createdAt) };
}
