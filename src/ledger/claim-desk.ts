/**
 * Where claims are handed out and come back: the book of those that are out, and the database, which where others share it
 * knows them too. Everything here is done by the writer's loop, between its commits.
 */
import type { Clock } from '../core/clock.ts';
import type { Claim } from '../core/delivery.ts';
import type { DeliveryKey, Journal } from '../store/journal.ts';
import { ClaimBook, FreshClaims } from './claim.ts';

/** How often a process that is not alone looks for what others have left to be sent. */
const pollEveryMs = 500;
/**
 * After trouble, when to give back what nobody has heard of. More than once, because a commit whose connection broke may
 * still be under way in the database, and come to its end after the first look.
 */
const unheardAfterMs = [0, 5000, 30_000];

export interface ClaimDeskDeps {
  journal: Journal;
  clock: Clock;
  onClaims: (claims: Claim[]) => void;
  /** Whether a replay has put this delivery back. */
  isReplayed: (delivery: DeliveryKey) => boolean;
  /** Others use the database too, and what they leave is to be looked for. */
  isShared: boolean;
}

export class ClaimDesk {
  readonly book = new ClaimBook();
  readonly fresh = new FreshClaims(this.book);
  readonly #deps: ClaimDeskDeps;
  /** Claims that are out no more and that the database is still to be told of. */
  #released: DeliveryKey[] = [];
  /** When to look for commits that were made and that nobody has heard of, in monotonic milliseconds. */
  #unheardDuesMs: number[] = [];
  #pollDueMs: number | null;

  constructor(deps: ClaimDeskDeps) {
    this.#deps = deps;
    this.#pollDueMs = deps.isShared ? deps.clock.monotonicMs() : null;
  }

  /** Takes claims back that were not attempted, to be claimed again when their webhook is on. */
  release(claims: readonly DeliveryKey[]): void {
    for (const { webhookId, eventId } of claims) {
      this.book.settle(webhookId, eventId, null);
      this.book.lookAgain(webhookId);
    }
    this.#released.push(...claims);
  }

  /** Takes one back whose attempt could not be kept: it is tried again later, which is better than never. */
  setAside({ webhookId, eventId }: DeliveryKey, dueAt: number): void {
    this.book.settle(webhookId, eventId, dueAt);
    this.#released.push({ webhookId, eventId });
  }

  /** After trouble with the database. */
  doubt(): void {
    this.book.lookAgainEverywhere();
    if (!this.#deps.isShared) return;
    const nowMs = this.#deps.clock.monotonicMs();
    this.#unheardDuesMs = unheardAfterMs.map((afterMs) => nowMs + afterMs);
  }

  /** All claims are somebody else's now. */
  loseAll(): void {
    this.book.loseAll();
    this.#released = [];
    this.doubt();
  }

  /** When there is something to do again, in monotonic milliseconds. */
  dueMs(): number {
    const { clock } = this.#deps;
    const retryAt = this.book.wakeAt();
    return Math.min(
      retryAt === null ? Infinity : clock.monotonicMs() + retryAt - clock.now(),
      this.#pollDueMs ?? Infinity,
      this.#unheardDuesMs[0] ?? Infinity,
    );
  }

  /** Gives back to the database what has come back, and hands out what is due in it. */
  async turn(): Promise<void> {
    const { journal, clock, isReplayed, onClaims } = this.#deps;
    await this.#giveBack();
    if (this.#pollDueMs !== null && this.#pollDueMs <= clock.monotonicMs()) await this.#poll();
    const claims: Claim[] = [];
    try {
      await this.book.refill({ journal, now: clock.now(), isReplayed }, claims);
    } finally {
      // Also when the database fails on the way: what is claimed by then is ours, and nobody else would send it.
      if (claims.length > 0) onClaims(claims);
    }
  }

  async #giveBack(): Promise<void> {
    const { journal, clock } = this.#deps;
    const [dueMs = Infinity] = this.#unheardDuesMs;
    if (dueMs <= clock.monotonicMs()) {
      await journal.releaseAllBut(this.book.claimed());
      this.#unheardDuesMs.shift();
    }
    if (this.#released.length === 0) return;
    // What comes back meanwhile is for the next turn.
    const released = this.#released;
    this.#released = [];
    try {
      await journal.release(released);
    } catch (error) {
      this.#released.push(...released);
      throw error;
    }
  }

  /** Looks for what others have left: retries, what was put back, and what the dead had claimed. */
  async #poll(): Promise<void> {
    const { journal, clock } = this.#deps;
    this.#pollDueMs = clock.monotonicMs() + pollEveryMs;
    for (const { webhookId, dueAt } of await journal.unclaimed(this.book.linesOn())) this.book.hint(webhookId, dueAt);
  }
}
