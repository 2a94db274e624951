/** The audit log: who changed what, from where, and who was not allowed to. It can be read and nothing else. */
import { Integer, Object as ObjectOf, Optional, type Static, String as Text, Unsafe } from 'typebox';
import { type AuditEntry, actorKinds, auditOutcomes } from '../core/audit.ts';
import type { ApiDeps } from './deps.ts';
import { given } from './given.ts';
import { momentOf, pageAnswer, pageQuery, pageRequest, pageSchema } from './page-schema.ts';
import { type ApiServer, closed, moment, momentSchema, oneOf } from './typebox.ts';

const state = (description: string) =>
  Unsafe<Record<string, unknown> | null>({ type: ['object', 'null'], additionalProperties: true, description });

export const auditEntrySchema = ObjectOf({
  id: Integer(),
  at: momentSchema,
  actor: ObjectOf({
    kind: oneOf(actorKinds, { description: '`server` is Bellwire itself, as when it switches a webhook off.' }),
    id: Text(),
    name: Text({ description: "The user's e-mail address, or the name of the key, as it was then." }),
    address: Text({ description: 'From where.' }),
  }),
  action: Text({ description: 'Such as `webhook.changed`; of what was refused, the method and pattern of the route.' }),
  outcome: oneOf(auditOutcomes),
  targetId: Text({ description: 'What it was done to; empty where there is only one, as with the settings.' }),
  before: state('What was changed, as it was; null for what was not there. Secrets are never in it.'),
  after: state('The same as it is since.'),
});
const filters = {
  actorId: Optional(Text({ maxLength: 64 })),
  targetId: Optional(Text({ maxLength: 512 })),
  action: Optional(Text({ maxLength: 128 })),
  outcome: Optional(oneOf(auditOutcomes)),
  from: Optional(Text({ format: 'date-time', description: 'From this moment on.' })),
  before: Optional(Text({ format: 'date-time', description: 'Before this moment.' })),
};

export function addAuditLogRoutes(api: ApiServer, { reads }: Pick<ApiDeps, 'reads'>): void {
  api.get(
    '/audit-log',
    {
      schema: {
        operationId: 'listAuditLog',
        summary: 'The audit log, newest first',
        description: 'Entries are kept for a year, and at most 200,000 of them. Nothing can change one.',
        tags: ['Audit log'],
        querystring: ObjectOf({ ...pageQuery, ...filters }, closed),
        response: { 200: pageSchema(auditEntrySchema) },
      },
    },
    async (request) => {
      const { actorId, targetId, action, outcome, from, before } = request.query;
      const times = { from: momentOf(from, 'from'), before: momentOf(before, 'before') };
      const filter = given({ actorId, targetId, action, outcome, ...times });
      return pageAnswer(await reads.auditLog(filter, pageRequest(request.query)), entryAnswer);
    },
  );
}

function entryAnswer(entry: AuditEntry & { id: number }): Static<typeof auditEntrySchema> {
  const { at, beforeJson, afterJson, ...rest } = entry;
  return { ...rest, at: moment(at), before: parsed(beforeJson), after: parsed(afterJson) };
}

function parsed(json: string | null): Record<string, unknown> | null {
  return json === null ? null : (JSON.parse(json) as Record<string, unknown>);
}
