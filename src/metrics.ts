/**
 * What can be measured from outside, in Prometheus' text. The numbers come from the ledger's own answers and reports, by
 * standing between it and its callers, so that neither doors nor lanes have to count.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from './core/clock.ts';
import { type HealthState, healthStates } from './core/webhook-health.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Reads } from './ledger/reads.ts';

export interface Metrics {
  /** The same ledger, counted. */
  ledger: Ledger;
  render(): Promise<{ contentType: string; text: string }>;
}

export interface MetricsDeps {
  ledger: Ledger;
  reads: Pick<Reads, 'queue'>;
  laneStats: () => { inFlight: number; queued: number; states: Record<HealthState, number> };
  clock: Clock;
  node: { name: string; roles: readonly string[]; version: string };
}

type Queue = Awaited<ReturnType<Reads['queue']>>;

/** Prometheus gives a scrape up after ten seconds. */
const queueTimeoutMs = 3000;

export function createMetrics({ ledger, reads, laneStats, clock, node }: MetricsDeps): Metrics {
  const register = new Registry();
  const registers: [Registry] = [register];
  collectDefaultMetrics({ register });

  // In a metric of its own, as is the custom: Prometheus tells nodes apart already, and joins this where a name is wanted.
  new Gauge({
    name: 'bellwire_node_info',
    help: 'Always 1. What this node is called, and what it does.',
    labelNames: ['node', 'roles', 'version'],
    registers,
  }).set({ node: node.name, roles: node.roles.join(','), version: node.version }, 1);
  const inputs = tally(
    'bellwire_inputs_total',
    'Calls taken in, by door and by what became of them.',
    ['door', 'result'],
    registers,
  );
  const warnings = new Counter({
    name: 'bellwire_ingestion_warnings_total',
    help: 'What a door did not take although it answered 2xx, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const commitSeconds = new Histogram({
    name: 'bellwire_accept_seconds',
    help: 'From a door handing its calls to the ledger until they are synced to the disk.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5],
    registers,
  });
  const attempts = tally(
    'bellwire_attempts_total',
    'Requests sent to receivers, by verdict and error code.',
    ['verdict', 'code'],
    registers,
  );
  gauge('bellwire_deliveries_in_flight', 'Requests to receivers under way.', () => laneStats().inFlight);
  gauge('bellwire_deliveries_queued', 'Deliveries in memory that wait for a slot.', () => laneStats().queued);
  const webhooks: Gauge<'state'> = new Gauge({
    name: 'bellwire_webhooks',
    help: 'Webhooks that are on, by how it goes with sending to them: waiting are those whose receiver is down.',
    labelNames: ['state'],
    registers,
    collect() {
      const { states } = laneStats();
      for (const state of healthStates) webhooks.set({ state }, states[state]);
    },
  });
  // These two are asked of the database, and all others must be told also while that is away.
  let queue: Promise<Queue | null> = Promise.resolve(null);
  gauge(
    'bellwire_deliveries_pending',
    'Deliveries that are not finished, in the whole database; NaN while that does not answer.',
    async () => (await queue)?.pendingCount ?? Number.NaN,
  );
  gauge(
    'bellwire_oldest_pending_seconds',
    'Age of the oldest delivery that is not finished, in the whole database; NaN while that does not answer.',
    async () => {
      const known = await queue;
      if (known === null) return Number.NaN;
      return known.oldestPendingAt === null ? 0 : (clock.now() - known.oldestPendingAt) / 1000;
    },
  );

  function queueNow(): Promise<Queue | null> {
    return new Promise((resolve) => {
      const cancel = clock.after(queueTimeoutMs, () => resolve(null));
      const tell = (known: Queue | null): void => {
        cancel();
        resolve(known);
      };
      reads.queue().then(tell, () => tell(null));
    });
  }

  function gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const made: Gauge = new Gauge({
      name,
      help,
      registers,
      collect: async () => made.set(await read()),
    });
  }

  const counted: Pick<Ledger, 'accept' | 'record'> = {
    async accept(newInputs, newWarnings) {
      const startedAtMs = clock.monotonicMs();
      const results = await ledger.accept(newInputs, newWarnings);
      commitSeconds.observe((clock.monotonicMs() - startedAtMs) / 1000);
      // All inputs of a call come from one door.
      const door = newInputs[0]?.door ?? '';
      for (const { kind } of results) inputs(door, kind);
      for (const { reason } of newWarnings) warnings.inc({ reason });
      return results;
    },
    record(reports) {
      for (const { verdict } of reports) attempts(verdict.kind, verdict.kind === 'delivered' ? '' : verdict.code);
      return ledger.record(reports);
    },
  };

  return {
    ledger: new Proxy(ledger, {
      get: (target, name) => (name in counted ? counted[name as keyof typeof counted] : target[name as keyof Ledger]),
    }),
    async render() {
      queue = queueNow();
      return { contentType: register.contentType, text: await register.metrics() };
    },
  };
}

/**
 * A counter with two labels that counts in maps of its own until somebody asks: `inc` takes apart and joins its labels each
 * time, which is half a microsecond for each event.
 */
function tally(name: string, help: string, labelNames: [string, string], registers: [Registry]) {
  const [outer, inner] = labelNames;
  const counts = new Map<string, Map<string, Cell>>();
  // What comes together is mostly of one kind.
  let last: { first: string; second: string; cell: Cell } | null = null;
  const counter = new Counter({
    name,
    help,
    labelNames,
    registers,
    collect() {
      counter.reset();
      for (const [first, group] of counts) {
        for (const [second, { count }] of group) counter.inc({ [outer]: first, [inner]: second }, count);
      }
    },
  });
  function cellOf(first: string, second: string): Cell {
    let group = counts.get(first);
    if (group === undefined) counts.set(first, (group = new Map()));
    let cell = group.get(second);
    if (cell === undefined) group.set(second, (cell = { count: 0 }));
    return cell;
  }
  return (first: string, second: string): void => {
    if (last === null || first !== last.first || second !== last.second) {
      last = { first, second, cell: cellOf(first, second) };
    }
    last.cell.count += 1;
  };
}

interface Cell {
  count: number;
}
