/**
 * The lane of one webhook: its queue, its requests in flight, and its pace. It starts as many as its queue, its own cap,
 * its rate and the slots allow, and again whenever one of these changes.
 */
import type { Clock } from '../core/clock.ts';
import type { Claim } from '../core/delivery.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import { ClaimQueue } from './claim-queue.ts';
import { RateLimit } from './rate-limit.ts';
import type { Slot, Slots, SlotUser } from './slots.ts';

export interface LaneDeps {
  slots: Pick<Slots, 'take' | 'give'>;
  clock: Clock;
  /** Sends one claim and sees to its record, and says when that is done. */
  run(claim: Claim, target: WebhookTarget, done: () => void): void;
}

export class Lane implements SlotUser {
  ownSlotTaken = false;
  readonly #deps: LaneDeps;
  readonly #inFlightMax: number;
  readonly #queue = new ClaimQueue();
  #target: WebhookTarget;
  #rate: RateLimit | null = null;
  #wakeUp: (() => void) | null = null;
  #inFlight = 0;

  constructor(target: WebhookTarget, config: { inFlightMax: number }, deps: LaneDeps) {
    this.#target = target;
    this.#inFlightMax = config.inFlightMax;
    this.#deps = deps;
    this.#setRate(target.ratePerSecond);
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** What is in flight goes on as it was; what starts from now on follows the new settings. */
  retarget(target: WebhookTarget): void {
    const rateChanged = target.ratePerSecond !== this.#target.ratePerSecond;
    this.#target = target;
    if (rateChanged) this.#setRate(target.ratePerSecond);
    this.start();
  }

  /** Queues only; whoever adds many starts the lane once, after the last. */
  add(claim: Claim): this {
    this.#queue.add(claim);
    return this;
  }

  /** Starts whatever may start now. */
  start(): void {
    while (this.#queue.size > 0 && this.#inFlight < this.#inFlightMax && this.#wakeUp === null) {
      const slot = this.#deps.slots.take(this);
      if (slot === null) return;
      if (!this.#paceAllows()) {
        this.#deps.slots.give(slot);
        return;
      }
      const claim = this.#queue.next();
      if (claim === undefined) return;
      this.#run(claim, slot);
    }
  }

  #run(claim: Claim, slot: Slot): void {
    this.#inFlight += 1;
    this.#deps.run(claim, this.#target, () => {
      this.#inFlight -= 1;
      this.#deps.slots.give(slot);
      this.start();
    });
  }

  onSlotFree(): void {
    this.start();
  }

  /** Hands over what waits; what is in flight finishes. */
  empty(): Claim[] {
    this.#wakeUp?.();
    this.#wakeUp = null;
    return this.#queue.takeAll();
  }

  #setRate(perSecond: number | null): void {
    this.#rate = perSecond === null ? null : new RateLimit(perSecond, this.#deps.clock.now());
    this.#wakeUp?.();
    this.#wakeUp = null;
  }

  #paceAllows(): boolean {
    const waitMs = this.#rate?.take(this.#deps.clock.now()) ?? 0;
    if (waitMs === 0) return true;
    this.#wakeUp = this.#deps.clock.after(waitMs, () => {
      this.#wakeUp = null;
      this.start();
    });
    return false;
  }
}
