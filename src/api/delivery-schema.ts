/** What the API shows of a delivery. */
import {
  Integer,
  Array as ListOf,
  Null,
  Object as ObjectOf,
  Optional,
  type Static,
  String as Text,
  Union,
} from 'typebox';
import { type Delivery, deliveryStates } from '../core/delivery.ts';
import { recordedTypes } from '../core/event.ts';
import { failureMeaning } from '../core/failure-meaning.ts';
import { limits } from '../core/limits.ts';
import { nextTryGiven, waitReasons } from '../core/next-try.ts';
import { visitorIdCharsMax } from '../core/visitor-id.ts';
import type { WebhookHealth } from '../core/webhook-health.ts';
import type { DeliveryTrace } from '../ledger/reads.ts';
import { tracedAttemptAnswer, tracedAttemptSchema } from './attempt-schema.ts';
import { pageQuery } from './page-schema.ts';
import { closed, moment, momentOrNull, momentOrNullSchema, momentSchema, nullable, oneOf } from './typebox.ts';

const stateSchema = oneOf(deliveryStates, {
  description: '`pending`: on its way or waiting for a retry. `held`: pending while its webhook is off.',
});

const deliveryFields = {
  id: Text({ description: '`webhook-id` in what the receiver gets.' }),
  eventId: Text(),
  webhookId: Text(),
  webhookName: Text(),
  eventType: oneOf(recordedTypes),
  visitorId: Text(),
  accountId: Text(),
  format: oneOf(['pendo', 'segment']),
  state: stateSchema,
  attemptCount: Integer(),
  createdAt: momentSchema,
  dueAt: momentOrNullSchema,
  finishedAt: momentOrNullSchema,
  lastStatus: nullable('integer'),
  lastCode: nullable('string', { description: 'Why it is not delivered: `http_503`, `timeout`, `dns_error`, …' }),
};

export const deliverySchema = ObjectOf(deliveryFields);
export const deliveryTraceSchema = ObjectOf({
  ...deliveryFields,
  body: nullable('string', {
    description: 'The exact bytes that are sent, the same in every attempt. Null for members, who do not see it.',
  }),
  attempts: ListOf(tracedAttemptSchema),
  meaning: nullable('string', { description: 'What `lastCode` means, in a sentence.' }),
  remedy: nullable('string', { description: 'What can be done about it.' }),
  next: Union(
    [
      ObjectOf({
        at: {
          ...momentOrNullSchema,
          description: 'When it is due; null when nothing is sent before something changes.',
        },
        reason: oneOf(waitReasons, {
          description:
            '`receiver_down`: whatever is due, one delivery at a time goes out until the receiver answers well.',
        }),
        probeAt: {
          ...momentOrNullSchema,
          description:
            'Of a receiver that is down: when the next delivery goes out to see. Null while one is under way.',
        },
        retry: nullable('integer', { description: "Which of the webhook's retries it is." }),
        retryCount: Integer(),
        words: Text(),
      }),
      Null(),
    ],
    { description: 'When it is tried next, and why then; null when it is over.' },
  ),
});
export const deliveryParams = ObjectOf({ id: Text() });
export const deliveryQuery = ObjectOf(
  {
    ...pageQuery,
    webhookId: Optional(Text({ maxLength: 64 })),
    state: Optional(stateSchema),
    eventType: Optional(oneOf(recordedTypes)),
    visitorId: Optional(Text({ maxLength: visitorIdCharsMax })),
    accountId: Optional(Text({ maxLength: limits.idCharsMax })),
    code: Optional(Text({ maxLength: 64 })),
    receivedFrom: Optional(Text({ format: 'date-time', description: 'Of events received from this moment on.' })),
    receivedBefore: Optional(Text({ format: 'date-time', description: 'Of events received before this moment.' })),
  },
  closed,
);
export const replayedSchema = ObjectOf({ state: oneOf(['pending']) });

export function deliveryAnswer(delivery: Delivery): Static<typeof deliverySchema> {
  return {
    ...delivery,
    createdAt: moment(delivery.createdAt),
    dueAt: momentOrNull(delivery.dueAt),
    finishedAt: momentOrNull(delivery.finishedAt),
  };
}

export function deliveryTraceAnswer(
  trace: DeliveryTrace,
  health: WebhookHealth | null,
): Static<typeof deliveryTraceSchema> {
  const { body, attempts, next: _next, ...delivery } = trace;
  const next = trace.next === null ? null : nextTryGiven(trace.next, health);
  const { lastCode } = delivery;
  return {
    ...deliveryAnswer(delivery),
    body,
    attempts: attempts.map((attempt) => tracedAttemptAnswer(attempt)),
    ...(lastCode === null ? { meaning: null, remedy: null } : failureMeaning(lastCode)),
    next: next === null ? null : { ...next, at: momentOrNull(next.at), probeAt: momentOrNull(next.probeAt) },
  };
}

/** How it went, without what was sent and answered, which may hold what is nobody's business who does not set webhooks up. */
export function withoutContents(trace: Static<typeof deliveryTraceSchema>): Static<typeof deliveryTraceSchema> {
  const attempts = trace.attempts.map((attempt) => ({
    ...attempt,
    url: '',
    requestHeaders: {},
    responseHeaders: {},
    responseBody: '',
  }));
  return { ...trace, body: null, attempts };
}
