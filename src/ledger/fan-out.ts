/**
 * From an event to its deliveries: one for each webhook that is on and has chosen the event's type. The body is made here,
 * once for each format that anybody wants, and never again.
 */
import type { Event, EventType } from '../core/event.ts';
import { eventTypes } from '../core/event.ts';
import { pendoBody, segmentBody } from '../core/payload.ts';
import type { BodyFormat, WebhookTarget } from '../core/webhook.ts';
import type { Effects } from '../store/journal.ts';
import type { Directory } from './ledger.ts';

/** Which webhooks get which type; made anew whenever a webhook changes, so that an event costs one look-up. */
export type Routes = Map<EventType, { webhookId: string; format: BodyFormat }[]>;

export function routesOf(webhooks: readonly WebhookTarget[]): Routes {
  const routes: Routes = new Map();
  for (const type of eventTypes) {
    const wanting = webhooks.filter((webhook) => webhook.enabled && wants(webhook, type));
    if (wanting.length > 0) {
      routes.set(
        type,
        wanting.map(({ id, format }) => ({ webhookId: id, format })),
      );
    }
  }
  return routes;
}

/** Adds the event's deliveries and bodies to the effects. */
export function fanOut(event: Event, routes: Routes, directory: Directory, effects: Effects): void {
  if (event.withheld !== null || event.type === 'click') return;
  const wanting = routes.get(event.type);
  if (wanting === undefined) return;
  let made: BodyFormat | null = null;
  let madeBoth = false;
  for (const { webhookId, format } of wanting) {
    effects.deliveries.push({ eventId: event.id, webhookId, format, at: event.receivedAt });
    if (made === format || madeBoth) continue;
    madeBoth = made !== null;
    made ??= format;
    effects.bodies.push({ eventId: event.id, format, text: bodyOf(event, format, directory) });
  }
}

function wants(webhook: WebhookTarget, type: EventType): boolean {
  return webhook.events === 'all' || webhook.events.includes(type);
}

function bodyOf(event: Event, format: BodyFormat, directory: Directory): string {
  if (format === 'segment') return segmentBody(event);
  const app = directory.apps.find(({ id }) => id === event.appId) ?? { id: event.appId, name: '' };
  return pendoBody(event, app, directory.subscription);
}
