/** Answers the questions of the API from a database, which may be a read-only connection to it. */
import type { Kysely } from 'kysely';
import { type Delivery, parseDeliveryId } from '../core/delivery.ts';
import type { Event } from '../core/event.ts';
import { findAccount, listAccounts } from '../store/accounts.ts';
import { findApp, listApps } from '../store/apps.ts';
import {
  deliveriesOfEvent,
  findBody,
  findDelivery,
  listAttempts,
  listDeliveries,
  pendingBacklog,
} from '../store/deliveries.ts';
import { findEvent, listEvents } from '../store/events.ts';
import { listExclusions } from '../store/exclusions.ts';
import { readSettings } from '../store/facts.ts';
import { findReplay, listReplays } from '../store/replays.ts';
import type { Database, WebhookRow } from '../store/schema.ts';
import type { Sqlite } from '../store/sqlite.ts';
import { findVisitor, idsOfVisitor, listVisitors } from '../store/visitors.ts';
import { listWarnings } from '../store/warnings.ts';
import { eventsOf, findWebhook, listWebhooks, webhookRows } from '../store/webhooks.ts';
import type { DeliveryTrace, EventTrace, NotSentReason, Reads } from './reads.ts';
import { countReplay } from './replay-count.ts';

/** `segmentApiUrl` takes the place of Segment's own hosts. */
export function createReads(sqlite: Pick<Sqlite, 'db' | 'close'>, config: { segmentApiUrl: string | null }): Reads {
  const { db } = sqlite;
  return {
    apps: () => listApps(db),
    app: (id) => findApp(db, id),
    webhooks: () => listWebhooks(db, config.segmentApiUrl),
    webhook: (id) => findWebhook(db, id, config.segmentApiUrl),
    events: async (filter, page) => listEvents(db, await withAllIds(db, filter), page),
    event: (id) => traceEvent(db, id),
    visitors: (filter, page) => listVisitors(db, filter, page),
    visitor: (id) => findVisitor(db, id),
    accounts: (filter, page) => listAccounts(db, filter, page),
    account: (id) => findAccount(db, id),
    deliveries: async (filter, page) => listDeliveries(db, await withAllIds(db, filter), page),
    delivery: (id) => traceDelivery(db, id),
    replays: (page) => listReplays(db, page),
    replay: (id) => findReplay(db, id),
    countReplay: (query) => countReplay(db, query),
    warnings: (filter, page) => listWarnings(db, filter, page),
    exclusions: (page) => listExclusions(db, page),
    settings: () => readSettings(db),
    queue: () => pendingBacklog(db),
    // Not by Kysely, which leaves a connection open that nobody has asked anything yet.
    close: async () => sqlite.close(),
  };
}

/** What somebody did before they were named is theirs too, and has the id they had then. */
async function withAllIds<Filter extends { visitorId?: string }>(db: Kysely<Database>, filter: Filter) {
  const { visitorId, ...conditions } = filter;
  return visitorId === undefined ? conditions : { ...conditions, visitorIds: await idsOfVisitor(db, visitorId) };
}

async function traceEvent(db: Kysely<Database>, id: string): Promise<EventTrace | null> {
  const event = await findEvent(db, id);
  if (event === null) return null;
  const deliveries = await deliveriesOfEvent(db, id);
  const reached = new Set(deliveries.map((delivery: Delivery) => delivery.webhookId));
  const others = (await webhookRows(db)).filter((row) => !reached.has(row.id));
  const notSent = others.map((row) => ({
    webhookId: row.id,
    webhookName: row.name,
    reason: whyNotSent(event, row),
  }));
  return { event, deliveries, notSent };
}

/** The first reason that holds, from the event's own to the webhook's. */
function whyNotSent(event: Event, webhook: WebhookRow): NotSentReason {
  if (event.withheld !== null) return event.withheld;
  const events = eventsOf(webhook);
  if (events !== 'all' && !events.some((type) => type === event.type)) return 'type_not_chosen';
  return webhook.created_at > event.receivedAt ? 'created_later' : 'not_enabled';
}

async function traceDelivery(db: Kysely<Database>, id: string): Promise<DeliveryTrace | null> {
  const key = parseDeliveryId(id);
  const delivery = key === null ? null : await findDelivery(db, key);
  if (key === null || delivery === null) return null;
  return { ...delivery, body: await findBody(db, delivery), attempts: await listAttempts(db, key) };
}
