/** Answers the questions of the API from a database, which may be a read-only connection to it. */
import type { Kysely } from 'kysely';
import { type Delivery, parseDeliveryId } from '../core/delivery.ts';
import { type Event, wants } from '../core/event.ts';
import { nextTry } from '../core/next-try.ts';
import { findAccount, listAccounts } from '../store/accounts.ts';
import { findApp, listApps } from '../store/apps.ts';
import { listAuditEntries } from '../store/audit-log.ts';
import {
  attemptsBeforeReplay,
  deliveriesOfEvent,
  findBody,
  findDelivery,
  listAttempts,
  listDeliveries,
} from '../store/deliveries.ts';
import { findEvent, listEvents } from '../store/events.ts';
import { listExclusions } from '../store/exclusions.ts';
import { readSettings } from '../store/facts.ts';
import { findFeature, listFeatures } from '../store/features.ts';
import { listIntegrationKeys } from '../store/integration-keys.ts';
import type { Store } from '../store/open-store.ts';
import { findPasswordLink } from '../store/password-links.ts';
import { pendingBacklog, pendingCounts } from '../store/pending-counts.ts';
import { findReplay, listReplays } from '../store/replays.ts';
import { requeuedNumbers } from '../store/requeues.ts';
import type { Database, WebhookHistoryRow } from '../store/schema.ts';
import { listSessions } from '../store/sessions.ts';
import { databaseBytes, sharingNodes } from '../store/system.ts';
import { sourcesOf, talliesOf, webhookSummaries } from '../store/tallies.ts';
import { findCredentials, findUser, listUsers } from '../store/users.ts';
import { findVisitor, idsOfVisitor, listVisitors } from '../store/visitors.ts';
import { listWarnings, warningSummaries } from '../store/warnings.ts';
import { adminEventWebhooks, webhooksAt } from '../store/webhook-history.ts';
import {
  eventsOf,
  findWebhook,
  findWebhookRow,
  listWebhooks,
  retryDelaysOf,
  webhookRowsWithDeleted,
} from '../store/webhooks.ts';
import type { DeliveryTrace, EventTrace, NotSentReason, Reads, TracedAttempt } from './reads.ts';
import { countReplay } from './replay-count.ts';

/** `segmentApiUrl` takes the place of Segment's own hosts. */
export function createReads(store: Pick<Store, 'db' | 'close'>, config: { segmentApiUrl: string | null }): Reads {
  const { db } = store;
  return {
    apps: () => listApps(db),
    app: (id) => findApp(db, id),
    adminEventWebhooks: () => adminEventWebhooks(db),
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
    replays: (filter, page) => listReplays(db, filter, page),
    replay: (id) => findReplay(db, id),
    countReplay: (query) => countReplay(db, query),
    tallies: (subject, range) => talliesOf(db, subject, range),
    sources: (appId, now) => sourcesOf(db, appId, now),
    webhookSummaries: (now) => webhookSummaries(db, now),
    pendingOf: async (webhookId) => (await pendingCounts(db, webhookId))[0] ?? null,
    warnings: (filter, page) => listWarnings(db, filter, page),
    warningSummaries: (filter) => warningSummaries(db, filter),
    features: () => listFeatures(db),
    feature: (id) => findFeature(db, id),
    exclusions: (page) => listExclusions(db, page),
    settings: () => readSettings(db),
    auditLog: (filter, page) => listAuditEntries(db, filter, page),
    integrationKeys: () => listIntegrationKeys(db),
    users: () => listUsers(db),
    user: (id) => findUser(db, id),
    sessions: (userId) => listSessions(db, userId),
    credentials: (by) => findCredentials(db, by),
    async passwordLink(hash, now) {
      const link = await findPasswordLink(db, hash, now);
      const user = link === null || link.user_id === null ? null : await findUser(db, link.user_id);
      return link === null || user === null ? null : { user, endsAt: link.ends_at };
    },
    system: async () => ({ databaseBytes: await databaseBytes(db), nodes: await sharingNodes(db) }),
    queue: () => pendingBacklog(db),
    // Not by Kysely, which leaves a connection open that nobody has asked anything yet.
    close: () => store.close(),
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
  const before = await webhooksAt(db, id);
  const others = (await webhookRowsWithDeleted(db)).filter((row) => !reached.has(row.id));
  const notSent = others.map((row) => {
    const { reason, since } = whyNotSent(event, before.get(row.id));
    return { webhookId: row.id, webhookName: row.name, reason, since };
  });
  return { event, deliveries, notSent };
}

/** The first reason that holds, from the event's own to the webhook's as it was when the event came. */
function whyNotSent(
  event: Event,
  webhook: Pick<WebhookHistoryRow, 'state' | 'events' | 'at'> | undefined,
): { reason: NotSentReason; since: number | null } {
  if (event.withheld !== null) return { reason: event.withheld, since: null };
  if (webhook === undefined) return { reason: 'created_later', since: null };
  const since = webhook.at;
  if (webhook.state === 'deleted') return { reason: 'deleted', since };
  return { reason: wants(eventsOf(webhook), event.type) ? 'not_enabled' : 'type_not_chosen', since };
}

async function traceDelivery(db: Kysely<Database>, id: string): Promise<DeliveryTrace | null> {
  const key = parseDeliveryId(id);
  const delivery = key === null ? null : await findDelivery(db, key);
  if (key === null || delivery === null) return null;
  const asked = new Set((await requeuedNumbers(db, key)).map(({ number }) => number));
  const attempts = (await listAttempts(db, key)).map(({ number, attempt }): TracedAttempt => {
    const reason = asked.has(number) ? 'replay' : number === 1 ? 'first' : 'retry';
    return Object.assign(attempt, { number, reason } as const);
  });
  const webhook = await findWebhookRow(db, key.webhookId);
  const waiting = {
    ...delivery,
    attemptsBeforeReplay: await attemptsBeforeReplay(db, key),
    asked: asked.has(delivery.attemptCount + 1),
  };
  const next = nextTry(waiting, attempts.at(-1) ?? null, webhook === null ? [] : retryDelaysOf(webhook));
  return { ...delivery, body: await findBody(db, delivery), attempts, next };
}
