/**
 * The lane of one webhook: its queue, its requests in flight, and its pace. It starts as many as its queue, its width, its
 * breaker, its rate and the slots allow, and again whenever one of these changes.
 */
import type { Clock, Dice } from '../core/clock.ts';
import type { AttemptRecord, Claim, Outcome } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import { retryAfterMs } from '../core/retry.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import type { HealthState, WebhookHealth } from '../core/webhook-health.ts';
import { Breaker, type BreakerState } from './breaker.ts';
import { ClaimQueue } from './claim-queue.ts';
import { LaneWidth } from './lane-width.ts';
import { RateLimit } from './rate-limit.ts';
import { receiverSign } from './receiver-sign.ts';
import type { Slot, Slots, SlotUser } from './slots.ts';

export interface LaneDeps {
  slots: Pick<Slots, 'take' | 'give'>;
  clock: Clock;
  dice: Dice;
  /** Sends one claim and sees to its record, and says when that is done. The outcome is null if it came to none. */
  run(claim: Claim, target: WebhookTarget, isTrial: boolean, done: Done): void;
  /** Whether an attempt may be started now, as far as this process goes. */
  mayStart(): boolean;
  /** Its receiver is down, or is back. */
  onBreaker(state: 'open' | 'closed', detail: BreakerNews): void;
}

export type Done = (record: AttemptRecord, outcome: Outcome | null) => void;
export interface BreakerNews {
  webhookId: string;
  /** Of the last failure. */
  code: string | null;
  failuresInARow: number;
  queuedCount: number;
}

/** How long until it is asked again whether attempts may be started. */
const mayStartAgainMs = 500;

export class Lane implements SlotUser {
  ownSlotTaken = false;
  sharedSlotCount = 0;
  readonly #deps: LaneDeps;
  readonly #queue = new ClaimQueue();
  readonly #inFlightMax: number;
  #width: LaneWidth;
  #breaker: Breaker;
  #target: WebhookTarget;
  #rate: RateLimit | null = null;
  /** Set while nothing can start before a certain moment: the rate's next token, or the next probe. */
  #wakeUp: (() => void) | null = null;
  #inFlight = 0;
  #nextNumber = 1;
  #state: HealthState = 'flowing';
  #since: number;
  #lastError: string | null = null;
  /** Whether it was told that the receiver is down, and not yet that it is back. */
  #isDown = false;
  /** What the receiver is like is learnt from requests from this one on. */
  #knownFrom = 1;
  #isKnown = false;

  constructor(target: WebhookTarget, config: { inFlightMax: number }, deps: LaneDeps) {
    this.#target = target;
    this.#deps = deps;
    this.#inFlightMax = config.inFlightMax;
    this.#width = this.#newWidth();
    this.#breaker = new Breaker(deps.dice);
    this.#since = deps.clock.now();
    this.#setRate(target);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queue.size;
  }

  get state(): HealthState {
    return this.#state;
  }

  health(): WebhookHealth {
    const { clock } = this.#deps;
    const { probeAtMs, state, failuresInARow } = this.#breaker;
    return {
      state: this.#state,
      since: this.#since,
      width: state === 'open' ? 1 : this.#width.value,
      inFlightCount: this.#inFlight,
      queuedCount: this.#queue.size,
      failuresInARow,
      nextProbeAt: probeAtMs === null ? null : Math.round(clock.now() + Math.max(0, probeAtMs - clock.monotonicMs())),
      lastError: this.#lastError,
    };
  }

  /** What is in flight goes on as it was; what starts from now on follows the new settings. */
  retarget(target: WebhookTarget): void {
    const { ratePerSecond, rateBurst } = this.#target;
    const rateChanged = target.ratePerSecond !== ratePerSecond || target.rateBurst !== rateBurst;
    const addressChanged = target.url !== this.#target.url;
    this.#target = target;
    if (addressChanged) this.#meetAnew();
    if (rateChanged) this.#setRate(target);
    this.start();
  }

  /** Queues only; whoever adds many starts the lane once, after the last. */
  add(claim: Claim): this {
    this.#queue.add(claim);
    return this;
  }

  /** Starts whatever may start now. */
  start(): void {
    this.#doubtIfUnknown();
    while (this.#queue.size > 0 && this.#wakeUp === null && this.#mayStart() && this.#breakerAllows()) {
      const slot = this.#deps.slots.take(this, this.#nextNumber);
      if (slot === null) return;
      if (!this.#paceAllows()) {
        this.#deps.slots.give(slot);
        return;
      }
      const isProbe = this.#breaker.state === 'open';
      const claim = isProbe ? this.#queue.takeLeastTried() : this.#queue.next();
      if (claim === undefined) return this.#deps.slots.give(slot);
      if (isProbe) this.#breaker.probe(this.#nextNumber);
      this.#nextNumber += 1;
      this.#run(claim, slot);
    }
  }

  /** So many that have failed before open a breaker; they did where they were tried, in another process or at another time. */
  #doubtIfUnknown(): void {
    if (this.#isKnown || this.#queue.triedOnlyCount < limits.breakerFailuresMax) return;
    this.#breaker.doubt(this.#deps.clock.monotonicMs());
  }

  #run(claim: Claim, slot: Slot): void {
    this.#inFlight += 1;
    const isTrial = this.#breaker.state !== 'closed';
    this.#deps.run(claim, this.#target, isTrial, (record, outcome) => {
      this.#inFlight -= 1;
      this.#learn(slot.number, record, outcome);
      this.#deps.slots.give(slot);
      this.start();
    });
  }

  onSlotFree(): void {
    this.start();
  }

  onSlow(number: number): void {
    if (number < this.#knownFrom) return;
    this.#width.halve(number, this.#nextNumber);
    this.#noteState();
  }

  /** Hands over what waits; what is in flight finishes. */
  empty(): Claim[] {
    this.#sleepNoMore();
    return this.#queue.takeAll();
  }

  #learn(number: number, { eventId, verdict }: AttemptRecord, outcome: Outcome | null): void {
    if (number < this.#knownFrom) return;
    const sign = receiverSign(outcome);
    const breaker = this.#breaker;
    if (sign !== 'none') this.#isKnown = true;
    const before = breaker.state;
    if (sign === 'well') {
      breaker.succeeded(number, this.#nextNumber);
      this.#width.widen(number, this.#queue.size > 0);
      if (this.#state === 'flowing') return;
    } else if (sign === 'none') breaker.unsent(number, this.#deps.clock.monotonicMs());
    else {
      if (verdict.kind !== 'delivered') this.#lastError = verdict.code;
      if (sign === 'overloaded') this.#width.halve(number, this.#nextNumber);
      const { clock } = this.#deps;
      const asked = outcome?.kind === 'response' ? outcome.retryAfter : null;
      const waitMs = retryAfterMs(asked, clock.now()) ?? 0;
      const nextNumber = this.#nextNumber;
      breaker.failed({ eventId, number, nextNumber, retryAfterMs: waitMs, nowMs: clock.monotonicMs() });
    }
    this.#followBreaker(before);
    this.#noteState();
  }

  #followBreaker(before: BreakerState): void {
    const { state, failuresInARow } = this.#breaker;
    if (state === 'half') {
      if (before === 'half') return;
      this.#width.slowStart(this.#nextNumber);
      // It may have been asleep until the next probe.
      return this.#sleepNoMore();
    }
    // Open with no failure: it is only doubted.
    if (this.#isDown === (state === 'open') || (state === 'open' && failuresInARow === 0)) return;
    this.#isDown = state === 'open';
    this.#deps.onBreaker(state, {
      webhookId: this.#target.id,
      code: this.#lastError,
      failuresInARow,
      queuedCount: this.#queue.size,
    });
  }

  #noteState(): void {
    const { state } = this.#breaker;
    const isNarrow = state === 'half' || this.#width.value < Math.min(limits.laneInFlightStart, this.#inFlightMax);
    const now: HealthState = state === 'open' ? 'waiting' : isNarrow ? 'slowed' : 'flowing';
    if (now === this.#state) return;
    this.#state = now;
    this.#since = this.#deps.clock.now();
  }

  /** Nothing is known of a receiver at another address, above all not that it is down; what is under way went to the old one. */
  #meetAnew(): void {
    this.#knownFrom = this.#nextNumber;
    this.#isKnown = false;
    this.#width = this.#newWidth();
    this.#breaker = new Breaker(this.#deps.dice);
    this.#isDown = false;
    this.#sleepNoMore();
    this.#noteState();
  }

  #newWidth(): LaneWidth {
    return new LaneWidth({ start: limits.laneInFlightStart, max: this.#inFlightMax });
  }

  #setRate({ ratePerSecond: perSecond, rateBurst: burst }: WebhookTarget): void {
    this.#rate = perSecond === null ? null : new RateLimit({ perSecond, burst }, this.#deps.clock.monotonicMs());
    this.#sleepNoMore();
  }

  #mayStart(): boolean {
    return this.#isDue(this.#deps.mayStart() ? 0 : mayStartAgainMs);
  }

  /** Whether one more may start, as far as the receiver's condition goes. */
  #breakerAllows(): boolean {
    if (this.#breaker.state !== 'open') return this.#inFlight < this.#width.value;
    const { probeAtMs } = this.#breaker;
    if (probeAtMs === null) return false;
    return this.#isDue(probeAtMs - this.#deps.clock.monotonicMs());
  }

  #paceAllows(): boolean {
    return this.#rate === null || this.#isDue(this.#rate.take(this.#deps.clock.monotonicMs()));
  }

  /** If not, it is started again when it is. */
  #isDue(waitMs: number): boolean {
    if (waitMs <= 0) return true;
    this.#wakeUp = this.#deps.clock.after(waitMs, () => {
      this.#wakeUp = null;
      this.start();
    });
    return false;
  }

  #sleepNoMore(): void {
    this.#wakeUp?.();
    this.#wakeUp = null;
  }
}
