/**
 * The door of every Segment library, pointed here by its host option. It answers as Segment does: 200 for all that a
 * library should not send again, whether or not we could take it; 400 only for a body that is too large or no JSON; 429
 * and 503 for what it should.
 */
import type { BellwireError } from '../core/errors.ts';
import { isJsonObject, type JsonObject } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import type { DoorCall, DoorRoute } from '../http/door-routes.ts';
import { type ErrorForm, errorBody } from '../http/error-reply.ts';
import { basicUser } from '../http/keys.ts';
import { createRateLimit } from '../http/rate-limit.ts';
import type { DirectoryApp } from '../ledger/ledger.ts';
import { type DoorParts, keep, limitApp, noBody, successBody, type Taken, takeAll } from './door.ts';
import { errorOf, type Refusal, refusal, sizeRefusal } from './refusal.ts';
import { type CallOrigin, readSegmentCall } from './segment-call.ts';
import { warningOf } from './warning.ts';

export function segmentDoors(parts: DoorParts): DoorRoute[] {
  const unknownKeys = createRateLimit({ perSecond: limits.unknownKeyWarningsPerSecond, namesMax: 1 }, parts.clock);

  async function takeIn(call: DoorCall, type: string): Promise<string> {
    const { body, headers } = call;
    if (body === undefined) throw noBody(body, 'a JSON object');
    const writeKey = basicUser(headers) ?? writeKeyIn(body);
    const app = parts.keyring.appByApiKey(writeKey);
    if (app !== null) {
      limitApp(app, parts.appRate);
      await keep(take(call, type, app, parts), parts);
    } else if (unknownKeys.waitSeconds('') === 0) {
      await keep(warnOfKey(writeKey, parts), parts);
    }
    return successBody;
  }

  const doors = paths.map(([path, type]) => door(path, (call) => takeIn(call, type)));
  // What analytics.js measures about itself. It expects somebody to listen.
  return [...doors, door('m', async () => successBody)];
}

function door(path: string, answer: DoorRoute['answer']): DoorRoute {
  return { path: `/v1/${path}`, fromPages: true, errorForm: segmentForm, answer };
}

/** With the short forms that analytics.js uses. */
const paths: readonly (readonly [string, string])[] = [
  ['identify', 'identify'],
  ['i', 'identify'],
  ['track', 'track'],
  ['t', 'track'],
  ['page', 'page'],
  ['p', 'page'],
  ['screen', 'screen'],
  ['s', 'screen'],
  ['group', 'group'],
  ['g', 'group'],
  ['alias', 'alias'],
  ['a', 'alias'],
  ['batch', 'batch'],
  ['b', 'batch'],
];

function writeKeyIn(body: unknown): string {
  return isJsonObject(body) && typeof body['writeKey'] === 'string' ? body['writeKey'] : '';
}

function take(call: DoorCall, type: string, app: DirectoryApp, { clock }: DoorParts): Taken {
  const { body: sent, headers, ip, heldBytes } = call;
  const isBatch = type === 'batch';
  const body: JsonObject = isJsonObject(sent) ? sent : {};
  const origin: CallOrigin = {
    appId: app.id,
    door: 'segment',
    trackEnabled: app.trackEnabled,
    receivedAt: clock.now(),
    sentAt: body['sentAt'],
    type: isBatch ? null : type,
    context: isBatch && isJsonObject(body['context']) ? body['context'] : null,
    ip,
    userAgent: headers['user-agent'] ?? '',
  };
  if (sent !== body) {
    return {
      inputs: [],
      warnings: [warningOf(refusal('invalid_body', '', 'The body must be a JSON object.'), origin, sent)],
    };
  }
  const read = (item: unknown) => readSegmentCall(item, origin);
  if (!isBatch) {
    // Alone, an event that is too large is a body that is too large.
    const refused = sizeRefusal(body, heldBytes);
    if (refused?.refused === 'event_too_large') throw errorOf(refused);
    return takeAll([body], heldBytes, origin, read);
  }
  const { batch } = body;
  const refused = batchRefusal(batch);
  return refused === null && Array.isArray(batch)
    ? takeAll(batch, heldBytes, origin, read)
    : { inputs: [], warnings: refused === null ? [] : [warningOf(refused, origin, null)] };
}

function batchRefusal(batch: unknown): Refusal | null {
  if (!Array.isArray(batch)) return refusal('invalid_body', 'batch', 'batch must be an array of events.');
  if (batch.length <= limits.batchEventsMax) return null;
  const message = `A batch can have ${limits.batchEventsMax} events; this one has ${batch.length}, and none was kept.`;
  return refusal('too_many_events', 'batch', message);
}

/** Of the key only its start is kept: it may be somebody's valid key for something else. */
function warnOfKey(writeKey: string, { clock }: DoorParts): Taken {
  const message =
    writeKey === ''
      ? 'No write key was sent. Set it to the API key of an app, shown under Settings > Subscription.'
      : 'The write key is not the API key of any app. The right one is shown under Settings > Subscription.';
  const origin = { appId: null, door: 'segment' as const, receivedAt: clock.now() };
  const sample = { writeKey: writeKey === '' ? '' : `${writeKey.slice(0, 4)}…` };
  return {
    inputs: [],
    warnings: [{ ...warningOf(refusal('unauthorized', 'writeKey', message), origin, sample), reason: 'unknown_key' }],
  };
}

/** Segment knows 400 where we say 413 or 415. analytics-python reads `code` and `message` at the top, or sends again. */
const segmentForm: ErrorForm = {
  statusOf: ({ status }: BellwireError) => (status === 413 || status === 415 ? 400 : status),
  bodyOf: (error: BellwireError) => ({ success: false, code: error.code, message: error.message, ...errorBody(error) }),
};
