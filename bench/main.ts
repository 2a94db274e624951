/**
 * `npm run bench`: how much of a bare HTTP client's speed the whole pipeline keeps, in one run, against one sink.
 *
 * Windows of several kinds take turns, so that whatever else the machine does falls on all alike, and medians are taken:
 *
 * - raw: undici and one HMAC, nothing else (raw.ts);
 * - batch: track calls in batches of 100 go in, signed webhooks come out, each durable in between;
 * - single: the same with one call in a request;
 * - the batches again with 3, 10 and 100 webhooks, and on a database in which a million events are stored.
 *
 * With `--postgres` (or `--postgres=15`) all of it is on a PostgreSQL of its own on the same disk, and the batches are sent to
 * two nodes that share it as well.
 *
 * Then events are sent at steady rates, and each is timed from request to acceptance to receipt; the last of these has 100
 * webhooks, of which twenty hang in every second window. Everything is in processes of its own, on the loopback interface,
 * with a new database in a temporary folder. `--quick` takes less than a minute and is for looking; figures to be quoted need
 * the long form on a machine that does nothing else.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { limits } from '../src/core/limits.ts';
import type { PostgresVersion } from '../test/support/postgres-program.ts';
import { startPostgres } from '../test/support/postgres-server.ts';
import { startChild } from './child.ts';
import type { Load } from './load.ts';
import { childrenOf, residentMb } from './proc.ts';
import type { Raw } from './raw.ts';
import { hangingTable, type Kind, type Latency, latencyTable, ratioTable, type Window } from './report.ts';
import { apiKey, startServer } from './server.ts';
import type { Sink } from './sink.ts';
import { type Bench, bare, type Plan, pace, saturate, sleep } from './windows.ts';

const quick = process.argv.includes('--quick');
const postgresVersion = postgresAsked(process.argv);
const sizes = {
  // As many as one lane may use, so that both clients have the same.
  sockets: limits.laneInFlightMax,
  connectionsIn: 64,
  batchesInFlight: 8,
};
const plan: Plan = quick
  ? {
      ...sizes,
      rounds: 1,
      warmMs: 300,
      windowMs: 1500,
      idleMs: 500,
      paceSeconds: 2,
      deadlineMs: 300_000,
      storedEvents: 0,
    }
  : {
      ...sizes,
      rounds: 7,
      warmMs: 700,
      windowMs: 3000,
      idleMs: 5000,
      paceSeconds: 10,
      deadlineMs: 1_200_000,
      storedEvents: 1_000_000,
    };
/** Webhooks, where it is many. */
const many = 100;
const batch = { kind: 'batch' as const, batchSize: 100, fanOut: 1 };
const single = { kind: 'single' as const, batchSize: 1, fanOut: 1 };
const fanOuts: readonly { kind: Kind; fanOut: number }[] = [
  { kind: 'fan-out 3', fanOut: 3 },
  { kind: '10 receivers', fanOut: 10 },
  { kind: '100 receivers', fanOut: many },
];
const rates = [500, 1000, 2000, 5000];
/** Fewer rounds than the main table's: they are compared with it and not with each other. */
const manyRounds = quick ? 1 : 3;
const hangingWindows = quick ? 1 : 5;
const hangingCount = 20;

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
  await server.setWebhooks(hooks(bench, 1));
  await saturate(bench, single, plan.windowMs);
  await saturate(bench, batch, plan.windowMs);
  const { bodyBytes } = await sink.ask('count');
  console.log(
    `${plan.sockets} sockets to the sink for both clients, ${plan.connectionsIn} into the server; bodies of ${bodyBytes} bytes\n`,
  );

  const windows: Window[] = [];
  let walBytesMax = 0;
  const keep = (window: Window) => {
    windows.push(window);
    walBytesMax = Math.max(walBytesMax, server.walBytes());
  };
  for (let round = 0; round < plan.rounds; round += 1) {
    keep(await bare(bench, bodyBytes));
    for (const kind of [batch, single]) keep(await saturate(bench, kind, plan.windowMs));
    if (bench.second === null) continue;
    await connectTo(bench, [server, bench.second]);
    keep(await saturate(bench, { ...batch, kind: 'two nodes' }, plan.windowMs));
    await connectTo(bench, [server]);
  }
  const saturatedMb = residentMb(server.pid);

  const latencies: Latency[] = [];
  for (const ratePerSecond of rates) {
    latencies.push(await pace(bench, { ratePerSecond, fanOut: 1, seconds: plan.paceSeconds }));
  }

  for (const { kind, fanOut } of fanOuts) {
    await server.setWebhooks(hooks(bench, fanOut));
    for (let round = 0; round < manyRounds; round += 1) {
      keep(await bare(bench, bodyBytes));
      keep(await saturate(bench, { kind, batchSize: 100, fanOut }, plan.windowMs));
    }
  }
  const hangings = await hang(bench);
  await server.setWebhooks(hooks(bench, 1));
  if (plan.storedEvents > 0) {
    while ((await load.ask('stop')) < plan.storedEvents) await saturate(bench, batch, plan.windowMs * 3);
    const kind = 'a million rows';
    for (let round = 0; round < manyRounds; round += 1) keep(await saturate(bench, { ...batch, kind }, plan.windowMs));
  }

  console.log(ratioTable(windows));
  console.log(latencyTable(latencies));
  console.log(hangingTable(hangings));
  console.log(
    `Memory of the server: ${idleMb.toFixed(0)} MB idle, ${saturatedMb.toFixed(0)} MB at saturation, ${residentMb(server.pid).toFixed(0)} MB in the end.`,
  );
  console.log(`Largest WAL: ${(walBytesMax / 1e6).toFixed(1)} MB.`);

  await Promise.all([load.end(), raw.end()]);
  await Promise.all([server.end(), bench.second?.end()]);
  await Promise.all([sink.end(), bench.endDatabase()]);
}

/** 40 events a second to a hundred webhooks; in every second window twenty of them never answer. */
async function hang(bench: Bench): Promise<{ hanging: boolean; latency: Latency['sentToReceived'] }[]> {
  const windows: { hanging: boolean; latency: Latency['sentToReceived'] }[] = [];
  const answering = many - hangingCount;
  for (let round = 0; round < hangingWindows; round += 1) {
    for (const hanging of [false, true]) {
      const others = hooks(bench, hangingCount, hanging ? 'hang' : 'hook/more');
      await bench.server.setWebhooks([...hooks(bench, answering), ...others]);
      const fanOut = hanging ? answering : many;
      const { sentToReceived } = await pace(bench, { ratePerSecond: 40, fanOut, seconds: plan.paceSeconds });
      windows.push({ hanging, latency: sentToReceived });
    }
  }
  return windows;
}

function hooks({ sinkPort }: Bench, count: number, path = 'hook'): string[] {
  return Array.from({ length: count }, (_, index) => `http://127.0.0.1:${sinkPort}/${path}/${index}`);
}

async function start(): Promise<Bench & { endDatabase(): Promise<void> }> {
  const sink = startChild<Sink>('sink.ts');
  const raw = startChild<Raw>('raw.ts');
  const load = startChild<Load>('load.ts');
  const sinkPort = await sink.ask('listen');
  // On a disk, as a server's would be, and with memory and log of a size that anybody would give it.
  const settings = { shared_buffers: '512MB', max_wal_size: '4GB', fsync: 'on', full_page_writes: 'on' };
  const postgres =
    postgresVersion === null ? null : await startPostgres({ version: postgresVersion, dataIn: tmpdir(), settings });
  const url = postgres?.url() ?? null;
  const server = await startServer(folder, url);
  const second = url === null ? null : await startServer(folder, url);
  const parent = postgres?.pid ?? null;
  const databasePids = () => (parent === null ? [] : [parent, ...childrenOf(parent)]);
  const endDatabase = async () => postgres?.close();
  sink.onNotice((count) => void load.ask('received', count));
  const bench = { sink, raw, load, server, second, databasePids, endDatabase, sinkPort, plan };
  await connectTo(bench, [server]);
  return bench;
}

async function connectTo({ load }: Bench, servers: readonly { port: number }[]): Promise<void> {
  const ports = servers.map(({ port }) => port);
  await load.ask('open', ports, apiKey, `bench-${process.pid}`, plan.connectionsIn);
}

function postgresAsked(args: readonly string[]): PostgresVersion | null {
  if (args.includes('--postgres')) return 18;
  const version = args.find((arg) => arg.startsWith('--postgres='))?.slice('--postgres='.length);
  if (version === undefined) return null;
  if (version === '15' || version === '18') return Number(version) as PostgresVersion;
  throw new Error(`--postgres is ${version} and can be 15 or 18.`);
}
