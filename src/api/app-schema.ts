/** What the API shows of an app, and what it lets be set. */
import { Boolean as Flag, Integer, Object as ObjectOf, Optional, type Static, String as Text } from 'typebox';
import { limits } from '../core/limits.ts';
import type { App } from '../ledger/ledger.ts';
import { closed, moment, momentSchema } from './typebox.ts';

const nameSchema = Text({ minLength: 1, maxLength: limits.namesCharsMax, pattern: '\\S' });

const appFields = {
  id: Integer(),
  name: Text(),
  apiKey: Text({
    description: 'Public: it stands in every page that carries the snippet, and is the write key of Segment libraries.',
  }),
  trackEnabled: Flag({ description: 'Whether this app takes track events.' }),
  trackSecretHint: Text({ description: 'How the Track Event secret ends.' }),
  createdAt: momentSchema,
};

export const appSchema = ObjectOf(appFields);
export const appWithSecretSchema = ObjectOf({
  ...appFields,
  trackSecret: Text({ description: 'The Track Event secret. It is in this answer and in no later one.' }),
});
export const newAppSchema = ObjectOf({ name: nameSchema }, closed);
export const appChangesSchema = ObjectOf({ name: Optional(nameSchema), trackEnabled: Optional(Flag()) }, closed);
export const appParams = ObjectOf({ id: Integer() });

export function appAnswer(app: App): Static<typeof appSchema> {
  return { ...app, createdAt: moment(app.createdAt) };
}
