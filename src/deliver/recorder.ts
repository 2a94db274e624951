/**
 * Brings the records of finished attempts to the ledger: all those of one turn of the event loop in one call. When the
 * ledger cannot take them they are kept and brought again, because a record that is lost would be a delivery sent twice.
 */
import { reportOf } from '../core/attempt-text.ts';
import type { Clock } from '../core/clock.ts';
import type { AttemptRecord, AttemptReport } from '../core/delivery.ts';
import type { Ledger } from '../ledger/ledger.ts';

export interface Recorder {
  add(record: AttemptRecord): void;
  /** What it still has is of claims that are somebody else's now. */
  forget(): void;
  /**
   * Brings what is there for the last time, and resolves when nothing is under way any more. What the ledger does not
   * take then stays pending there, and is sent again after the next start.
   */
  close(): Promise<void>;
}

export function createRecorder(deps: {
  ledger: Pick<Ledger, 'record'>;
  clock: Clock;
  onTrouble: (message: string, detail: Record<string, unknown>) => void;
}): Recorder {
  const { ledger, clock, onTrouble } = deps;
  const underWay = new Set<Promise<void>>();
  let reports: AttemptReport[] = [];
  let scheduled = false;
  let forgotCount = 0;
  let closing = false;
  let cancelRetry: (() => void) | null = null;

  function bring(): void {
    scheduled = false;
    if (reports.length === 0) return;
    const batch = reports;
    reports = [];
    const forgotBefore = forgotCount;
    const call = ledger.record(batch).catch((error: unknown) => {
      onTrouble('Attempts could not be recorded; they are kept and recorded later.', {
        attemptCount: batch.length,
        error,
      });
      if (forgotBefore !== forgotCount) return;
      reports = batch.concat(reports);
      if (scheduled || closing) return;
      scheduled = true;
      cancelRetry = clock.after(retryMs, bring);
    });
    underWay.add(call);
    void call.finally(() => underWay.delete(call));
  }

  return {
    add(record) {
      reports.push(reportOf(record));
      if (scheduled) return;
      scheduled = true;
      setImmediate(bring);
    },

    forget() {
      forgotCount += 1;
      reports = [];
    },

    async close() {
      closing = true;
      cancelRetry?.();
      bring();
      await Promise.all(underWay);
    },
  };
}

const retryMs = 1000;
