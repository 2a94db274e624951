import {
  Number as Amount,
  Boolean as Flag,
  Integer,
  Array as ListOf,
  Literal,
  Null,
  Object as ObjectOf,
  Optional,
  Record as RecordOf,
  type Static,
  String as Text,
  Union,
} from 'typebox';
import { chosenTypes, eventCategories } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import { secretWarning, segmentRegions, signaturePrefixes, type Webhook, webhookTypes } from '../core/webhook.ts';
import { healthStates, type WebhookHealth } from '../core/webhook-health.ts';
import { closed, moment, momentOrNull, momentSchema, nullable, oneOf } from './typebox.ts';

const categories = Object.entries(eventCategories).map(
  ([name, types]) => `${name} (${types.map((type) => `\`${type}\``).join(', ')})`,
);
const eventsSchema = Union(
  [Literal('all'), ListOf(oneOf(chosenTypes), { minItems: 1, maxItems: chosenTypes.length, uniqueItems: true })],
  {
    description: `Which events it gets: \`all\`, or a list of event types: ${categories.join(', ')}; and \`adminEvent\`, the entries of the audit log, which \`all\` does not mean and which only those who may read that log can choose.`,
  },
);
const timeoutSchema = Amount({
  minimum: limits.attemptTimeoutMinMs / 1000,
  maximum: limits.attemptTimeoutMaxMs / 1000,
  description: 'How long one attempt may take, in seconds.',
});
const retryDelaysSchema = ListOf(Amount({ minimum: 0.1, maximum: limits.retryDelayMaxMs / 1000 }), {
  maxItems: limits.retriesMax,
  description: 'How long to wait before each retry, in seconds. As many retries as there are delays.',
});
const hubSignatureSchema = Flag({
  description:
    'Whether `X-Hub-Signature-256` is sent too, as GitHub does: `sha256=` and the hex, signed with `secret`.',
});
const rateSchema = nullable('integer', {
  minimum: 1,
  maximum: 100_000,
  description: 'Deliveries per second; null for no limit.',
});
const burstSchema = nullable('integer', {
  minimum: 1,
  maximum: 100_000,
  description:
    'How many deliveries may start at once after a quiet time, beside `ratePerSecond`; null for one second’s worth. It goes when that is set to null.',
});
const nameSchema = Text({ minLength: 1, maxLength: limits.namesCharsMax, pattern: '\\S' });
const urlSchema = Text({ minLength: 1, maxLength: limits.urlCharsMax });
const secretOptions = { minLength: 1, maxLength: 256 };
const secretDescription = 'Signs `X-Pendo-Signature`: HMAC-SHA256 of the body, as hex. Null: without that header.';
const writeKeySchema = Text({ minLength: 1, maxLength: 256, pattern: '^[\\x21-\\x7e]+$' });

/** What can be set whenever, for webhooks of either type. */
const settings = {
  events: Optional(eventsSchema),
  timeoutSeconds: Optional(timeoutSchema),
  retryDelaysSeconds: Optional(retryDelaysSchema),
  signaturePrefix: Optional(oneOf(signaturePrefixes, { description: 'What precedes the hex in `X-Pendo-Signature`.' })),
  hubSignature: Optional(hubSignatureSchema),
  ratePerSecond: Optional(rateSchema),
  rateBurst: Optional(burstSchema),
};

export const newWebhookFields = {
  name: nameSchema,
  type: Optional(oneOf(webhookTypes, { default: 'url' })),
  url: Optional(Text({ ...urlSchema, description: 'For the type `url`, where it is required.' })),
  secret: Optional(nullable('string', { ...secretOptions, description: secretDescription })),
  writeKey: Optional(Text({ ...writeKeySchema, description: 'For the type `segment`, where it is required.' })),
  region: Optional(oneOf(segmentRegions, { description: 'For the type `segment`.', default: 'us' })),
  headers: Optional(
    RecordOf(Text(), Text(), { description: 'Sent with each request. The values are shown to nobody again.' }),
  ),
  ...settings,
};
export const newWebhookSchema = ObjectOf(newWebhookFields, closed);

export const webhookChangesSchema = ObjectOf(
  {
    name: Optional(nameSchema),
    url: Optional(urlSchema),
    secret: Optional(nullable('string', { ...secretOptions, description: secretDescription })),
    writeKey: Optional(writeKeySchema),
    region: Optional(oneOf(segmentRegions)),
    headers: Optional(
      RecordOf(Text(), nullable('string'), { description: 'Laid over those that are there; null takes one away.' }),
    ),
    ...settings,
  },
  closed,
);

/** One thing that is null while the webhook is off, so it is a union and has no `nullable` of its own. */
const healthSchema = Union(
  [
    ObjectOf({
      state: oneOf(healthStates, {
        description:
          '`flowing`: as it should. `slowed`: fewer requests at once, because the receiver is slow, fails or is barely ' +
          'back. `waiting`: the receiver is down; deliveries wait and keep their retries while one at a time probes it.',
      }),
      since: momentSchema,
      width: Integer({ description: 'Requests that it may have in flight now.' }),
      inFlightCount: Integer(),
      queuedCount: Integer({ description: 'Deliveries that wait in memory; there may be more in the database.' }),
      failuresInARow: Integer({
        description: 'Different deliveries that failed one after the other and are tried again.',
      }),
      nextProbeAt: nullable('string', { format: 'date-time', description: 'When the next probe goes out.' }),
      lastError: nullable('string', { description: 'The error code of the last failure that was to be tried again.' }),
    }),
    Null(),
  ],
  {
    description:
      'How it goes with sending, as the node that answers has seen it; null while the webhook is off, and on a node that does not send.',
  },
);

const webhookFields = {
  id: Text(),
  name: Text(),
  type: oneOf(webhookTypes),
  url: Text(),
  region: nullable('string', { description: '`us` or `eu` for the type `segment`.' }),
  events: eventsSchema,
  enabled: Flag(),
  disabledReason: nullable('string', { description: 'Why the server switched it off by itself.' }),
  headers: RecordOf(Text(), Text(), { description: 'Names, with their values hidden.' }),
  timeoutSeconds: timeoutSchema,
  retryDelaysSeconds: retryDelaysSchema,
  signaturePrefix: oneOf(signaturePrefixes),
  hubSignature: hubSignatureSchema,
  ratePerSecond: rateSchema,
  rateBurst: burstSchema,
  secretHint: nullable('string'),
  secretWarning: nullable('string', { description: 'What to know of `secret`, such as that it is too short.' }),
  writeKeyHint: nullable('string'),
  signingSecretHint: Text(),
  formerSigningSecretEndsAt: nullable('string', {
    format: 'date-time',
    description: 'Until when the signing secret before this one signs too; null when only this one does.',
  }),
  health: healthSchema,
  createdAt: momentSchema,
  changedAt: momentSchema,
};

export const webhookSchema = ObjectOf(webhookFields);
export const webhookWithSecretSchema = ObjectOf({
  ...webhookFields,
  signingSecret: Text({
    description: 'Signs the three headers of Standard Webhooks. It is in this answer and in no later one.',
  }),
});
export const webhookParams = ObjectOf({ id: Text() });
export const hourMs = 3_600_000;
export const rotateSchema = ObjectOf(
  {
    overlapHours: Optional(
      Amount({
        minimum: 0,
        maximum: limits.signingOverlapMaxMs / hourMs,
        default: limits.signingOverlapDefaultMs / hourMs,
        description: 'How long the former secret goes on signing beside the new one; 0 ends it at once.',
      }),
    ),
  },
  closed,
);
export const enableSchema = ObjectOf(
  {
    held: Optional(
      oneOf(['send', 'discard'], { default: 'send', description: 'What becomes of deliveries that were held.' }),
    ),
  },
  closed,
);
export const toggledSchema = ObjectOf({
  ...webhookFields,
  heldCount: Integer({ description: 'Deliveries that are, or were, held.' }),
});
export const deletedSchema = ObjectOf({ cancelledCount: Integer({ description: 'Deliveries that were pending.' }) });

/** `secret` is the receiver's own, in the clear; `now` tells whether a former signing secret still signs. */
export function webhookAnswer(
  webhook: Webhook,
  secret: string | null,
  health: WebhookHealth | null,
  now: number,
): Static<typeof webhookSchema> {
  const { timeoutMs, retryDelaysMs, formerSigningEndsAt, ...rest } = webhook;
  return {
    ...rest,
    secretWarning: secretWarning(secret),
    timeoutSeconds: timeoutMs / 1000,
    retryDelaysSeconds: retryDelaysMs.map((delayMs) => delayMs / 1000),
    formerSigningSecretEndsAt:
      formerSigningEndsAt === null || formerSigningEndsAt <= now ? null : moment(formerSigningEndsAt),
    health:
      health === null
        ? null
        : { ...health, since: moment(health.since), nextProbeAt: momentOrNull(health.nextProbeAt) },
    createdAt: moment(webhook.createdAt),
    changedAt: moment(webhook.changedAt),
  };
}
