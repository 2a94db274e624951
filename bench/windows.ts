/** Windows of time in which something is measured: the bare client, the whole pipeline at its fastest, and steady rates. */
import type { Child } from './child.ts';
import type { Load } from './load.ts';
import { cpuMs, machineBusyMs } from './proc.ts';
import type { Raw } from './raw.ts';
import type { Latency, Spread, Window } from './report.ts';
import type { BenchServer } from './server.ts';
import type { Sink } from './sink.ts';
import { percentile } from './stats.ts';

export interface Bench {
  sink: Child<Sink>;
  raw: Child<Raw>;
  load: Child<Load>;
  server: BenchServer;
  /** Another one that shares its database. */
  second: BenchServer | null;
  /** Processes of the database's server; none when the database is a file. */
  databasePids: () => readonly number[];
  sinkPort: number;
  plan: Plan;
}

export interface Plan {
  rounds: number;
  warmMs: number;
  windowMs: number;
  idleMs: number;
  paceSeconds: number;
  deadlineMs: number;
  /** Events that are in the database before the last windows; 0: those are left out. */
  storedEvents: number;
  /** Sockets to the sink, for either client. */
  sockets: number;
  /** Connections of the sender into the server. */
  connectionsIn: number;
  batchesInFlight: number;
}

const drainTimeoutMs = 60_000;

/** One window of the bare client. */
export async function bare(bench: Bench, bodyBytes: number): Promise<Window> {
  const { raw, sinkPort, plan } = bench;
  await raw.ask('start', sinkPort, plan.sockets, bodyBytes);
  await sleep(plan.warmMs);
  const window = await measure(bench, 'raw', plan.windowMs);
  await raw.ask('stop');
  await caughtUp(bench);
  return window;
}

/** One window of the whole pipeline, with as many events as it delivers. */
export async function saturate(
  bench: Bench,
  { kind, batchSize, fanOut }: { kind: Window['kind']; batchSize: number; fanOut: number },
  windowMs: number,
): Promise<Window> {
  const { load, plan } = bench;
  const { count } = await bench.sink.ask('count');
  await load.ask('received', count);
  const sentBefore = await load.ask('stop');
  await load.ask('saturate', batchSize, batchSize === 1 ? plan.connectionsIn : plan.batchesInFlight, fanOut);
  await sleep(plan.warmMs);
  const window = await measure(bench, kind, windowMs);
  const sent = (await load.ask('stop')) - sentBefore;
  // Nothing that was accepted may be missing, or the figure is not that of durable deliveries.
  await caughtUp(bench, count + sent * fanOut);
  return window;
}

async function measure(bench: Bench, kind: Window['kind'], windowMs: number): Promise<Window> {
  const { sink, raw, load, server, second } = bench;
  const pids = { server: server.pid, sink: sink.pid, raw: raw.pid, load: load.pid, bench: process.pid };
  // Those that have come or gone meanwhile count for nothing; the database's keep their connections.
  const database = bench.databasePids();
  const look = async () => ({
    at: performance.now(),
    count: (await bench.sink.ask('count')).count,
    busyMs: machineBusyMs(),
    cpu: [
      ...Object.entries(pids).map(([name, pid]) => usedBy(name, [pid])),
      usedBy('second', second === null ? [] : [second.pid]),
      usedBy('database', database),
    ],
  });
  const before = await look();
  await sleep(windowMs);
  const after = await look();
  const elapsedMs = after.at - before.at;
  const used = new Map(after.cpu.map(({ name, ms }, index) => [name, ms - (before.cpu[index]?.ms ?? 0)]));
  const ours = [...used.values()].reduce((sum, ms) => sum + ms, 0);
  const events = after.count - before.count;
  return {
    kind,
    eventsPerSecond: (events / elapsedMs) * 1000,
    cpuMicrosPerDelivery:
      ((kind === 'raw' ? (used.get('raw') ?? 0) : (used.get('server') ?? 0) + (used.get('second') ?? 0)) * 1000) /
      events,
    databaseMicrosPerDelivery: ((used.get('database') ?? 0) * 1000) / events,
    sinkShare: (used.get('sink') ?? 0) / elapsedMs,
    loadShare: (used.get('load') ?? 0) / elapsedMs,
    foreignCores: Math.max(0, after.busyMs - before.busyMs - ours) / elapsedMs,
  };
}

function usedBy(name: string, pids: readonly number[]): { name: string; ms: number } {
  return { name, ms: pids.reduce((sum, pid) => sum + cpuMs(pid), 0) };
}

/** Steady rates; `fanOut` deliveries of each event must arrive. */
export async function pace(
  bench: Bench,
  { ratePerSecond, fanOut, seconds }: { ratePerSecond: number; fanOut: number; seconds: number },
): Promise<Latency> {
  const { sink, load } = bench;
  const { count } = await bench.sink.ask('count');
  await sink.ask('note');
  // The first second is thrown away: connections that slept wake up in it.
  const { sentAt, acceptedAt } = await load.ask('pace', ratePerSecond, seconds + 1);
  await caughtUp(bench, count + sentAt.size * fanOut);
  const arrivals = await sink.ask('noted');
  const sequences = [...sentAt.keys()].slice(ratePerSecond);
  const kept = new Set(sequences);
  const since = (from: Map<number, number>) =>
    arrivals.filter(([sequence]) => kept.has(sequence)).map(([sequence, at]) => at - (from.get(sequence) ?? 0));
  const sent = [...sentAt.values()];
  return {
    ratePerSecond,
    reachedPerSecond: ((sent.length - 1) / ((sent.at(-1) ?? 0) - (sent[0] ?? 0))) * 1000,
    sentToAccepted: spread(sequences.map((sequence) => (acceptedAt.get(sequence) ?? 0) - (sentAt.get(sequence) ?? 0))),
    acceptedToReceived: spread(since(acceptedAt)),
    sentToReceived: spread(since(sentAt)),
  };
}

function spread(values: readonly number[]): Spread {
  return { p50: percentile(values, 50), p99: percentile(values, 99), max: percentile(values, 100) };
}

/** Waits until the sink has `expected` in all, or, with none named, until nothing comes any more. */
async function caughtUp(bench: Bench, expected?: number): Promise<void> {
  const startedAt = performance.now();
  let last = -1;
  for (;;) {
    const { count } = await bench.sink.ask('count');
    if (expected === undefined ? count === last : count >= expected) return;
    if (performance.now() - startedAt > drainTimeoutMs) {
      throw new Error(
        `${String(expected)} events were accepted and only ${count} have arrived after ${drainTimeoutMs} ms.`,
      );
    }
    last = count;
    await sleep(50);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
