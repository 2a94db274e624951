/** Sending again, as a person asks for it: one delivery at once, or many by a replay, which replay-work.ts works off. */
import type { Kysely } from 'kysely';
import { parseDeliveryId } from '../core/delivery.ts';
import { BellwireError } from '../core/errors.ts';
import { exclusionMatcher } from '../core/exclusion.ts';
import { eventIdFloor } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import { type ReplayFilter, replayableAs } from '../core/replay.ts';
import { findDelivery } from '../store/deliveries.ts';
import { commitDelayMaxMs, newestEventId } from '../store/events.ts';
import { allExclusions } from '../store/exclusions.ts';
import { nextCandidates } from '../store/replay-candidates.ts';
import { cancelReplay, countRunningReplays, findReplay, forgetOldReplays, insertReplay } from '../store/replays.ts';
import { requeue } from '../store/requeues.ts';
import type { Database } from '../store/schema.ts';
import { idAfter } from '../store/trail.ts';
import { currentVisitorId, findVisitorRow } from '../store/visitors.ts';
import { findWebhookRow } from '../store/webhooks.ts';
import type { Ledger, ReplayRequest } from './ledger.ts';
import type { CommandDeps } from './webhook-commands.ts';

type ReplayCommands = Pick<Ledger, 'replayDelivery' | 'createReplay' | 'cancelReplay'>;

export function createReplayCommands(
  db: Kysely<Database>,
  { clock, newReplayId }: Pick<CommandDeps, 'clock' | 'newReplayId'>,
): ReplayCommands {
  return {
    replayDelivery: (id) => replayDelivery(db, id, clock.now()),
    createReplay: (request) => createReplay(db, newReplayId(), request, clock.now()),
    async cancelReplay(id) {
      if ((await findReplay(db, id)) === null) return null;
      return cancelReplay(db, id, clock.now());
    },
  };
}

async function replayDelivery(db: Kysely<Database>, id: string, now: number): Promise<{ state: 'pending' } | null> {
  const key = parseDeliveryId(id);
  const delivery = key === null ? null : await findDelivery(db, key);
  if (key === null || delivery === null) return null;
  if ((await findWebhookRow(db, key.webhookId)) === null) {
    throw new BellwireError('conflict', 'The webhook of this delivery has been deleted, so it cannot be sent again.');
  }
  const visitor = await findVisitorRow(db, await currentVisitorId(db, delivery.visitorId));
  if (visitor?.do_not_process === 1) {
    throw new BellwireError('conflict', 'The visitor of this delivery must not be processed, so it is not sent again.');
  }
  const { eventId, webhookId } = key;
  const isExcluded = exclusionMatcher(await allExclusions(db));
  const only = { filter: { ...anyFinished, ids: [id] }, webhookId, afterEventId: '', beforeEventId: idAfter(eventId) };
  const [candidate] = (await nextCandidates(db, only, 1, isExcluded)).candidates;
  // By the rule that goes for many; none is one that is not finished.
  if (candidate !== undefined && replayableAs(only.filter, candidate, { id: webhookId, events: 'all' }) === null) {
    const message = 'The visitor or the account of this delivery is on the exclude list, so it is not sent again.';
    throw new BellwireError('conflict', message);
  }
  if ((await requeue(db, { webhookId, eventIds: [eventId], replayId: null, now })).length === 0) {
    throw new BellwireError('conflict', 'This delivery is still pending. It can be replayed when it is finished.');
  }
  return { state: 'pending' };
}

/** Whoever may not read the audit log is not shown deliveries of it, and so has no id of one. */
const anyFinished: ReplayFilter = {
  states: ['failed', 'delivered', 'cancelled'],
  ids: null,
  webhookId: null,
  eventType: null,
  code: null,
  visitorIds: null,
  accountId: null,
  receivedFrom: null,
  receivedBefore: null,
  withAdminEvents: true,
};

async function createReplay(
  db: Kysely<Database>,
  id: string,
  { filter, matched }: ReplayRequest,
  now: number,
): Promise<string> {
  if ((await countRunningReplays(db)) >= limits.replaysRunningMax) {
    const message = `There are ${limits.replaysRunningMax} replays at work already. Wait for one to finish, or cancel one.`;
    throw new BellwireError('conflict', message);
  }
  const { first, before } = stretchOf(filter, await newestEventId(db));
  const isEmpty = matched.length === 0;
  const row = {
    id,
    state: isEmpty ? 'finished' : 'running',
    filter: JSON.stringify(filter),
    before_event_id: before,
    created_at: now,
    finished_at: isEmpty ? now : null,
  };
  const lines = matched.map(({ webhookId, count }) => ({
    replay_id: id,
    webhook_id: webhookId,
    after_event_id: first,
    done: 0,
    matched: count,
    requeued: 0,
    delivered: 0,
    failed: 0,
    cancelled: 0,
  }));
  await insertReplay(db, row, lines);
  await forgetOldReplays(db, limits.replaysKept);
  return id;
}

/** The events that a filter's range of time can be of, as ids; what comes in from now on is not among them. */
export function stretchOf(
  { receivedFrom, receivedBefore }: ReplayFilter,
  newestId: string | null,
): { first: string; before: string } {
  const end = newestId === null ? '' : idAfter(newestId);
  const asked = receivedBefore === null ? end : eventIdFloor(receivedBefore + commitDelayMaxMs);
  return { first: receivedFrom === null ? '' : eventIdFloor(receivedFrom), before: asked < end ? asked : end };
}
