/** The door of server-side Track Events, as Pendo's: one event for each request, and an error that names what is wrong. */
import { BellwireError } from '../core/errors.ts';
import type { EventInput } from '../core/event-input.ts';
import { isJsonObject, type JsonObject, objectOrEmpty } from '../core/json-object.ts';
import { correctedMoment } from '../core/moment.ts';
import type { DoorCall, DoorRoute } from '../http/door-routes.ts';
import { presentedKey } from '../http/keys.ts';
import type { DirectoryApp } from '../ledger/ledger.ts';
import { type DoorParts, limitApp, noBody, successBody } from './door.ts';
import { type Page, trackAct } from './event-acts.ts';
import { hostOf, ipOf, messageIdOf, optionalId, requiredId, urlOf, userAgentOf } from './fields.ts';
import { errorOf, isRefusal, type Refusal, refusal, sizeRefusal } from './refusal.ts';

export function trackDoor(parts: DoorParts): DoorRoute {
  return { path: '/data/track', answer: (call) => takeIn(call, parts) };
}

async function takeIn({ headers, body, heldBytes }: DoorCall, parts: DoorParts): Promise<string> {
  const app = appOfSecret(presentedKey(headers), parts);
  if (!isJsonObject(body)) throw noBody(body, 'a JSON object, one event for each request');
  const input = sizeRefusal(body, heldBytes) ?? readTrackCall(body, app.id, parts.clock.now());
  if (isRefusal(input)) throw errorOf(input);
  const [result] = await parts.ledger.accept([input], []);
  if (result?.kind === 'refused') throw new BellwireError('invalid_request', result.message);
  return successBody;
}

function appOfSecret(secret: string | null, { keyring, appRate }: DoorParts): DirectoryApp {
  const app = secret === null ? null : keyring.appByTrackSecret(secret);
  if (app === null) {
    const message =
      "Send the app's Track Event secret in the header x-pendo-integration-key. It is not an integration key; a new one is made under Settings > Subscription.";
    throw new BellwireError('unauthorized', message);
  }
  limitApp(app, appRate);
  if (!app.trackEnabled) {
    const message = `The setting "Track Events" of the app "${app.name}" is off. Switch it on under Settings > Subscription, or with PATCH /api/v1/apps/${app.id} {"trackEnabled":true}.`;
    throw new BellwireError('track_off', message);
  }
  return app;
}

function readTrackCall(body: JsonObject, appId: number, receivedAt: number): EventInput | Refusal {
  const { type } = body;
  if (type !== undefined && type !== 'track') return refusal('invalid_field', 'type', 'type must be "track".');
  const visitorId = requiredId(body['visitorId'], 'visitorId');
  if (isRefusal(visitorId)) return visitorId;
  const accountId = optionalId(body['accountId'], 'accountId');
  if (isRefusal(accountId)) return accountId;
  const context = objectOrEmpty(body['context']);
  const page: Page = {
    source: 'server',
    url: urlOf(context['url']),
    title: urlOf(context['title']),
    agentVersion: null,
  };
  const act = trackAct(body['event'], body['properties'], page, { name: 'event', properties: 'properties' });
  if (isRefusal(act)) return act;
  const time = correctedMoment({ at: body['timestamp'], sentAt: null, receivedAt });
  return {
    appId,
    door: 'track',
    receivedAt,
    occurredAt: time.at,
    timeReplaced: time.replaced,
    messageId: messageIdOf(body['messageId']),
    visitorId,
    anonymousId: null,
    accountId,
    userAgent: userAgentOf(context['userAgent']),
    ip: ipOf(context['ip']),
    host: hostOf(page.url),
    act,
  };
}
