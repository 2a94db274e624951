import {
  Boolean as Flag,
  Array as ListOf,
  Object as ObjectOf,
  Optional,
  Record as RecordOf,
  type Static,
  String as Text,
  Unknown,
} from 'typebox';
import { limits } from '../core/limits.ts';
import { visitorIdCharsMax } from '../core/visitor-id.ts';
import type { Visitor } from '../ledger/reads.ts';
import { pageQuery } from './page-schema.ts';
import { closed, moment, momentOrNull, momentOrNullSchema, momentSchema } from './typebox.ts';

/** Group, then key, then value. */
export const metadataSchema = RecordOf(Text(), RecordOf(Text(), Unknown()), {
  description: 'By the group that says whose word it is: `auto`, `agent`, `segment`, `custom`.',
});

export const visitorSchema = ObjectOf({
  id: Text(),
  accountId: Text({ description: 'Its last account; empty for none.' }),
  anonymous: Flag(),
  doNotProcess: Flag({ description: 'Nothing of what it does is recorded.' }),
  firstSeenAt: momentOrNullSchema,
  lastSeenAt: momentOrNullSchema,
  createdAt: momentSchema,
  formerIds: ListOf(Text(), { description: 'Anonymous visitors that became this one.' }),
  metadata: metadataSchema,
});
export const visitorParams = ObjectOf({ id: Text() });
export const visitorQuery = ObjectOf(
  {
    ...pageQuery,
    search: Optional(Text({ minLength: 1, maxLength: visitorIdCharsMax, description: 'The start of an id.' })),
    accountId: Optional(Text({ maxLength: limits.idCharsMax, description: 'Empty for visitors without an account.' })),
  },
  closed,
);
export const visitorChangesSchema = ObjectOf({ doNotProcess: Flag() }, closed);

/** The answer of Pendo's `GET /api/v1/visitor/:id`, which receivers of its webhooks ask for more about a visitor. */
export const pendoVisitorSchema = ObjectOf({ id: Text(), accountIds: ListOf(Text()), metadata: metadataSchema });

export function visitorAnswer(visitor: Visitor): Static<typeof visitorSchema> {
  return {
    ...visitor,
    firstSeenAt: momentOrNull(visitor.firstSeenAt),
    lastSeenAt: momentOrNull(visitor.lastSeenAt),
    createdAt: moment(visitor.createdAt),
  };
}

/** Moments are epoch milliseconds there, and keys in lower case. */
export function pendoVisitorAnswer(visitor: Visitor): Static<typeof pendoVisitorSchema> {
  const { id, accountId, firstSeenAt, lastSeenAt, doNotProcess, metadata } = visitor;
  const accountIds = accountId === '' ? [] : [accountId];
  const auto = {
    ...metadata.auto,
    accountid: accountId,
    accountids: accountIds,
    ...(firstSeenAt === null ? {} : { firstvisit: firstSeenAt }),
    id,
    ...(lastSeenAt === null ? {} : { lastvisit: lastSeenAt }),
  };
  return {
    id,
    accountIds,
    metadata: { agent: {}, custom: {}, ...metadata, auto, pendo: { donotprocess: doNotProcess } },
  };
}
