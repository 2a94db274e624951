/** What the API shows of an event. */
import {
  Boolean as Flag,
  Integer,
  Array as ListOf,
  Object as ObjectOf,
  Optional,
  Record as RecordOf,
  type Static,
  String as Text,
  Unknown,
} from 'typebox';
import { type Event, origins, recordedTypes } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import { visitorIdCharsMax } from '../core/visitor-id.ts';
import { type EventTrace, notSentReasons } from '../ledger/reads.ts';
import { deliveryAnswer, deliverySchema } from './delivery-schema.ts';
import { pageQuery } from './page-schema.ts';
import { closed, moment, momentOrNull, momentSchema, nullable, oneOf } from './typebox.ts';

const eventFields = {
  id: Text({ description: '40 hex characters; `uniqueId` in what receivers get.' }),
  appId: Integer(),
  door: oneOf(origins, { description: 'The way by which it came in; `audit-log`: it is an entry of that.' }),
  type: oneOf(recordedTypes),
  visitorId: Text(),
  accountId: Text({ description: 'Empty when the visitor belongs to no account.' }),
  occurredAt: momentSchema,
  receivedAt: momentSchema,
  timeReplaced: Flag({
    description: 'The time that the sender named was out of bounds; the time of receipt stands instead.',
  }),
  messageId: nullable('string'),
  userAgent: Text(),
  url: Text(),
  title: Text(),
  properties: RecordOf(Text(), Unknown()),
  agentVersion: nullable('string'),
  withheld: nullable('string', {
    description: 'Why it goes to no webhook at all: `excluded`, `agent_too_old` or `kept`.',
  }),
};

export const eventSchema = ObjectOf(eventFields);
export const eventTraceSchema = ObjectOf({
  ...eventFields,
  deliveries: ListOf(deliverySchema),
  notSent: ListOf(
    ObjectOf({
      webhookId: Text(),
      webhookName: Text(),
      reason: oneOf(notSentReasons),
      since: nullable('string', { format: 'date-time', description: "When the webhook's settings had come to be so." }),
    }),
    { description: 'Webhooks that did not get it, and why: by their settings as they were when it came.' },
  ),
});
export const eventQuery = ObjectOf(
  {
    ...pageQuery,
    type: Optional(oneOf(recordedTypes)),
    appId: Optional(Integer()),
    visitorId: Optional(Text({ maxLength: visitorIdCharsMax })),
    accountId: Optional(Text({ maxLength: limits.idCharsMax })),
    door: Optional(oneOf(origins)),
    messageId: Optional(Text({ maxLength: limits.idCharsMax })),
    receivedFrom: Optional(Text({ format: 'date-time' })),
    receivedBefore: Optional(Text({ format: 'date-time' })),
  },
  closed,
);

export function eventAnswer({ propertiesJson, ...event }: Event): Static<typeof eventSchema> {
  return {
    ...event,
    properties: JSON.parse(propertiesJson) as Record<string, unknown>,
    occurredAt: moment(event.occurredAt),
    receivedAt: moment(event.receivedAt),
  };
}

export function eventTraceAnswer({ event, deliveries, notSent }: EventTrace): Static<typeof eventTraceSchema> {
  return {
    ...eventAnswer(event),
    deliveries: deliveries.map((delivery) => deliveryAnswer(delivery)),
    notSent: notSent.map(({ since, ...one }) => ({ ...one, since: momentOrNull(since) })),
  };
}
