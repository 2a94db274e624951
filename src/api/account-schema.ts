/** What the API shows of an account. */
import { Object as ObjectOf, Optional, type Static, String as Text } from 'typebox';
import { limits } from '../core/limits.ts';
import type { Account } from '../ledger/reads.ts';
import { pageQuery } from './page-schema.ts';
import { closed, moment, momentOrNull, momentOrNullSchema, momentSchema } from './typebox.ts';
import { metadataSchema } from './visitor-schema.ts';

export const accountSchema = ObjectOf({
  id: Text({ description: 'Empty for the one that stands for "no account".' }),
  firstSeenAt: momentOrNullSchema,
  lastSeenAt: momentOrNullSchema,
  createdAt: momentSchema,
  metadata: metadataSchema,
});
export const accountParams = ObjectOf({ id: Text() });
export const accountQuery = ObjectOf(
  {
    ...pageQuery,
    search: Optional(Text({ minLength: 1, maxLength: limits.idCharsMax, description: 'The start of an id.' })),
  },
  closed,
);

/** The answer of Pendo's `GET /api/v1/account/:id`. */
export const pendoAccountSchema = ObjectOf({ id: Text(), metadata: metadataSchema });

export function accountAnswer(account: Account): Static<typeof accountSchema> {
  return {
    ...account,
    firstSeenAt: momentOrNull(account.firstSeenAt),
    lastSeenAt: momentOrNull(account.lastSeenAt),
    createdAt: moment(account.createdAt),
  };
}

/** Moments are epoch milliseconds there, and keys in lower case. */
export function pendoAccountAnswer(account: Account): Static<typeof pendoAccountSchema> {
  const { id, firstSeenAt, lastSeenAt, metadata } = account;
  const auto = {
    ...metadata.auto,
    ...(firstSeenAt === null ? {} : { firstvisit: firstSeenAt }),
    id,
    ...(lastSeenAt === null ? {} : { lastvisit: lastSeenAt }),
  };
  return { id, metadata: { agent: {}, custom: {}, ...metadata, auto } };
}
