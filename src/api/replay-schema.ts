/** What the API takes and shows of a replay. */
import {
  Boolean as Flag,
  Integer,
  Array as ListOf,
  Object as ObjectOf,
  Optional,
  type Static,
  String as Text,
} from 'typebox';
import { BellwireError } from '../core/errors.ts';
import { recordedTypes } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import { isNarrow, replayableStates, replayInWords, replayStates } from '../core/replay.ts';
import { visitorIdCharsMax } from '../core/visitor-id.ts';
import type { Replay, ReplayCount, ReplayQuery } from '../ledger/reads.ts';
import { momentOf } from './page-schema.ts';
import { closed, moment, momentOrNull, momentOrNullSchema, momentSchema, oneOf } from './typebox.ts';

export const replayRequestSchema = ObjectOf(
  {
    ids: Optional(
      ListOf(Text({ pattern: '^[0-9a-f]{40}(_wh_[0-9a-z]{12})?$' }), {
        minItems: 1,
        maxItems: limits.replayIdsMax,
        description: 'Ids of deliveries, and of events, which stand for all their deliveries.',
      }),
    ),
    webhookId: Optional(Text({ maxLength: 64, description: 'Only to this webhook. Left out: to all.' })),
    states: Optional(
      ListOf(oneOf(replayableStates), {
        minItems: 1,
        description:
          'What to send: by default what has `failed`, and of `ids` whatever they are. `never_attempted` is an event of ' +
          'which this webhook has no delivery, because it was off, was made later or had not chosen the type, and whose ' +
          'type it has chosen now.',
      }),
    ),
    eventType: Optional(oneOf(recordedTypes)),
    code: Optional(Text({ maxLength: 64, description: 'The error code of the last attempt, such as `http_503`.' })),
    visitorId: Optional(Text({ maxLength: visitorIdCharsMax })),
    accountId: Optional(Text({ maxLength: limits.idCharsMax })),
    receivedFrom: Optional(Text({ format: 'date-time', description: 'Events received from this moment on.' })),
    receivedBefore: Optional(Text({ format: 'date-time', description: 'Events received before this moment.' })),
    all: Optional(Flag({ description: 'Say `true` to send all that is in these states: nothing else narrows it.' })),
  },
  closed,
);

const countFields = { matched: Integer(), requeued: Integer(), delivered: Integer(), failed: Integer() };
const countsSchema = ObjectOf(
  { ...countFields, cancelled: Integer(), waiting: Integer() },
  {
    description:
      '`matched`: when it was asked for. `requeued`: put back to pending, or made, so far. The others: what became of those.',
  },
);

export const replaySchema = ObjectOf({
  id: Text(),
  state: oneOf(replayStates, {
    description: '`paused`: every webhook that it still has to do with is off; it goes on when one is switched on.',
  }),
  words: Text({ description: 'What it sends, in words.' }),
  counts: countsSchema,
  webhooks: ListOf(
    ObjectOf({
      webhookId: Text(),
      webhookName: Text(),
      ...countFields,
      cancelled: Integer(),
      waiting: Integer(),
    }),
  ),
  createdAt: momentSchema,
  finishedAt: momentOrNullSchema,
});

export const replayCountSchema = ObjectOf({
  words: Text({ description: 'What it would send, in words.' }),
  matched: Integer(),
  webhooks: ListOf(
    ObjectOf({
      webhookId: Text(),
      webhookName: Text(),
      enabled: Flag({ description: 'To a webhook that is off nothing is sent until it is switched on.' }),
      matched: Integer(),
      byState: ObjectOf({
        failed: Integer(),
        delivered: Integer(),
        cancelled: Integer(),
        never_attempted: Integer(),
      }),
    }),
  ),
});
export const replayParams = ObjectOf({ id: Text() });

/** What was asked for. A request that would send everything must say so. */
export function replayQueryOf(sent: Static<typeof replayRequestSchema>): ReplayQuery {
  const { ids = null, webhookId = null, eventType = null, code = null, visitorId = null, accountId = null } = sent;
  const receivedFrom = momentOf(sent.receivedFrom, 'receivedFrom') ?? null;
  const receivedBefore = momentOf(sent.receivedBefore, 'receivedBefore') ?? null;
  if (receivedFrom !== null && receivedBefore !== null && receivedFrom >= receivedBefore) {
    const message = '"receivedBefore" must be later than "receivedFrom".';
    throw new BellwireError('invalid_field', message, { field: 'receivedBefore' });
  }
  const states = sent.states ?? (ids === null ? (['failed'] as const) : replayableStates);
  const filter = { states, ids, webhookId, eventType, code, accountId, receivedFrom, receivedBefore };
  const narrow = isNarrow({ ...filter, visitorIds: visitorId === null ? null : [visitorId] });
  if (!narrow && sent.all !== true) {
    const message =
      'This would send everything again. Say which: "ids", "webhookId", "eventType", "code", "visitorId", "accountId", ' +
      '"receivedFrom" or "receivedBefore"; or that you mean it: "all": true.';
    throw new BellwireError('invalid_field', message, { field: 'all' });
  }
  return { ...filter, visitorId };
}

export function replayCountAnswer({ filter, webhooks }: ReplayCount): Static<typeof replayCountSchema> {
  const webhookName = webhooks.find(({ webhookId }) => webhookId === filter.webhookId)?.webhookName ?? null;
  return {
    words: replayInWords(filter, { webhookName }),
    matched: webhooks.reduce((sum, { matched }) => sum + matched, 0),
    webhooks: webhooks.filter(({ matched }) => matched > 0),
  };
}

export function replayAnswer({ filter, webhookName, ...replay }: Replay): Static<typeof replaySchema> {
  return {
    ...replay,
    words: replayInWords(filter, { webhookName }),
    createdAt: moment(replay.createdAt),
    finishedAt: momentOrNull(replay.finishedAt),
  };
}
