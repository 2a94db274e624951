/**
 * What is written between commits and nobody waits for: deliveries that are owed their rows, last-seen times, trails,
 * tallies, and the leaving of what is old. Each has a moment at which it is due, in monotonic milliseconds.
 */
import type { Clock } from '../core/clock.ts';
import type { AttemptReport } from '../core/delivery.ts';
import type { Effects, Journal } from '../store/journal.ts';
import { owedRoundMs } from '../store/owed-deliveries.ts';
import { ClearingTime } from './clearing-time.ts';
import { pruneStep } from './prune.ts';
import { SeenTimes, seenFlushMs } from './seen-times.ts';
import { Tallies, tallyFlushMs } from './tallies.ts';
import { Trails, trailQuietMs } from './trails.ts';

/** How often old rows are looked for. */
export const pruneEveryMs = 60_000;

export interface UpkeepDeps {
  journal: Journal;
  clock: Clock;
  /** Takes secrets away whose time was over by then, in the caller's transaction. */
  endOverlaps: (now: number) => Promise<void>;
  /** What is not believed of the clock, kept for the next start; `save` is in a transaction of its own. */
  doubts: { load(): Promise<string | null>; save(text: string): Promise<void> };
}

export class Upkeep {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #endOverlaps: (now: number) => Promise<void>;
  readonly #doubts: UpkeepDeps['doubts'];
  #clearing = new ClearingTime(null);
  readonly #seen = new SeenTimes();
  readonly #tallies = new Tallies();
  readonly #trails: Trails | null;
  #pruneDueMs: number;
  #owedDueMs: number | null = null;
  #seenDueMs: number | null = null;
  #trailsDueMs: number | null = null;
  #talliesDueMs: number | null = null;

  constructor({ journal, clock, endOverlaps, doubts }: UpkeepDeps) {
    this.#journal = journal;
    this.#clock = clock;
    this.#endOverlaps = endOverlaps;
    this.#doubts = doubts;
    this.#trails = journal.keepsTrails ? new Trails() : null;
    this.#pruneDueMs = clock.monotonicMs();
  }

  /**
   * What earlier processes did not believe of the clock; before anything else. When they have last seen it, `lastAt` at least;
   * null when there was none.
   */
  async open(lastAt: number | null): Promise<number | null> {
    this.#clearing = new ClearingTime(await this.#doubts.load());
    const { seenAt } = this.#clearing;
    return lastAt === null || seenAt === null ? lastAt : Math.max(lastAt, seenAt);
  }

  /** Takes up what an earlier process committed and did not get to. */
  async catchUp(): Promise<void> {
    await this.#trails?.catchUp(this.#journal);
    if (this.#trails?.isEmpty === false) this.#trailsDueMs = this.#clock.monotonicMs();
  }

  /** Remembers what a commit leaves to be written. */
  gather(effects: Effects): void {
    const nowMs = this.#clock.monotonicMs();
    if (effects.deliveries.length > 0) this.#owedDueMs ??= nowMs + owedRoundMs;
    if (this.#trails !== null) {
      this.#trails.gather(effects.events.map(({ event }) => event));
      this.#trailsDueMs = nowMs + trailQuietMs;
    }
    this.#seen.gather(effects.seen);
    if (!this.#seen.isEmpty) this.#seenDueMs ??= nowMs + seenFlushMs;
    this.#tallies.gather(effects, this.#clock.now());
    this.#talliesDueMs ??= nowMs + tallyFlushMs;
  }

  gatherReports(reports: readonly AttemptReport[]): void {
    if (reports.length === 0) return;
    this.#tallies.gatherReports(reports, this.#clock.now());
    this.#talliesDueMs ??= this.#clock.monotonicMs() + tallyFlushMs;
  }

  gatherCancelled(webhookId: string, count: number): void {
    this.#tallies.gatherEnded(webhookId, { measure: 'cancelled', count }, this.#clock.now());
    this.#talliesDueMs ??= this.#clock.monotonicMs() + tallyFlushMs;
  }

  /** The clock has jumped ahead by so much, or was set back: what looks old may do so because it is wrong. */
  async doubtClock(byMs: number): Promise<void> {
    const now = this.#clock.now();
    if (byMs > 0) this.#clearing.doubt(byMs, now);
    else this.#clearing.undo(-byMs, now);
    await this.#doubts.save(this.#clearing.text());
  }

  /** When there is something to do again. */
  dueMs(): number {
    return Math.min(
      ...[this.#pruneDueMs, this.#owedDueMs, this.#seenDueMs, this.#trailsDueMs, this.#talliesDueMs].map(
        (at) => at ?? Infinity,
      ),
    );
  }

  /** Whether so much waits that it should go on at once. */
  get isBehind(): boolean {
    return this.#trails?.isDue === true;
  }

  /** Does what is due, each kind in a transaction of its own. */
  async step(retentionDays: number): Promise<void> {
    const journal = this.#journal;
    const nowMs = this.#clock.monotonicMs();
    const isDue = (at: number | null): boolean => at !== null && at <= nowMs;
    if (isDue(this.#owedDueMs)) {
      const more = await journal.transaction(async () => journal.settleOwed());
      this.#owedDueMs = more ? nowMs + owedRoundMs : null;
    }
    if (isDue(this.#seenDueMs)) {
      this.#seenDueMs = null;
      await this.#seen.flush(journal);
    }
    if (isDue(this.#talliesDueMs)) {
      this.#talliesDueMs = null;
      // Whether the database is there is for others to find out: no commit waits or fails for a chart.
      await this.#tallies.flush(journal).catch(() => {});
    }
    const trails = this.#trails;
    if (trails !== null && (trails.isDue || (isDue(this.#trailsDueMs) && !trails.isEmpty))) {
      await trails.step(journal);
      this.#trailsDueMs = trails.isEmpty ? null : nowMs;
    }
    if (isDue(this.#pruneDueMs)) {
      const now = this.#clock.now();
      const times = { now, expiringBy: this.#clearing.expiringBy(now), leavingBy: this.#clearing.leavingBy(now) };
      const { more, expired } = await journal.transaction(async () => {
        await this.#endOverlaps(times.expiringBy);
        return pruneStep(journal, times, retentionDays);
      });
      for (const [webhookId, count] of expired)
        this.#tallies.gatherEnded(webhookId, { measure: 'failed', code: 'expired', count }, now);
      if (expired.size > 0) this.#talliesDueMs ??= nowMs + tallyFlushMs;
      this.#pruneDueMs = more ? nowMs : nowMs + pruneEveryMs;
    }
  }

  /** Writes what there is, for the last time. */
  async finish(): Promise<void> {
    const journal = this.#journal;
    await journal.transaction(async () => journal.settleAllOwed());
    await this.#seen.flush(journal);
    await this.#tallies.flush(journal);
  }
}
