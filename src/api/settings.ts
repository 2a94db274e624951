/** Settings of the whole installation. */
import { Integer, Object as ObjectOf, Optional, String as Text } from 'typebox';
import { limits } from '../core/limits.ts';
import type { ApiDeps } from './deps.ts';
import { type ApiServer, closed } from './typebox.ts';

const fields = {
  subscriptionName: Text({ minLength: 1, maxLength: limits.namesCharsMax, pattern: '\\S' }),
  retentionDays: Integer({
    minimum: 1,
    maximum: limits.retentionDaysMax,
    description: 'Events, deliveries and attempts leave after this many days.',
  }),
};
export const settingsSchema = ObjectOf(fields);
const changesSchema = ObjectOf(
  { subscriptionName: Optional(fields.subscriptionName), retentionDays: Optional(fields.retentionDays) },
  closed,
);

export function addSettingsRoutes(api: ApiServer, { ledger, reads }: Pick<ApiDeps, 'ledger' | 'reads'>): void {
  const tags = ['Settings'];

  api.get(
    '/settings',
    { schema: { operationId: 'getSettings', summary: 'The settings', tags, response: { 200: settingsSchema } } },
    () => reads.settings(),
  );

  api.patch(
    '/settings',
    {
      schema: {
        operationId: 'changeSettings',
        summary: 'Change settings',
        tags,
        body: changesSchema,
        response: { 200: settingsSchema },
      },
    },
    (request) => ledger.changeSettings(request.body),
  );
}
