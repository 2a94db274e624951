/**
 * Brings reports of attempts into the database, where they have a way of their own into it: beside the commits of events and
 * not in them, because a server has more than one core, and nobody waits for them.
 */
import type { Clock } from '../core/clock.ts';
import type { AttemptReport } from '../core/delivery.ts';
import type { Journal } from '../store/journal.ts';
import { StorageTrouble } from './storage-trouble.ts';
import type { PendingReport } from './waiting.ts';

export interface ReporterDeps {
  journal: Pick<Journal, 'transaction' | 'record'>;
  clock: Clock;
  isStorageError: (error: unknown) => boolean;
  /** These are kept: their claims are over. */
  onKept: (reports: readonly AttemptReport[]) => void;
  /** This one cannot be kept, on its own account. */
  onUnkept: (report: AttemptReport, error: unknown) => void;
  onTrouble: (message: string, detail: Record<string, unknown>) => void;
}

/** How long reports wait for others. */
const gatherMs = 10;
/** How long they wait when the storage did not take them. */
const pauseMs = 1000;

export class Reporter {
  readonly #deps: ReporterDeps;
  #waiting: PendingReport[] = [];
  #writing: Promise<void> | null = null;
  #cancel: (() => void) | null = null;
  readonly #trouble: StorageTrouble;

  constructor(deps: ReporterDeps) {
    this.#deps = deps;
    const { clock, onTrouble } = deps;
    this.#trouble = new StorageTrouble('The database does not take attempts', { clock, listener: { onTrouble } });
  }

  record(records: AttemptReport[]): Promise<void> {
    return new Promise((answer, fail) => {
      this.#waiting.push({ records, answer, fail });
      this.#soon(gatherMs);
    });
  }

  /** Brings what is there now; comes back when it was written, or could not be. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#cancel?.();
    this.#cancel = null;
    if (this.#waiting.length > 0) await this.#start();
  }

  /** What is there is of claims that are somebody else's now. Comes back when nothing is under way. */
  async drop(): Promise<void> {
    this.#cancel?.();
    this.#cancel = null;
    for (const { answer } of this.#waiting.splice(0)) answer(undefined);
    await this.#writing;
    for (const { answer } of this.#waiting.splice(0)) answer(undefined);
  }

  #soon(delayMs: number): void {
    if (this.#cancel !== null || this.#writing !== null) return;
    this.#cancel = this.#deps.clock.after(delayMs, () => {
      this.#cancel = null;
      void this.#start();
    });
  }

  #start(): Promise<void> {
    let nextMs = gatherMs;
    this.#writing = this.#write()
      .catch((error: unknown) => {
        nextMs = pauseMs;
        this.#trouble.is(error);
      })
      .finally(() => {
        this.#writing = null;
        if (this.#waiting.length > 0) this.#soon(nextMs);
      });
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { isStorageError, onKept } = this.#deps;
    const taken = this.#waiting.splice(0);
    const records = taken.flatMap((report) => report.records);
    try {
      await this.#keep(records);
      this.#trouble.isOver();
      onKept(records);
    } catch (error) {
      if (isStorageError(error)) {
        // What was sent has been sent: they are kept for the next try.
        this.#waiting.unshift(...taken);
        throw error;
      }
      await this.#oneByOne(records);
    }
    for (const { answer } of taken) answer(undefined);
  }

  async #keep(records: readonly AttemptReport[]): Promise<void> {
    const { journal, clock } = this.#deps;
    await journal.transaction(async () => journal.record(records, clock.now()));
  }

  async #oneByOne(records: readonly AttemptReport[]): Promise<void> {
    const { isStorageError, onKept, onUnkept } = this.#deps;
    for (const record of records) {
      try {
        await this.#keep([record]);
        onKept([record]);
      } catch (error) {
        // With the storage gone in the middle of it, the rest is tried again like what could not be kept.
        onUnkept(record, error);
        if (isStorageError(error))
          this.#deps.onTrouble('The database does not take attempts.', { error: String(error) });
      }
    }
  }
}
