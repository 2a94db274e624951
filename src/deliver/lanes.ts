/**
 * Everything that is being sent: one lane per webhook, so that a slow or dead receiver delays nobody but itself. Claims
 * come in from the ledger, already ours; each goes back to it as a record of its attempt, or released unattempted when
 * its webhook is off or gone, or when the server stops. There is no third way, so no claim is ever lost.
 *
 *   take → lane → (slot, rate) → deliver → record
 */
import type { Attempt, AttemptRecord, Claim } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import type { HealthState, WebhookHealth } from '../core/webhook-health.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type DeliverDeps, deliver, testSend } from './deliver.ts';
import { type BreakerNews, type Done, Lane } from './lane.ts';
import { createRecorder } from './recorder.ts';
import type { Sender } from './send.ts';
import { Slots } from './slots.ts';

export interface Lanes {
  /** Deliveries to send, claimed for us. */
  take(claims: Claim[]): void;
  /** All claims are somebody else's now: what waits is forgotten, and so will be what becomes of what is in flight. */
  forgetClaims(): void;
  /** All webhooks as they are now. */
  update(targets: WebhookTarget[]): void;
  /** Sends a sample outside of all queues; for webhooks that are not saved yet, too. */
  test(target: WebhookTarget, sample: { id: string; body: string }): Promise<Attempt>;
  /** Starts nothing more, releases what waits, and lets what is in flight finish; what has not by then stays pending. */
  drain(graceMs: number): Promise<void>;
  stats(): LanesStats;
  /** Null for a webhook that is off or gone. */
  health(webhookId: string): WebhookHealth | null;
}

export interface LanesStats {
  laneCount: number;
  queuedCount: number;
  inFlightCount: number;
  sharedInFlightCount: number;
  /** Lanes that would start more if there were a shared slot. */
  waitingLaneCount: number;
  /** Lanes in each state. */
  states: Record<HealthState, number>;
}

export interface LanesConfig {
  laneInFlightMax: number;
  sharedInFlightMax: number;
}

export const lanesConfig: LanesConfig = {
  laneInFlightMax: limits.laneInFlightMax,
  sharedInFlightMax: limits.sharedInFlightMax,
};

export function createLanes(
  config: LanesConfig,
  deps: DeliverDeps & {
    sender: Sender;
    ledger: Pick<Ledger, 'record' | 'release' | 'disableWebhook'>;
    /** Whether attempts may be started now; left out where they always may. */
    mayStart?: () => boolean;
    /** For the log, and nothing to worry about. */
    onNews: (message: string, detail: object) => void;
  },
): Lanes {
  const { clock, dice, ledger, sender, onTrouble, onNews } = deps;
  const lanes = new Map<string, Lane>();
  const slots = new Slots(config.sharedInFlightMax, clock);
  const laneConfig = { inFlightMax: config.laneInFlightMax };
  const laneDeps = { slots, clock, dice, run, onBreaker, mayStart: deps.mayStart ?? always };
  const recorder = createRecorder({ ledger, clock, onTrouble });
  /** Asked for since the last update, so that sixteen answers of 410 at once ask for it once. */
  const beingDisabled = new Set<string>();
  let inFlightCount = 0;
  /** How often all claims were forgotten. */
  let forgotCount = 0;
  let draining = false;
  let aborted = false;
  let whenIdle: () => void = ignore;

  /** One claim from its start to its record; an attempt that was broken off by us is not one. */
  function run(claim: Claim, target: WebhookTarget, isTrial: boolean, done: Done): void {
    inFlightCount += 1;
    const forgotBefore = forgotCount;
    deliver(claim, target, isTrial, deps, (record, outcome) => {
      inFlightCount -= 1;
      // Nobody is left to tell, and what we broke off ourselves says nothing about its receiver.
      if (aborted) return;
      if (forgotBefore === forgotCount) conclude(record);
      if (inFlightCount === 0) whenIdle();
      done(record, outcome);
    });
  }

  function conclude(record: AttemptRecord): void {
    recorder.add(record);
    const { verdict, webhookId, attempt } = record;
    if (verdict.kind === 'failed' && verdict.disableWebhook !== null)
      disable(webhookId, verdict.disableWebhook, attempt.url);
  }

  /** The lane is emptied when the ledger says that the webhook is off, not before: it could fail to switch it off. */
  function disable(webhookId: string, reason: string, url: string): void {
    if (beingDisabled.has(webhookId)) return;
    beingDisabled.add(webhookId);
    void switchOff(webhookId, reason, url);
  }

  async function switchOff(webhookId: string, reason: string, url: string): Promise<void> {
    try {
      const disabled = await ledger.disableWebhook(webhookId, reason, url);
      if (disabled === null) beingDisabled.delete(webhookId);
      else onTrouble('A webhook was switched off: its receiver says that it is gone.', { webhookId });
    } catch (error) {
      beingDisabled.delete(webhookId);
      onTrouble('A webhook whose receiver is gone could not be switched off.', { webhookId, error });
    }
  }

  function onBreaker(state: 'open' | 'closed', detail: BreakerNews): void {
    if (state === 'closed') onNews('A receiver that was down is back; what waits for it flows again.', detail);
    else onTrouble('A receiver is down: deliveries to it wait, and one is sent now and then to see.', { ...detail });
  }

  function release(claims: readonly Claim[]): void {
    if (claims.length === 0) return;
    const ids = claims.map(({ eventId, webhookId }) => ({ eventId, webhookId }));
    ledger.release(ids).catch((error: unknown) => {
      onTrouble('Claims could not be released.', { claimCount: ids.length, error });
    });
  }

  return {
    take(claims) {
      if (draining) return release(claims);
      const grown = new Set<Lane>();
      const homeless: Claim[] = [];
      for (const claim of claims) {
        const lane = lanes.get(claim.webhookId);
        if (lane === undefined) homeless.push(claim);
        else grown.add(lane.add(claim));
      }
      release(homeless);
      for (const lane of grown) lane.start();
    },

    forgetClaims() {
      forgotCount += 1;
      for (const lane of lanes.values()) lane.empty();
      recorder.forget();
    },

    update(targets) {
      beingDisabled.clear();
      const enabled = new Map(targets.filter((target) => target.enabled).map((target) => [target.id, target]));
      for (const [id, lane] of lanes) {
        if (enabled.has(id)) continue;
        lanes.delete(id);
        release(lane.empty());
      }
      for (const [id, target] of enabled) {
        const lane = lanes.get(id);
        if (lane !== undefined) lane.retarget(target);
        else lanes.set(id, new Lane(target, laneConfig, laneDeps));
      }
    },

    test: (target, sample) => testSend(target, sample, deps),

    async drain(graceMs) {
      draining = true;
      for (const lane of lanes.values()) release(lane.empty());
      if (inFlightCount > 0) await idleWithin(graceMs);
      aborted = true;
      sender.close();
      await recorder.close();
    },

    stats() {
      let queuedCount = 0;
      const states = { flowing: 0, slowed: 0, waiting: 0 };
      for (const lane of lanes.values()) {
        queuedCount += lane.queued;
        states[lane.state] += 1;
      }
      return {
        laneCount: lanes.size,
        queuedCount,
        inFlightCount,
        sharedInFlightCount: slots.sharedCount,
        waitingLaneCount: slots.waitingCount,
        states,
      };
    },

    health: (webhookId) => lanes.get(webhookId)?.health() ?? null,
  };

  function idleWithin(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(graceMs, resolve);
      whenIdle = () => {
        cancel();
        resolve();
      };
    });
  }
}

function ignore(): void {}

function always(): boolean {
  return true;
}
