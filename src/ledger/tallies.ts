/**
 * Counts beside the commits, in memory, and writes what it has counted now and then (core/tally.ts). This runs for every event and
 * attempt: an increment of a cell in a map, and nothing is made but for what is counted for the first time since the last write.
 */
import type { AttemptReport } from '../core/delivery.ts';
import type { Origin } from '../core/event.ts';
import {
  bucketOf,
  deliveryMeasures,
  durationMeasure,
  everything,
  sourceSubject,
  type Tally,
  tallySpans,
} from '../core/tally.ts';
import type { Effects, Journal } from '../store/journal.ts';

/** How long counts wait before they are written: whoever has just sent a first event is looking whether it came. */
export const tallyFlushMs = 1000;

interface Cell {
  count: number;
  lastAt: number;
}
type Cells = Map<string, Cell>;

export class Tallies {
  /** For each span of five minutes, and in it for each subject. It is one but for the moment in which the next begins. */
  #buckets = new Map<number, Map<string, Cells>>();

  /** What a commit has taken in. */
  gather({ events, warnings, deliveries }: Pick<Effects, 'events' | 'warnings' | 'deliveries'>, now: number): void {
    if (events.length === 0 && warnings.length === 0) return;
    const bucket = this.#bucket(now);
    const all = cellsOf(bucket, everything);
    // What comes in together mostly comes from one app by one door.
    let appId = -1;
    let door: Origin | null = null;
    let source: Cells = all;
    for (const { event } of events) {
      if (event.appId !== appId || event.door !== door) {
        ({ appId, door } = event);
        source = cellsOf(bucket, sourceSubject(appId, door));
      }
      add(source, 'events', 1, now);
      add(all, receivedMeasures.get(event.type) ?? receivedMeasure(event.type), 1, now);
    }
    for (const warning of warnings)
      add(cellsOf(bucket, sourceSubject(warning.appId ?? 0, warning.door)), 'warnings', 1, now);
    for (const { webhookId } of deliveries) add(cellsOf(bucket, webhookId), 'matched', 1, now);
  }

  /** What became of attempts. */
  gatherReports(reports: readonly AttemptReport[], now: number): void {
    const bucket = this.#bucket(now);
    for (const { webhookId, verdict, totalMs } of reports) {
      const cells = cellsOf(bucket, webhookId);
      add(cells, verdict.kind === 'retry' ? 'retried' : verdict.kind, 1, now);
      add(cells, durationMeasure(totalMs), 1, now);
      if (verdict.kind !== 'delivered') add(cells, `code:${verdict.code}`, 1, now);
    }
  }

  /** So many deliveries ended without an attempt. */
  gatherEnded(
    webhookId: string,
    ended: { measure: 'failed' | 'cancelled'; code?: string; count: number },
    now: number,
  ): void {
    const { measure, code, count } = ended;
    if (count === 0) return;
    const cells = cellsOf(this.#bucket(now), webhookId);
    add(cells, measure, count, now);
    if (code !== undefined) add(cells, `code:${code}`, count, now);
  }

  /** Writes what has been counted, in a transaction. What cannot be written is dropped: no chart is worth a second try. */
  async flush(journal: Pick<Journal, 'transaction' | 'addTallies'>): Promise<void> {
    const buckets = this.#buckets;
    if (buckets.size === 0) return;
    this.#buckets = new Map();
    await journal.transaction(async () => {
      // Of two buckets of one hour each adds to the same rows, so they are written one after the other.
      for (const [at, bucket] of buckets) await journal.addTallies(talliesOf(at, bucket));
    });
  }

  #bucket(now: number): Map<string, Cells> {
    const at = bucketOf(now, '5m');
    let bucket = this.#buckets.get(at);
    if (bucket === undefined) this.#buckets.set(at, (bucket = new Map()));
    return bucket;
  }
}

function cellsOf(bucket: Map<string, Cells>, subject: string): Cells {
  let cells = bucket.get(subject);
  if (cells === undefined) bucket.set(subject, (cells = new Map()));
  return cells;
}

function add(cells: Cells, measure: string, count: number, lastAt: number): void {
  const cell = cells.get(measure);
  if (cell === undefined) cells.set(measure, { count, lastAt });
  else {
    cell.count += count;
    cell.lastAt = lastAt;
  }
}

const receivedMeasures = new Map<string, string>();

function receivedMeasure(type: string): string {
  const measure = `received:${type}`;
  receivedMeasures.set(type, measure);
  return measure;
}

/** The rows of all spans, with the sums of all webhooks. */
function talliesOf(at: number, bucket: ReadonlyMap<string, Cells>): Tally[] {
  const all: Cells = new Map(bucket.get(everything));
  for (const cells of bucket.values()) {
    for (const measure of deliveryMeasures) {
      const cell = cells.get(measure);
      if (cell !== undefined) add(all, measure, cell.count, cell.lastAt);
    }
  }
  const subjects = new Map(bucket).set(everything, all);
  return tallySpans.flatMap((span) => {
    const bucketAt = bucketOf(at, span);
    return [...subjects].flatMap(([subject, cells]) =>
      [...cells]
        .filter(([measure]) => span !== 'ever' || !measure.includes(':'))
        .map(([measure, { count, lastAt }]) => ({ subject, span, bucketAt, measure, count, lastAt })),
    );
  });
}
