/**
 * The ledger, in the calling thread. One loop: write what has come in since the last commit in one transaction, sync,
 * answer, hand out claims; then the commands of the API, each a transaction of its own; then look what is due. There is no
 * timer in front of a commit: while one is under way the next one gathers, so a lone event is written at once and a flood
 * in large groups.
 */
import type { Clock } from '../core/clock.ts';
import type { AttemptReport, Claim } from '../core/delivery.ts';
import { newEventId } from '../core/id.ts';
import type { Journal } from '../store/journal.ts';
import { owedRoundMs } from '../store/owed-deliveries.ts';
import { bodyOf, ClaimBook } from './claim.ts';
import { ClockWatch, isAheadTooFar, moveRetries, pruneHoldMs, setBackSince } from './clock-watch.ts';
import { type Arrival, commit, freshClaims } from './commit.ts';
import { type Routes, routesOf } from './fan-out.ts';
import type { AcceptResult, Ledger, LedgerListener } from './ledger.ts';
import { pruneStep } from './prune.ts';
import type { ReplayWork } from './replay-work.ts';
import { SeenTimes, seenFlushMs } from './seen-times.ts';
import type { Standing } from './standing.ts';
import { Trails, trailQuietMs } from './trails.ts';
import {
  type PendingArrival,
  type PendingCommand,
  type PendingReport,
  shuttingDown,
  stillDiscarding,
  takeArrivals,
  unavailable,
} from './waiting.ts';

export interface WriterDeps {
  journal: Journal;
  replays: ReplayWork;
  readStanding: () => Promise<Standing>;
  /** Cancels a batch of what is discarded, in the caller's transaction; answers whether it was the webhook's last. */
  discardStep: (webhookId: string) => Promise<boolean>;
  isStorageError: (error: unknown) => boolean;
  clock: Clock;
  listener: LedgerListener;
}

/** How often old rows are looked for. */
const pruneEveryMs = 60_000;
/**
 * How long reports wait for the commit of an arrival that they can ride in. Nobody waits for them, and each commit writes
 * the last page of every table again; what a crash takes of them is sent again.
 */
const reportsWaitMs = 20;
/** How long the loop waits before it tries again to write what the storage did not take. */
const storagePauseMs = 1000;

export class Writer implements Pick<Ledger, 'accept' | 'record' | 'release' | 'probe'> {
  readonly #deps: WriterDeps;
  readonly #book = new ClaimBook();
  readonly #seen = new SeenTimes();
  readonly #trails = new Trails();
  #arrivals: PendingArrival[] = [];
  #reports: PendingReport[] = [];
  #commands: PendingCommand[] = [];
  #standing: Standing;
  #routes: Routes = new Map();
  #turning: Promise<void> | null = null;
  #woken = false;
  #closed = false;
  readonly #watch: ClockWatch;
  #pruneDueMs: number;
  #reportsDueMs: number | null = null;
  #owedDueMs: number | null = null;
  #seenDueMs: number | null = null;
  #trailsDueMs: number | null = null;
  #replaysDueMs: number | null = null;
  #discardDueMs: number | null = null;
  #pausedUntilMs = 0;
  #cancelWake: () => void = () => {};

  /** Reads how things stand, hands out what was pending, and goes to work. */
  static async open(deps: WriterDeps): Promise<Writer> {
    const writer = new Writer(deps, await deps.readStanding());
    writer.#adopt(writer.#standing);
    await deps.journal.transaction(async () => deps.journal.restoreOwed());
    const lastAt = await deps.journal.lastReceivedAt();
    const now = deps.clock.now();
    const setBackMs = setBackSince(lastAt, now);
    if (setBackMs !== 0) await writer.#clockWasSet(setBackMs);
    else if (lastAt !== null && isAheadTooFar(now - lastAt - pruneHoldMs)) writer.#holdPruning();
    await writer.#trails.catchUp(deps.journal);
    if (!writer.#trails.isEmpty) writer.#trailsDueMs = deps.clock.monotonicMs();
    await writer.#lookAtReplays();
    await writer.#handOutDue();
    writer.#wake();
    return writer;
  }

  private constructor(deps: WriterDeps, standing: Standing) {
    this.#deps = deps;
    this.#standing = standing;
    this.#pruneDueMs = deps.clock.monotonicMs();
    this.#watch = new ClockWatch(deps.clock);
  }

  accept(inputs: Arrival['inputs'], warnings: Arrival['warnings']): Promise<AcceptResult[]> {
    if (this.#closed) return Promise.reject(shuttingDown());
    return new Promise((answer, fail) => {
      this.#arrivals.push({ inputs, warnings, answer, fail });
      this.#wake();
    });
  }

  record(records: AttemptReport[]): Promise<void> {
    return new Promise((answer, fail) => {
      this.#reports.push({ records, answer, fail });
      if (this.#reportsDueMs !== null) return;
      this.#reportsDueMs = this.#deps.clock.monotonicMs() + reportsWaitMs;
      if (this.#turning === null) this.#sleepOrGoOn();
    });
  }

  async release(claims: { eventId: string; webhookId: string }[]): Promise<void> {
    for (const { webhookId, eventId } of claims) {
      this.#book.settle(webhookId, eventId, null);
      this.#book.lookAgain(webhookId);
    }
    this.#wake();
  }

  /** Runs a command in a transaction, between commits; afterwards everybody knows how things stand. */
  command<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#closed) return Promise.reject(shuttingDown());
    return new Promise((answer, fail) => {
      const run = async (): Promise<void> => {
        try {
          const { journal } = this.#deps;
          const value = await journal.transaction(async () => {
            await journal.settleAllOwed();
            return work();
          });
          journal.forget();
          this.#adopt(await this.#deps.readStanding());
          await this.#lookAtReplays();
          answer(value);
        } catch (error) {
          fail(this.#deps.isStorageError(error) ? unavailable(error) : error);
        }
      };
      this.#commands.push({ run });
      this.#wake();
    });
  }

  /** Like `command`, for one that puts finished deliveries of a webhook back to pending. */
  async commandThatRequeues<Value>(webhookId: string, work: () => Promise<Value>): Promise<Value> {
    if (this.#book.isDiscarding(webhookId)) throw stillDiscarding();
    const value = await this.command(work);
    this.#book.lookAgain(webhookId);
    this.#wake();
    return value;
  }

  async probe(): Promise<void> {
    await new Promise<void>((answer, fail) => {
      const { journal, clock } = this.#deps;
      const write = async (): Promise<void> => journal.transaction(async () => journal.probe(clock.now()));
      this.#commands.push({ run: () => write().then(answer, (error: unknown) => fail(unavailable(error))) });
      this.#wake();
    });
  }

  /** Takes no more, and comes back when all that was taken has been written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWake();
    while (this.#turning !== null) await this.#turning;
    if (this.#arrivals.length > 0 || this.#reports.length > 0) await this.#commitOnce();
    const { journal, listener } = this.#deps;
    const last = journal.transaction(async () => {
      await journal.settleAllOwed();
      await this.#seen.flush(journal);
    });
    // The next start finds what is owed, and nobody waits for last-seen times.
    await last.catch((error: unknown) => listener.onTrouble('The last writing failed.', { error: String(error) }));
  }

  #wake(): void {
    // Whoever calls during a turn may have come too late for it, so another one follows.
    this.#woken = true;
    if (this.#turning !== null) return;
    this.#woken = false;
    this.#cancelWake();
    this.#turning = new Promise((resolve) => {
      setImmediate(() => {
        void this.#turn().finally(() => {
          this.#turning = null;
          resolve();
          this.#sleepOrGoOn();
        });
      });
    });
  }

  async #turn(): Promise<void> {
    try {
      if (this.#deps.clock.monotonicMs() >= this.#pausedUntilMs) {
        const setByMs = this.#watch.look();
        if (setByMs !== 0) await this.#clockWasSet(setByMs);
        // Whoever sends a command wants to see what was reported before it.
        const reportsFirst = this.#commands.length > 0 && this.#reports.length > 0;
        if (this.#hasArrivals() || reportsFirst) await this.#commitOnce();
        await this.#handOutDue();
        await this.#tidy();
      }
      for (const { run } of this.#commands.splice(0)) await run();
    } catch (error) {
      this.#pause(error);
    }
  }

  #sleepOrGoOn(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const paused = nowMs < this.#pausedUntilMs;
    // While the storage is given a pause, only commands go on: they say at once whether it has recovered.
    if (this.#commands.length > 0 || (!paused && (this.#woken || this.#hasArrivals()))) {
      this.#wake();
      return;
    }
    if (this.#closed) return;
    const retryAt = this.#book.wakeAt();
    const waiting = this.#woken || this.#hasArrivals() ? this.#pausedUntilMs : null;
    const wakesMs = [
      waiting,
      retryAt === null ? null : nowMs + retryAt - this.#deps.clock.now(),
      this.#pruneDueMs,
      this.#reportsDueMs,
      this.#owedDueMs,
      this.#seenDueMs,
      this.#trailsDueMs,
      this.#replaysDueMs,
      this.#discardDueMs,
    ];
    const wakeMs = Math.min(...wakesMs.map((at) => at ?? Infinity));
    this.#cancelWake();
    this.#cancelWake = this.#deps.clock.after(Math.max(0, Math.max(wakeMs, this.#pausedUntilMs) - nowMs), () =>
      this.#wake(),
    );
  }

  /** Whether there is something that cannot wait: a sender, or reports that have waited. */
  #hasArrivals(): boolean {
    if (this.#arrivals.length > 0) return true;
    return this.#reportsDueMs !== null && this.#reportsDueMs <= this.#deps.clock.monotonicMs();
  }

  async #commitOnce(): Promise<void> {
    const { journal, clock, listener, isStorageError } = this.#deps;
    const arrivals = takeArrivals(this.#arrivals);
    const reports = this.#reports.splice(0);
    this.#reportsDueMs = null;
    const records = reports.flatMap((report) => report.records);
    const { directory, isExcluded } = this.#standing;
    const now = clock.now();
    const context = { journal, isStorageError, directory, isExcluded, routes: this.#routes, now, newId: newEventId };
    try {
      const { results, effects, unkept, poison } = await commit(arrivals, records, context);
      for (const { webhookId, eventId, verdict } of records) {
        this.#book.settle(webhookId, eventId, verdict.kind === 'retry' ? verdict.dueAt : null);
      }
      for (const { record, error } of unkept) this.#setAside(record, error, now);
      for (const error of poison) listener.onTrouble('An input could not be accepted.', { error: String(error) });
      for (const effect of effects) this.#spread(effect);
      arrivals.forEach((arrival, index) => arrival.answer(results[index] ?? []));
      for (const report of reports) report.answer(undefined);
    } catch (error) {
      // Reports are kept for the next try: what was sent has been sent. Senders are told, and send again.
      this.#reports.unshift(...reports);
      if (this.#reports.length > 0) this.#reportsDueMs = clock.monotonicMs();
      for (const arrival of arrivals) arrival.fail(unavailable(error));
      throw error;
    }
  }

  async #handOutDue(): Promise<void> {
    const claims = await this.#book.refill(this.#deps.journal, this.#deps.clock.now(), (delivery) =>
      this.#deps.replays.isWaitingFor(delivery),
    );
    if (claims.length > 0) this.#deps.listener.onClaims(claims);
  }

  /** Hands out the claims of a commit and remembers whom it saw. */
  #spread(effects: Parameters<typeof freshClaims>[0]): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const claims = freshClaims(effects, (delivery) => this.#book.claimFresh(delivery));
    if (claims.length > 0) this.#deps.listener.onClaims(claims);
    if (effects.deliveries.length > 0) this.#owedDueMs ??= nowMs + owedRoundMs;
    this.#trails.gather(effects.events.map(({ event }) => event));
    this.#trailsDueMs = nowMs + trailQuietMs;
    this.#seen.gather(effects.seen);
    if (!this.#seen.isEmpty) this.#seenDueMs ??= nowMs + seenFlushMs;
  }

  /** An attempt that could not be kept: its delivery is tried again later, which is better than never. */
  #setAside({ webhookId, eventId }: AttemptReport, error: unknown, now: number): void {
    this.#deps.listener.onTrouble('An attempt could not be kept; its delivery will be tried again.', {
      webhookId,
      error: String(error),
    });
    this.#book.settle(webhookId, eventId, now + pruneEveryMs);
  }

  async #tidy(): Promise<void> {
    const { journal, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    if (this.#owedDueMs !== null && this.#owedDueMs <= nowMs) {
      const more = await journal.transaction(async () => journal.settleOwed());
      this.#owedDueMs = more ? nowMs + owedRoundMs : null;
    }
    if (this.#seenDueMs !== null && this.#seenDueMs <= nowMs) {
      this.#seenDueMs = null;
      await journal.transaction(() => this.#seen.flush(journal));
    }
    if (this.#trails.isDue || (this.#trailsDueMs !== null && this.#trailsDueMs <= nowMs && !this.#trails.isEmpty)) {
      await this.#trails.step(journal);
      this.#trailsDueMs = this.#trails.isEmpty ? null : nowMs;
      this.#woken ||= this.#trails.isDue;
    }
    if (this.#replaysDueMs !== null && this.#replaysDueMs <= nowMs) await this.#replay(clock.now());
    if (this.#discardDueMs !== null && this.#discardDueMs <= nowMs) await this.#discard();
    if (this.#pruneDueMs <= nowMs) {
      const more = await journal.transaction(() => pruneStep(journal, clock.now(), this.#standing.retentionDays));
      this.#pruneDueMs = more ? nowMs : nowMs + pruneEveryMs;
    }
  }

  async #discard(): Promise<void> {
    const [webhookId] = this.#standing.discarding;
    if (webhookId === undefined) return;
    const isOver = await this.#deps.journal.transaction(() => this.#deps.discardStep(webhookId));
    if (isOver) this.#adopt(await this.#deps.readStanding());
  }

  async #lookAtReplays(): Promise<void> {
    this.#replaysDueMs = (await this.#deps.replays.look()) ? this.#deps.clock.monotonicMs() : null;
  }

  /** A step of the replays, and the claims of what it has put back. */
  async #replay(now: number): Promise<void> {
    const { journal, replays, listener } = this.#deps;
    const { directory, isExcluded } = this.#standing;
    const roomAt = (webhookId: string): number => this.#book.roomForReplay(webhookId);
    const { requeued, inMs } = await journal.transaction(() =>
      replays.step({ webhooks: directory.webhooks, isExcluded, now, roomAt }),
    );
    this.#replaysDueMs = inMs === null ? null : this.#deps.clock.monotonicMs() + inMs;
    const claims: Claim[] = [];
    for (const one of requeued) {
      const { eventId, webhookId } = one;
      if (!this.#book.claimReplayed(webhookId, eventId)) continue;
      claims.push({ eventId, webhookId, triesUsed: 0, body: await bodyOf(one, journal), replayed: true });
    }
    if (claims.length > 0) listener.onClaims(claims);
  }

  #adopt(standing: Standing): void {
    this.#standing = standing;
    const { webhooks } = standing.directory;
    this.#routes = routesOf(webhooks);
    // The lanes must know a webhook before they are handed a claim for it.
    this.#deps.listener.onDirectory(standing.directory);
    const on = webhooks.filter(({ enabled }) => enabled).map(({ id }) => id);
    this.#book.setEnabled(on, new Set(standing.discarding));
    this.#discardDueMs = standing.discarding.length === 0 ? null : this.#deps.clock.monotonicMs();
  }

  /** What that would make wrong is set right: see clock-watch.ts. */
  async #clockWasSet(setByMs: number): Promise<void> {
    const { journal, clock, listener } = this.#deps;
    listener.onTrouble('The clock was set.', { setByMs });
    if (isAheadTooFar(setByMs)) this.#holdPruning();
    if (setByMs > 0) return;
    const now = clock.now();
    await journal.transaction(async () => {
      await journal.settleAllOwed();
      await journal.moveDue(now, setByMs);
    });
    for (const report of this.#reports) report.records = moveRetries(report.records, setByMs, now);
    this.#book.lookAgainEverywhere();
  }

  #holdPruning(): void {
    this.#pruneDueMs = this.#deps.clock.monotonicMs() + pruneHoldMs;
  }

  #pause(error: unknown): void {
    this.#deps.listener.onTrouble('The database does not take what is written; trying again.', {
      error: String(error),
    });
    this.#pausedUntilMs = this.#deps.clock.monotonicMs() + storagePauseMs;
    this.#book.lookAgainEverywhere();
  }
}
