/**
 * What the log is told of a database that does not take what is written: when it begins and when it is over, and not of each
 * try in between, of which there may be thousands. A reminder comes now and then, because the reason may have changed.
 */
import type { Clock } from '../core/clock.ts';
import type { LedgerListener } from './ledger.ts';

const remindEveryMs = 60_000;

export class StorageTrouble {
  readonly #what: string;
  readonly #clock: Clock;
  readonly #listener: Pick<LedgerListener, 'onTrouble'>;
  #sinceMs: number | null = null;
  #toldMs = 0;
  #tries = 0;

  /** `what` is the sentence that says what is wrong. */
  constructor(what: string, { clock, listener }: { clock: Clock; listener: Pick<LedgerListener, 'onTrouble'> }) {
    this.#what = what;
    this.#clock = clock;
    this.#listener = listener;
  }

  is(error: unknown): void {
    const nowMs = this.#clock.monotonicMs();
    this.#tries += 1;
    if (this.#sinceMs !== null && nowMs - this.#toldMs < remindEveryMs) return;
    this.#sinceMs ??= nowMs;
    this.#toldMs = nowMs;
    this.#listener.onTrouble(`${this.#what}; trying again.`, { error: String(error) });
  }

  /** Something was written again, or there was nothing to write. */
  isOver(): void {
    if (this.#sinceMs === null) return;
    const forMs = Math.round(this.#clock.monotonicMs() - this.#sinceMs);
    this.#listener.onTrouble(`${this.#what}: that is over.`, { forMs, tries: this.#tries });
    this.#sinceMs = null;
    this.#tries = 0;
  }
}
