/**
 * What persons have asked for and takes more than one commit: replays, and cancelling all that is pending of a webhook. A
 * small step of each is done between commits. Where processes share the database, one of them at a time does it.
 */
import type { Clock } from '../core/clock.ts';
import type { Claim } from '../core/delivery.ts';
import type { Journal } from '../store/journal.ts';
import { claimOf } from './claim.ts';
import type { ClaimDesk } from './claim-desk.ts';
import type { ReplayWork } from './replay-work.ts';
import type { Standing } from './standing.ts';
import type { Upkeep } from './upkeep.ts';

/** How long something waits that another process is just doing. */
const othersTurnMs = 500;
/** How often it is looked whether something was made for a webhook by a process that had not heard yet that it is deleted. */
const lateEveryMs = 5000;

export interface ErrandsDeps {
  journal: Journal;
  clock: Clock;
  replays: ReplayWork;
  /** Cancels a batch of what is discarded, in the caller's transaction; answers how many, and whether it was the webhook's last. */
  discardStep: (webhookId: string) => Promise<{ count: number; isLast: boolean }>;
  /** Finds what was made for webhooks that others had just deleted; answers for how many it is to be discarded now. */
  discardLate: () => Promise<number>;
  /** Others use the database too, and what they leave is to be looked for. */
  isShared: boolean;
  desk: ClaimDesk;
  onClaims: (claims: Claim[]) => void;
  upkeep: Pick<Upkeep, 'gatherCancelled'>;
}

export class Errands {
  readonly #deps: ErrandsDeps;
  #replaysDueMs: number | null = null;
  #discardDueMs: number | null = null;
  #lateDueMs: number;

  constructor(deps: ErrandsDeps) {
    this.#deps = deps;
    this.#lateDueMs = deps.isShared ? deps.clock.monotonicMs() : Infinity;
  }

  /** Something may have been asked for. */
  async look({ discarding }: Pick<Standing, 'discarding'>): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#replaysDueMs = (await this.#deps.replays.look()) ? nowMs : null;
    this.#discardDueMs = discarding.length === 0 ? null : nowMs;
  }

  /** When there is something to do again, in monotonic milliseconds. */
  dueMs(): number {
    return Math.min(this.#replaysDueMs ?? Infinity, this.#discardDueMs ?? Infinity, this.#lateDueMs);
  }

  /** Does a step of what is due; answers whether that has changed how things stand. */
  async step(standing: Standing): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.#replaysDueMs !== null && this.#replaysDueMs <= nowMs) await this.#replay(standing);
    if (this.#discardDueMs !== null && this.#discardDueMs <= nowMs) return this.#discard(standing);
    return this.#lateDueMs <= nowMs ? this.#discardLate() : false;
  }

  async #discardLate(): Promise<boolean> {
    const { journal, discardLate, clock } = this.#deps;
    this.#lateDueMs = clock.monotonicMs() + lateEveryMs;
    const found = await journal.transaction(async () => {
      const count = (await journal.takeTurn('discards_turn')) ? await discardLate() : 0;
      if (count > 0) await journal.noteChange();
      return count;
    });
    return found > 0;
  }

  async #discard({ discarding: [webhookId] }: Standing): Promise<boolean> {
    if (webhookId === undefined) return false;
    const { journal, discardStep, upkeep, clock } = this.#deps;
    const step = async () => ((await journal.takeTurn('discards_turn')) ? discardStep(webhookId) : null);
    const done = await journal.transaction(step);
    // While another is at it, it goes on there.
    if (done === null) this.#discardDueMs = clock.monotonicMs() + othersTurnMs;
    else upkeep.gatherCancelled(webhookId, done.count);
    return done?.isLast === true;
  }

  /** A step of the replays, and the claims of what it has put back. */
  async #replay({ directory, isExcluded }: Standing): Promise<void> {
    const { journal, replays, clock, desk, onClaims } = this.#deps;
    const now = clock.now();
    const roomAt = (webhookId: string): number => desk.book.roomForReplay(webhookId);
    const { fresh } = desk;
    fresh.begin();
    const step = async () => {
      fresh.undo();
      if (!(await journal.takeTurn('replays_turn'))) return { claimed: [], inMs: othersTurnMs };
      const { requeued, inMs } = await replays.step({ webhooks: directory.webhooks, isExcluded, now, roomAt });
      const wanted = requeued.filter((one) => fresh.claimReplayed(one));
      return { claimed: wanted.length === 0 ? [] : await journal.claimThese(wanted), inMs };
    };
    const { claimed, inMs } = await journal.transaction(step).catch((error: unknown) => {
      fresh.undo();
      throw error;
    });
    fresh.keepOnly(claimed);
    this.#replaysDueMs = inMs === null ? null : clock.monotonicMs() + inMs;
    if (claimed.length > 0) onClaims(claimed.map((delivery) => claimOf(delivery, true)));
  }
}
