/**
 * The door of Segment's Webhooks destination: one event, or an array of them, the app's API key in the path and no header
 * needed. A wrong key is an error, because Segment shows it to whoever set the destination up; a bad event is not, because
 * nobody could send a better one.
 */
import type { FastifyInstance } from 'fastify';
import { BellwireError } from '../core/errors.ts';
import { isJsonObject } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import { jsonType } from '../http/error-reply.ts';
import { appOfPath, type DoorParts, keep, noBody, successBody, takeAll } from './door.ts';
import { type CallOrigin, readSegmentCall } from './segment-call.ts';

export function addSegmentWebhookDoor(server: FastifyInstance, parts: DoorParts): void {
  server.post<{ Params: { apiKey: string } }>('/data/segmentio/:apiKey', async (request, reply) => {
    const app = appOfPath(request.params.apiKey, parts);
    const { body } = request;
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
    await keep(
      takeAll(calls, request.heldBytes, origin, (call) => readSegmentCall(call, origin)),
      parts,
    );
    reply.header('content-type', jsonType);
    return successBody;
  });
}
