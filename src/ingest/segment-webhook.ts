/**
 * The door of Segment's Webhooks destination: one event, or an array of them, the app's API key in the path and no header
 * needed. A wrong key is an error, because Segment shows it to whoever set the destination up; a bad event is not, because
 * nobody could send a better one.
 */
import { BellwireError } from '../core/errors.ts';
import { isJsonObject } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import type { DoorCall, DoorRoute } from '../http/door-routes.ts';
import { appOfPath, type DoorParts, keep, noBody, successBody, takeAll } from './door.ts';
import { type CallOrigin, readSegmentCall } from './segment-call.ts';

export function segmentWebhookDoor(parts: DoorParts): DoorRoute {
  return { path: '/data/segmentio/:apiKey', answer: (call) => takeIn(call, parts) };
}

async function takeIn({ key, body, heldBytes }: DoorCall, parts: DoorParts): Promise<string> {
  const app = appOfPath(key, parts);
  if (!isJsonObject(body) && !Array.isArray(body)) throw noBody(body, 'a Segment event or an array of them');
  const calls: unknown[] = Array.isArray(body) ? body : [body];
  if (calls.length > limits.batchEventsMax) {
    throw new BellwireError(
      'too_many_events',
      `A request can have ${limits.batchEventsMax} events; lower the batch size.`,
    );
  }
  const origin: CallOrigin = {
    appId: app.id,
    door: 'segment-webhook',
    trackEnabled: app.trackEnabled,
    receivedAt: parts.clock.now(),
    sentAt: null,
    type: null,
    context: null,
    ip: null,
    userAgent: '',
  };
  const taken = takeAll(calls, heldBytes, origin, (sent) => readSegmentCall(sent, origin));
  await keep(taken, parts);
  return successBody;
}
