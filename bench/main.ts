/**
 * `npm run bench`: how much of a bare HTTP client's speed the whole pipeline keeps, in one run, against one sink.
 *
 * Windows of three kinds take turns, so that whatever else the machine does falls on all alike, and medians are taken:
 *
 * - raw: undici and one HMAC, nothing else (raw.ts);
 * - batch: track calls in batches of 100 go in, signed webhooks come out, each durable in between;
 * - single: the same with one call in a request.
 *
 * Then events are sent at steady rates, and each is timed from request to acceptance to receipt. Everything is in
 * processes of its own, on the loopback interface, with a new database in a temporary folder. `--quick` takes about 20 seconds and
 * is for looking; figures to be quoted need the long form on a machine that does nothing else.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '../src/core/limits.ts';
import { type Child, startChild } from './child.ts';
import type { Load } from './load.ts';
import { cpuMs, machineBusyMs, residentMb } from './proc.ts';
import type { Raw } from './raw.ts';
import { type Latency, latencyTable, ratioTable, type Window } from './report.ts';
import { apiKey, type BenchServer, startServer } from './server.ts';
import type { Sink } from './sink.ts';
import { percentile } from './stats.ts';

const quick = process.argv.includes('--quick');
const plan = quick
  ? { rounds: 1, warmMs: 300, windowMs: 1500, idleMs: 500, paceSeconds: 2, deadlineMs: 120_000 }
  : { rounds: 7, warmMs: 700, windowMs: 3000, idleMs: 5000, paceSeconds: 10, deadlineMs: 900_000 };
const rates = [500, 1000, 2000, 5000];
/** As many as one lane may use, so that both clients have the same. */
const sockets = limits.laneInFlightMax;
const connectionsIn = 64;
const batchesInFlight = 8;
const drainTimeoutMs = 60_000;

interface Bench {
  sink: Child<Sink>;
  raw: Child<Raw>;
  load: Child<Load>;
  server: BenchServer;
  sinkPort: number;
}

const folder = mkdtempSync(join(tmpdir(), 'bellwire-bench-'));
// Also when something throws, and when it takes so long that something must hang: nothing of it may stay.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
const late = setTimeout(() => {
  throw new Error(`The bench has not ended after ${plan.deadlineMs / 1000} seconds.`);
}, plan.deadlineMs);
await run();
clearTimeout(late);

async function run(): Promise<void> {
  const bench = await start();
  const { server, sink, load, raw } = bench;
  console.log(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}${quick ? ', quick' : ''}`,
  );
  await sleep(plan.idleMs);
  const idleMb = residentMb(server.pid);

  // Who is who becomes known, code becomes compiled, and the size of a webhook's body is learnt for the bare client.
  await saturate(bench, 1, plan.windowMs);
  await saturate(bench, 100, plan.windowMs);
  const { bodyBytes } = await bench.sink.ask('count');
  console.log(
    `${sockets} sockets to the sink for both clients, ${connectionsIn} into the server; bodies of ${bodyBytes} bytes\n`,
  );

  const windows: Window[] = [];
  let walBytesMax = 0;
  for (let round = 0; round < plan.rounds; round += 1) {
    windows.push(await bare(bench, bodyBytes));
    for (const batchSize of [100, 1]) {
      windows.push(await saturate(bench, batchSize, plan.windowMs));
      walBytesMax = Math.max(walBytesMax, server.walBytes());
    }
  }
  console.log(ratioTable(windows));

  const latencies: Latency[] = [];
  for (const rate of rates) latencies.push(await pace(bench, rate));
  console.log(latencyTable(latencies));
  console.log(
    `Memory of the server: ${idleMb.toFixed(0)} MB idle, ${residentMb(server.pid).toFixed(0)} MB after the run.`,
  );
  console.log(`Largest WAL: ${(walBytesMax / 1e6).toFixed(1)} MB.`);

  await Promise.all([load.end(), raw.end()]);
  await server.end();
  await sink.end();
}

async function start(): Promise<Bench> {
  const sink = startChild<Sink>('sink.ts');
  const raw = startChild<Raw>('raw.ts');
  const load = startChild<Load>('load.ts');
  const sinkPort = await sink.ask('listen');
  const server = await startServer(folder);
  await server.registerWebhook(`http://127.0.0.1:${sinkPort}/hook`);
  await load.ask('open', server.port, apiKey, `bench-${process.pid}`, connectionsIn);
  sink.onNotice((count) => void load.ask('received', count));
  return { sink, raw, load, server, sinkPort };
}

/** One window of the bare client. */
async function bare(bench: Bench, bodyBytes: number): Promise<Window> {
  const { raw, sinkPort } = bench;
  await raw.ask('start', sinkPort, sockets, bodyBytes);
  await sleep(plan.warmMs);
  const window = await measure(bench, 'raw', plan.windowMs);
  await raw.ask('stop');
  await caughtUp(bench);
  return window;
}

/** One window of the whole pipeline, with as many events as it delivers. */
async function saturate(bench: Bench, batchSize: number, windowMs: number): Promise<Window> {
  const { load } = bench;
  const { count } = await bench.sink.ask('count');
  await load.ask('received', count);
  const sentBefore = await load.ask('stop');
  await load.ask('saturate', batchSize, batchSize === 1 ? connectionsIn : batchesInFlight);
  await sleep(plan.warmMs);
  const window = await measure(bench, batchSize === 1 ? 'single' : 'batch', windowMs);
  const sent = (await load.ask('stop')) - sentBefore;
  // Nothing that was accepted may be missing, or the figure is not that of durable deliveries.
  await caughtUp(bench, count + sent);
  return window;
}

async function measure(bench: Bench, kind: Window['kind'], windowMs: number): Promise<Window> {
  const { sink, raw, load, server } = bench;
  const pids = { server: server.pid, sink: sink.pid, raw: raw.pid, load: load.pid, bench: process.pid };
  const look = async () => ({
    at: performance.now(),
    count: (await bench.sink.ask('count')).count,
    busyMs: machineBusyMs(),
    cpu: Object.entries(pids).map(([name, pid]) => ({ name, ms: cpuMs(pid) })),
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
    cpuMicrosPerEvent: ((used.get(kind === 'raw' ? 'raw' : 'server') ?? 0) * 1000) / events,
    sinkShare: (used.get('sink') ?? 0) / elapsedMs,
    loadShare: (used.get('load') ?? 0) / elapsedMs,
    foreignCores: Math.max(0, after.busyMs - before.busyMs - ours) / elapsedMs,
  };
}

async function pace(bench: Bench, ratePerSecond: number): Promise<Latency> {
  const { sink, load } = bench;
  const { count } = await bench.sink.ask('count');
  // The first second is thrown away: connections that slept wake up in it.
  const seconds = plan.paceSeconds + 1;
  await sink.ask('note');
  const { sentAt, acceptedAt } = await load.ask('pace', ratePerSecond, seconds);
  await caughtUp(bench, count + sentAt.size);
  const arrivals = await sink.ask('noted');
  const kept = [...sentAt.keys()].slice(ratePerSecond);
  const between = (from: Map<number, number>, to: Map<number, number>) =>
    kept.map((sequence) => (to.get(sequence) ?? Number.POSITIVE_INFINITY) - (from.get(sequence) ?? 0));
  const sent = [...sentAt.values()];
  return {
    ratePerSecond,
    reachedPerSecond: ((sent.length - 1) / ((sent.at(-1) ?? 0) - (sent[0] ?? 0))) * 1000,
    sentToAccepted: spread(between(sentAt, acceptedAt)),
    acceptedToReceived: spread(between(acceptedAt, arrivals)),
    sentToReceived: spread(between(sentAt, arrivals)),
  };
}

function spread(values: readonly number[]) {
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

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
