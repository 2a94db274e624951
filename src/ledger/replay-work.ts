/**
 * Works replays off, a small batch at a time between the commits of events. What it does is in the tables, with how far it
 * got, in one transaction; so it goes on after a restart where it was, and nothing here has to be remembered.
 *
 *   look at the next window of a webhook's events → put back what matches, as far as there is room → claim it
 *   → see what has become of it → finished
 *
 * It is slower than live traffic on purpose. At one webhook only a few hundred deliveries of a replay wait at a time, in
 * the lane behind the first attempts of new events, and they are claimed here, so that the webhook has no backlog by them
 * and new events keep their short way from their commit to the lane.
 */
import type { Kysely } from 'kysely';
import { type Claim, deliveryId } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import { segmentBody } from '../core/payload.ts';
import { type ReplayFilter, replayableAs } from '../core/replay.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import { insertBody } from '../store/deliveries.ts';
import { findEvent } from '../store/events.ts';
import { nextCandidates } from '../store/replay-candidates.ts';
import { advanceLine, countEnded, finishReplays, openLines } from '../store/replays.ts';
import { countWaiting, endedRequeues, endWaiting, makeLate, requeue, waitingRequeues } from '../store/requeues.ts';
import type { Database } from '../store/schema.ts';
import type { World } from './world.ts';

/** Between two steps that had something to do, and the most that it grows to while there is nothing. */
export const replayStepMs = 20;
const replayQuietMs = 1000;
/** Windows in one step: what is looked at of many that do not match. */
const windowsPerStep = 2;

export interface ReplayContext {
  webhooks: readonly WebhookTarget[];
  isExcluded: World['isExcluded'];
  now: number;
  /** How many more a webhook's line takes; 0 while it is off. */
  roomAt(webhookId: string): number;
}

/** What was put back and is to be claimed. */
export interface Requeued {
  eventId: string;
  webhookId: string;
}

type Line = Awaited<ReturnType<typeof openLines>>[number];

export class ReplayWork {
  readonly #db: Kysely<Database>;
  /** Ids of deliveries that replays wait for. */
  #waiting = new Set<string>();
  #quietMs = replayStepMs;
  #turn = 0;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** Whether this delivery is on its way because of a replay. */
  isWaitingFor({ eventId, webhookId }: Pick<Claim, 'eventId' | 'webhookId'>): boolean {
    return this.#waiting.size > 0 && this.#waiting.has(deliveryId(eventId, webhookId));
  }

  /** Something may have changed that a replay waited for. Answers whether there is anything to do. */
  async look(): Promise<boolean> {
    this.#quietMs = replayStepMs;
    const rows = await waitingRequeues(this.#db);
    this.#waiting = new Set(rows.map((row) => deliveryId(row.event_id, row.webhook_id)));
    return this.#waiting.size > 0 || (await openLines(this.#db)).length > 0;
  }

  /** One step, in the caller's transaction. `inMs` is when to do the next; null when there is nothing to do or to wait for. */
  async step(context: ReplayContext): Promise<{ requeued: Requeued[]; inMs: number | null }> {
    const endedCount = await this.#countEnded();
    const { waiting, waitingCount } = await this.#readWaiting();
    const lines = await openLines(this.#db);
    let left = Math.min(limits.replayBatchMax, limits.replayPendingTotalMax - waitingCount);
    let windows = windowsPerStep;
    const requeued: Requeued[] = [];
    for (let index = 0; index < lines.length && left > 0 && windows > 0; index += 1) {
      const line = lines[(this.#turn + index) % lines.length];
      if (line === undefined) continue;
      const ownLeft = limits.replayPendingMax - (waiting.get(keyOf(line.replay_id, line.webhook_id)) ?? 0);
      const taken = await this.#workOn(line, Math.min(left, ownLeft), context);
      if (taken === null) continue;
      windows -= 1;
      left -= taken.length;
      requeued.push(...taken);
    }
    this.#turn += 1;
    for (const { eventId, webhookId } of requeued) this.#waiting.add(deliveryId(eventId, webhookId));
    await finishReplays(this.#db, context.now);
    const didSomething = endedCount > 0 || windows < windowsPerStep;
    this.#quietMs = didSomething ? replayStepMs : Math.min(this.#quietMs * 2, replayQuietMs);
    const nothingLeft = lines.length === 0 && this.#waiting.size === 0 && !didSomething;
    return { requeued, inMs: nothingLeft ? null : this.#quietMs };
  }

  /** Null when there is nothing to be done for it now. */
  async #workOn(line: Line, left: number, context: ReplayContext): Promise<Requeued[] | null> {
    const place = { replayId: line.replay_id, webhookId: line.webhook_id };
    const webhook = context.webhooks.find(({ id }) => id === line.webhook_id);
    if (webhook === undefined) {
      // Deleted: nothing more can be sent to it.
      await advanceLine(this.#db, place, { afterEventId: line.after_event_id, done: true, requeuedCount: 0 });
      return [];
    }
    const room = Math.min(left, context.roomAt(webhook.id));
    if (room <= 0) return null;
    const filter = JSON.parse(line.filter) as ReplayFilter;
    const stretch = {
      filter,
      webhookId: webhook.id,
      beforeEventId: line.before_event_id,
    };
    const select = async (afterEventId: string, size: number) => {
      const window = await nextCandidates(this.#db, { ...stretch, afterEventId }, size, context.isExcluded);
      const wanted = window.candidates.flatMap((candidate) => {
        const as = replayableAs(filter, candidate, webhook);
        return as === null ? [] : [{ ...candidate, as }];
      });
      return { ...window, wanted };
    };
    // Little is read where much matches, and more where nothing does.
    const near = await select(line.after_event_id, limits.replayWindowEvents / 4);
    const window =
      near.wanted.length === 0 && near.through !== null ? await select(near.through, limits.replayWindowEvents) : near;
    const { wanted } = window;
    const chosen = wanted.slice(0, room);
    const many = { webhookId: webhook.id, replayId: line.replay_id, now: context.now };
    const late = chosen.filter(({ as }) => as === 'never_attempted').map(({ eventId }) => eventId);
    const again = chosen.filter(({ as }) => as !== 'never_attempted').map(({ eventId }) => eventId);
    if (webhook.format === 'segment') for (const eventId of late) await this.#writeBody(eventId);
    const done = new Set([
      ...(await requeue(this.#db, { ...many, eventIds: again })),
      ...(await makeLate(this.#db, { ...many, eventIds: late, format: webhook.format })),
    ]);
    const cut = wanted.length > room;
    await advanceLine(this.#db, place, {
      afterEventId: (cut ? chosen.at(-1)?.eventId : window.through) ?? line.after_event_id,
      done: !cut && window.through === null,
      requeuedCount: done.size,
    });
    return chosen.filter(({ eventId }) => done.has(eventId)).map(({ eventId }) => ({ eventId, webhookId: webhook.id }));
  }

  async #writeBody(eventId: string): Promise<void> {
    const event = await findEvent(this.#db, eventId);
    if (event !== null) await insertBody(this.#db, eventId, 'segment', segmentBody(event));
  }

  async #readWaiting() {
    const rows = await countWaiting(this.#db);
    const waiting = new Map(rows.map((row) => [keyOf(row.replay_id ?? '', row.webhook_id), Number(row.count)]));
    return { waiting, waitingCount: rows.reduce((sum, row) => sum + Number(row.count), 0) };
  }

  /** What has ended since the last step is counted, and no longer waited for. */
  async #countEnded(): Promise<number> {
    const ended = await endedRequeues(this.#db, limits.replayPendingTotalMax);
    const byLine = Map.groupBy(ended, (row) => keyOf(row.replay_id ?? '', row.webhook_id));
    for (const rows of byLine.values()) {
      const { replay_id: replayId, webhook_id: webhookId } = rows[0] ?? { replay_id: null, webhook_id: '' };
      const countOf = (...states: (string | null)[]): number =>
        rows.filter(({ state }) => states.includes(state)).length;
      const counts = {
        delivered: countOf('delivered'),
        failed: countOf('failed', null),
        cancelled: countOf('cancelled'),
      };
      await countEnded(this.#db, { replayId: replayId ?? '', webhookId }, counts);
      const eventIds = rows.map((row) => row.event_id);
      await endWaiting(this.#db, webhookId, eventIds);
      for (const eventId of eventIds) this.#waiting.delete(deliveryId(eventId, webhookId));
    }
    return ended.length;
  }
}

function keyOf(replayId: string, webhookId: string): string {
  return `${replayId} ${webhookId}`;
}
