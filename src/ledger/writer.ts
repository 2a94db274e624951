/**
 * The ledger, in the calling thread. One loop: write what has come in since the last commit in one transaction, sync,
 * answer, hand out claims; then the commands of the API, each a transaction of its own; then look what is due. There is no
 * timer in front of a commit: while one is under way the next one gathers, so a lone event is written at once and a flood
 * in large groups.
 */
import type { AttemptReport, Claim } from '../core/delivery.ts';
import { newEventId } from '../core/id.ts';
import type { DeliveryKey, Journal } from '../store/journal.ts';
import { ClaimDesk } from './claim-desk.ts';
import { ClockWatch, isAheadTooFar, moveRetries, offMaxMs, setBackSince } from './clock-watch.ts';
import { type Arrival, commit, freshClaims } from './commit.ts';
import { Errands } from './errands.ts';
import { type Routes, routesOf } from './fan-out.ts';
import type { AcceptResult, Ledger } from './ledger.ts';
import { Reporter } from './reporter.ts';
import type { Standing } from './standing.ts';
import { StorageTrouble } from './storage-trouble.ts';
import { pruneEveryMs, Upkeep } from './upkeep.ts';
import {
  type PendingArrival,
  type PendingCommand,
  type PendingReport,
  shuttingDown,
  stillDiscarding,
  takeArrivals,
  unavailable,
} from './waiting.ts';
import type { WriterDeps } from './writer-deps.ts';

/**
 * How long reports wait for the commit of an arrival that they can ride in. Nobody waits for them, and each commit writes
 * the last page of every table again; what a crash takes of them is sent again.
 */
const reportsWaitMs = 20;
/** How long the loop waits before it tries again to write what the storage did not take. */
const storagePauseMs = 1000;

export class Writer implements Pick<Ledger, 'accept' | 'record' | 'release' | 'claimsForgotten' | 'probe'> {
  readonly #deps: WriterDeps;
  readonly #desk: ClaimDesk;
  readonly #upkeep: Upkeep;
  readonly #reporter: Reporter | null;
  readonly #errands: Errands;
  #arrivals: PendingArrival[] = [];
  #reports: PendingReport[] = [];
  #commands: PendingCommand[] = [];
  #standing: Standing;
  #routes: Routes = new Map();
  #turning: Promise<void> | null = null;
  #woken = false;
  /** Somebody else has changed how things stand. */
  #isStale = false;
  #closed = false;
  readonly #watch: ClockWatch;
  #reportsDueMs: number | null = null;
  #pausedUntilMs = 0;
  readonly #trouble: StorageTrouble;
  /** Set while whoever holds claims has still to let go of those that were lost; what comes back of them says nothing. */
  #forgotten: (() => void) | null = null;
  #cancelWake: () => void = () => {};

  /** Reads how things stand, hands out what was pending, and goes to work. */
  static async open(deps: WriterDeps): Promise<Writer> {
    const writer = new Writer(deps, await deps.readStanding());
    writer.#adopt(writer.#standing);
    await deps.journal.transaction(async () => deps.journal.restoreOwed());
    const lastAt = await writer.#upkeep.open(await deps.journal.lastReceivedAt());
    const now = deps.clock.now();
    const setBackMs = setBackSince(lastAt, now);
    if (setBackMs !== 0) await writer.#clockWasSet(setBackMs);
    else if (lastAt !== null && isAheadTooFar(now - lastAt - offMaxMs)) await writer.#upkeep.doubtClock(now - lastAt);
    await writer.#upkeep.catchUp();
    await writer.#errands.look(writer.#standing);
    await writer.#desk.turn();
    writer.#wake();
    return writer;
  }

  private constructor(deps: WriterDeps, standing: Standing) {
    this.#deps = deps;
    this.#standing = standing;
    this.#upkeep = new Upkeep(deps);
    const { clock, listener, replays } = deps;
    const onClaims = (claims: Claim[]): void => listener.onClaims(claims);
    this.#desk = new ClaimDesk({ ...deps, onClaims, isReplayed: (delivery) => replays.isWaitingFor(delivery) });
    this.#errands = new Errands({ ...deps, desk: this.#desk, onClaims, upkeep: this.#upkeep });
    this.#reporter = deps.reportJournal === null ? null : this.#newReporter(deps.reportJournal);
    this.#watch = new ClockWatch(deps.clock);
    this.#trouble = new StorageTrouble('The database does not take what is written', { clock, listener });
  }

  #newReporter(journal: Journal): Reporter {
    return new Reporter({
      ...this.#deps,
      journal,
      onKept: (records) => {
        this.#settle(records);
        this.#wake();
      },
      onUnkept: (record, error) => this.#setAside(record, error, this.#deps.clock.now()),
      onTrouble: (message, detail) => this.#deps.listener.onTrouble(message, detail),
    });
  }

  #settle(records: readonly AttemptReport[]): void {
    this.#upkeep.gatherReports(records);
    for (const { webhookId, eventId, verdict } of records)
      this.#desk.book.settle(webhookId, eventId, verdict.kind === 'retry' ? verdict.dueAt : null);
  }

  accept(inputs: Arrival['inputs'], warnings: Arrival['warnings']): Promise<AcceptResult[]> {
    if (this.#closed) return Promise.reject(shuttingDown());
    return new Promise((answer, fail) => {
      this.#arrivals.push({ inputs, warnings, answer, fail });
      this.#wake();
    });
  }

  record(records: AttemptReport[]): Promise<void> {
    if (this.#forgotten !== null) return Promise.resolve();
    if (this.#reporter !== null) return this.#reporter.record(records);
    return new Promise((answer, fail) => {
      this.#reports.push({ records, answer, fail });
      if (this.#reportsDueMs !== null) return;
      this.#reportsDueMs = this.#deps.clock.monotonicMs() + reportsWaitMs;
      if (this.#turning === null) this.#sleepOrGoOn();
    });
  }

  async release(claims: DeliveryKey[]): Promise<void> {
    if (this.#forgotten !== null) return;
    this.#desk.release(claims);
    this.#wake();
  }

  /** Runs a command in a transaction, between commits; afterwards everybody knows how things stand. */
  command<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#closed) return Promise.reject(shuttingDown());
    return new Promise((answer, fail) => {
      const run = async (): Promise<void> => {
        try {
          const { journal, adminEvents } = this.#deps;
          await this.#reporter?.flush();
          const value = await journal.transaction(async () => {
            adminEvents.begin();
            await journal.noteChange();
            await journal.settleAllOwed();
            return work();
          });
          journal.forget();
          const made = adminEvents.take();
          for (const effects of made) this.#upkeep.gather(effects);
          this.#trouble.isOver();
          // It is done, also when the database fails now: then everybody knows a little later.
          await this.#readAgain().catch((error: unknown) => this.#pause(error));
          for (const { deliveries } of made)
            for (const { webhookId } of deliveries) this.#desk.book.lookAgain(webhookId);
          answer(value);
        } catch (error) {
          fail(this.#deps.isStorageError(error) ? unavailable(error) : error);
        }
      };
      this.#commands.push({ run });
      this.#wake();
    });
  }

  /** Somebody else has changed something. */
  reload(): void {
    this.#isStale = true;
    this.#wake();
  }

  /**
   * Others have given all claims of this process back. Resolves when nobody here holds one any more, and what was
   * reported of them until then is dropped: the database would not keep it under the number that was lost, and must not
   * take it for a report of the same delivery claimed anew.
   */
  loseClaims(): Promise<void> {
    return new Promise((resolve) => {
      // Between commits, so that what one has claimed that is under way now is lost with the others.
      const run = async (): Promise<void> => {
        this.#forgotten = resolve;
        for (const report of this.#reports.splice(0)) report.answer(undefined);
        this.#reportsDueMs = null;
        await this.#reporter?.drop();
        this.#desk.loseAll();
        this.#deps.listener.onClaimsLost();
      };
      this.#commands.push({ run });
      this.#wake();
    });
  }

  async claimsForgotten(): Promise<void> {
    const resolve = this.#forgotten;
    this.#forgotten = null;
    resolve?.();
  }

  /** Like `command`, for one that puts finished deliveries of a webhook back to pending. */
  async commandThatRequeues<Value>(webhookId: string, work: () => Promise<Value>): Promise<Value> {
    if (this.#desk.book.isDiscarding(webhookId)) throw stillDiscarding();
    const value = await this.command(work);
    this.#desk.book.lookAgain(webhookId);
    this.#wake();
    return value;
  }

  async probe(): Promise<void> {
    await new Promise<void>((answer, fail) => {
      const { journal, clock } = this.#deps;
      const run = async (): Promise<void> => {
        await journal.transaction(async () => journal.probe(clock.now()));
        this.#trouble.isOver();
      };
      this.#commands.push({ run: () => run().then(answer, (error: unknown) => fail(unavailable(error))) });
      this.#wake();
    });
  }

  /** Takes no more, and comes back when all that was taken has been written. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWake();
    while (this.#turning !== null) await this.#turning;
    const told = (error: unknown): void =>
      this.#deps.listener.onTrouble('The last writing failed.', { error: String(error) });
    await this.#reporter?.flush();
    if (this.#arrivals.length > 0 || this.#reports.length > 0) await this.#commitOnce().catch(told);
    // The next start finds what is owed, and nobody waits for last-seen times.
    await this.#upkeep.finish().catch(told);
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
        if (this.#isStale) await this.#readAgain();
        await this.#desk.turn();
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
    const waiting = this.#woken || this.#isStale || this.#hasArrivals() ? this.#pausedUntilMs : null;
    const wakesMs = [waiting, this.#desk.dueMs(), this.#reportsDueMs, this.#upkeep.dueMs(), this.#errands.dueMs()];
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
    const context = {
      journal,
      isStorageError,
      directory,
      isExcluded,
      routes: this.#routes,
      claims: this.#desk.fresh,
      now,
      newId: newEventId,
    };
    try {
      const { results, effects, unkept, poison } = await commit(arrivals, records, context);
      this.#trouble.isOver();
      this.#settle(records);
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

  /** Hands out the claims of a commit and remembers whom it saw. */
  #spread(effects: Parameters<typeof freshClaims>[0]): void {
    const claims = freshClaims(effects);
    if (claims.length > 0) this.#deps.listener.onClaims(claims);
    this.#upkeep.gather(effects);
  }

  #setAside({ webhookId, eventId }: AttemptReport, error: unknown, now: number): void {
    this.#deps.listener.onTrouble('An attempt could not be kept; its delivery will be tried again.', {
      webhookId,
      error: String(error),
    });
    this.#desk.setAside({ webhookId, eventId }, now + pruneEveryMs);
  }

  async #tidy(): Promise<void> {
    await this.#upkeep.step(this.#standing.retentionDays);
    this.#woken ||= this.#upkeep.isBehind;
    if (await this.#errands.step(this.#standing)) await this.#readAgain();
  }

  /** How things stand after a change; what could not be read is read later. */
  async #readAgain(): Promise<void> {
    this.#isStale = false;
    try {
      this.#adopt(await this.#deps.readStanding());
      await this.#errands.look(this.#standing);
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  #adopt(standing: Standing): void {
    this.#standing = standing;
    const { webhooks } = standing.directory;
    this.#routes = routesOf(webhooks);
    // The lanes must know a webhook before they are handed a claim for it.
    const elsewhere = webhooks.filter((webhook) => !this.#deps.sentHere(webhook)).map(({ id }) => id);
    this.#deps.listener.onDirectory({ ...standing.directory, sentElsewhere: elsewhere });
    const on = webhooks.filter(({ id, enabled }) => enabled && !elsewhere.includes(id)).map(({ id }) => id);
    this.#desk.book.setEnabled(on, new Set(standing.discarding));
  }

  /** What that would make wrong is set right: see clock-watch.ts. */
  async #clockWasSet(setByMs: number): Promise<void> {
    const { journal, clock, listener } = this.#deps;
    listener.onTrouble('The clock was set.', { setByMs });
    if (setByMs < 0 || isAheadTooFar(setByMs)) await this.#upkeep.doubtClock(setByMs);
    if (setByMs > 0) return;
    const now = clock.now();
    await journal.transaction(async () => {
      await journal.settleAllOwed();
      await journal.moveDue(now, setByMs);
    });
    for (const report of this.#reports) report.records = moveRetries(report.records, setByMs, now);
    this.#desk.book.lookAgainEverywhere();
  }

  #pause(error: unknown): void {
    this.#trouble.is(error);
    this.#pausedUntilMs = this.#deps.clock.monotonicMs() + storagePauseMs;
    this.#desk.doubt();
  }
}
