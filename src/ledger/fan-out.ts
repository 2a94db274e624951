/**
 * From an event to its deliveries: one for each webhook that is on and has chosen the event's type. Bodies are made here
 * and never again: Pendo's for every event, because it is what is kept of the event; others when somebody wants them.
 */
import { type ChosenType, chosenTypes, type Event, wants } from '../core/event.ts';
import { pendoBody, segmentBody } from '../core/payload.ts';
import type { BodyFormat, WebhookTarget } from '../core/webhook.ts';
import type { Effects } from '../store/journal.ts';
import { routesText } from '../store/routes.ts';
import type { FreshClaims } from './claim.ts';
import type { Directory } from './ledger.ts';

/** Which webhooks get which type; made anew whenever a webhook changes, so that an event costs one look-up. */
export type Routes = Map<ChosenType, { to: { webhookId: string; format: BodyFormat }[]; text: string }>;

export function routesOf(webhooks: readonly Pick<WebhookTarget, 'id' | 'format' | 'events' | 'enabled'>[]): Routes {
  const routes: Routes = new Map();
  for (const type of chosenTypes) {
    const wanting = webhooks.filter((webhook) => webhook.enabled && wants(webhook.events, type));
    if (wanting.length === 0) continue;
    const to = wanting.map(({ id, format }) => ({ webhookId: id, format }));
    routes.set(type, { to, text: routesText(to) });
  }
  return routes;
}

export interface FanOutContext {
  routes: Routes;
  directory: Pick<Directory, 'subscription'> & { apps: readonly Pick<Directory['apps'][number], 'id' | 'name'>[] };
  claims: Pick<FreshClaims, 'claim'>;
}

/** Adds the event with its body to the effects, and its deliveries with the bodies that other formats need. */
export function fanOut(event: Event, { routes, directory, claims }: FanOutContext, effects: Effects): void {
  const app = directory.apps.find(({ id }) => id === event.appId) ?? { id: event.appId, name: '' };
  const routed = event.withheld !== null || event.type === 'click' ? undefined : routes.get(event.type);
  const body = pendoBody(event, app, directory.subscription);
  effects.events.push({ event, body, routes: routed?.text ?? null });
  if (routed === undefined) return;
  let segmentMade = false;
  for (const { webhookId, format } of routed.to) {
    // In another format it is about as long.
    const claimed = claims.claim(webhookId, event.id, body.length);
    effects.deliveries.push({ eventId: event.id, webhookId, format, at: event.receivedAt, claimed });
    if (format === 'pendo' || segmentMade) continue;
    effects.bodies.push({ eventId: event.id, format, text: segmentBody(event) });
    segmentMade = true;
  }
}
