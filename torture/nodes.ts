/**
 * Many nodes on one PostgreSQL, of which one is killed every few seconds, one stands still until the others have taken it for
 * dead, and whose database is restarted in every way, all under load; and at the end the judgement of history.ts, and of the
 * tables. Nodes and database are processes of their own; client and receiver are here.
 */
import { startPostgres } from '../test/support/postgres-server.ts';
import { healthsOf, makeWebhooks } from './api.ts';
import { type Client, startClient } from './client.ts';
import { type Interruption, judge, type Verdict } from './history.ts';
import { startReceiver, type TortureReceiver } from './receiver.ts';
import { diceOf, type NodeFault, type NodeRound, nodeScheduleOf } from './schedule.ts';
import { type ServerPlace, startServer, type TorturedServer } from './server.ts';
import { type Tables, tablesOf } from './tables.ts';
import { pause, until } from './waiting.ts';

type Postgres = Awaited<ReturnType<typeof startPostgres>>;

export interface NodesSettings {
  nodes: number;
  rounds: number;
  seed: number;
  /** Begins no round after so many seconds. */
  seconds: number;
  /** These and no others, in this order; a test says so. */
  faults?: readonly NodeFault[];
  /** How each node is started; a test plants its fault here. */
  server?: Pick<ServerPlace, 'nodeArgs' | 'env'>;
  tell: (line: string) => void;
}

export interface NodesReport extends Verdict {
  seed: number;
  nodes: number;
  roundCounts: ReadonlyMap<NodeFault, number>;
  /** From the start of a node's process until it takes events, each time. */
  startsMs: readonly number[];
  /** From the moment when the database was there again until the next acknowledgement, each time. */
  recoveriesMs: readonly number[];
  /** How often a node that had stood still found that it had been taken for dead. */
  fencedCount: number;
  /** What is wrong beside the history: in the tables, at an end, at a start that took too long. */
  troubles: readonly string[];
}

const webhooks = ['first', 'second'];
/** Longer than a report of an attempt ever waits for its commit on a machine that is busy with other things too. */
const unreportedMs = 1000;
const startMsMax = 15_000;
const recoveryMsMax = 15_000;
const termMsMax = 20_000;
/** Others take a silent node for dead after 10 seconds, and look every two. */
const freezeMs = 14_000;
/** What a node that was killed had claimed comes this late at most, and a little. */
const arriveMsMax = 40_000;
/** For a full line and much in flight when a node is stopped. */
const slowMs = 400;

export async function tortureNodes(settings: NodesSettings): Promise<NodesReport> {
  const postgres = await startPostgres();
  const receiver = await startReceiver(diceOf(settings.seed + 1));
  const client = startClient(diceOf(settings.seed + 2), settings.nodes);
  const run = new Run(postgres, receiver, client, settings);
  try {
    return await run.all();
  } finally {
    await run.end();
    await receiver.close();
    await postgres.close();
  }
}

interface Node {
  server: TorturedServer;
  /** Null while it takes nothing. */
  port: number | null;
}

class Run {
  readonly #postgres: Postgres;
  readonly #receiver: TortureReceiver;
  readonly #client: Client;
  readonly #settings: NodesSettings;
  readonly #nodes: Node[] = [];
  readonly #interruptions: Interruption[] = [];
  readonly #roundCounts = new Map<NodeFault, number>();
  readonly #startsMs: number[] = [];
  readonly #recoveriesMs: number[] = [];
  readonly #troubles: string[] = [];
  #fencedCount = 0;

  constructor(postgres: Postgres, receiver: TortureReceiver, client: Client, settings: NodesSettings) {
    this.#postgres = postgres;
    this.#receiver = receiver;
    this.#client = client;
    this.#settings = settings;
  }

  async all(): Promise<NodesReport> {
    const { seed, rounds, seconds, nodes, faults, tell } = this.#settings;
    // At once, on an empty database.
    const places = Array.from({ length: nodes }, (_, index) => index);
    await Promise.all(places.map((index) => this.#start(index)));
    await makeWebhooks(webhooks, this.#nodes[0]?.port ?? 0, this.#receiver);
    // Until all know of them; what came before that would be promised to nobody.
    await pause(1500);
    this.#pointClient();
    const endAt = performance.now() + seconds * 1000;
    const drawn = nodeScheduleOf(seed, faults?.length ?? rounds, nodes);
    for (const [index, round] of drawn.entries()) {
      if (performance.now() > endAt) break;
      const fault = faults?.[index] ?? round.fault;
      await this.#round({ ...round, fault });
      this.#roundCounts.set(fault, (this.#roundCounts.get(fault) ?? 0) + 1);
      if ((index + 1) % 10 === 0)
        tell(`${index + 1} rounds, ${this.#client.sent.size} sent, ${this.#receiver.arrivals.length} arrived`);
    }
    await this.#finish();
    const verdict = judge({
      sent: this.#client.sent,
      arrivals: this.#receiver.arrivals,
      webhooks,
      interruptions: this.#interruptions,
    });
    return {
      ...verdict,
      seed,
      nodes,
      roundCounts: this.#roundCounts,
      startsMs: this.#startsMs,
      recoveriesMs: this.#recoveriesMs,
      fencedCount: this.#fencedCount,
      troubles: this.#troubles,
    };
  }

  async end(): Promise<void> {
    for (const { server } of this.#nodes) server.signal('SIGKILL');
    await Promise.all(this.#nodes.map(({ server }) => server.ended));
    await this.#client.stop();
  }

  async #round({ fault, node, other, afterMs }: NodeRound): Promise<void> {
    await pause(afterMs);
    switch (fault) {
      case 'kill':
        await this.#kill(node);
        return this.#start(node);
      case 'term':
        await this.#terminate(node);
        return this.#start(node);
      case 'freeze':
        return this.#freeze(node, other);
      case 'database fast':
      case 'database immediate':
        await this.#postgres.stop(fault === 'database fast' ? 'fast' : 'immediate');
        return this.#untilRecovered();
      case 'database kill':
        await this.#postgres.kill();
        return this.#untilRecovered();
    }
  }

  async #start(index: number): Promise<void> {
    const env = { BELLWIRE_DATABASE_URL: this.#postgres.url(), BELLWIRE_SECRET_KEY: secretKey };
    const { nodeArgs = [], env: planted = {} } = this.#settings.server ?? {};
    const place = { folder: '', port: 0, nodeArgs, env: { ...env, ...planted, BELLWIRE_NODE_NAME: `node-${index}` } };
    const server = startServer(place);
    const node: Node = { server, port: null };
    this.#nodes[index] = node;
    const { port, afterMs } = await server.ready;
    this.#startsMs.push(Math.round(afterMs));
    if (afterMs > startMsMax) this.#troubles.push(`a start took ${Math.round(afterMs)} ms`);
    node.port = port;
    if (this.#client.acknowledgedAt() > 0) this.#pointClient();
  }

  #pointClient(): void {
    this.#client.pointTo(...this.#nodes.flatMap(({ port }) => (port === null ? [] : [port])));
  }

  /** Nothing that it sent shortly before may have been written down. */
  async #kill(index: number): Promise<void> {
    const server = this.#leaveOut(index);
    const from = Date.now();
    server.signal('SIGKILL');
    await server.ended;
    this.#interruptions.push({ from: from - unreportedMs, to: Date.now() + unreportedMs });
  }

  async #terminate(index: number): Promise<void> {
    const server = this.#leaveOut(index);
    server.signal('SIGTERM');
    const code = await Promise.race([server.ended, pause(termMsMax).then(() => 'late' as const)]);
    if (code !== 0) this.#troubles.push(`SIGTERM ended a node with ${String(code)}:\n${server.written()}`);
    if (code === 'late') await this.#kill(index);
  }

  #leaveOut(index: number): TorturedServer {
    const node = this.#nodes[index];
    if (node === undefined) throw new Error(`There is no node ${index}.`);
    node.port = null;
    this.#pointClient();
    return node.server;
  }

  /** Its requests are sent on to it all the same: a balancer needs some seconds too. */
  async #freeze(index: number, other: number): Promise<void> {
    const server = this.#nodes[index]?.server;
    const toldBefore = fencesIn(server);
    this.#receiver.slowBy(slowMs);
    await pause(slowMs);
    const from = Date.now();
    server?.signal('SIGSTOP');
    this.#interruptions.push({ from: from - unreportedMs, to: from + unreportedMs });
    this.#receiver.slowBy(0);
    await pause(1000);
    this.#leaveOut(index);
    await this.#kill(other);
    await this.#start(other);
    await pause(from + freezeMs - Date.now());
    server?.signal('SIGCONT');
    const isFenced = await until(recoveryMsMax, () => fencesIn(server) > toldBefore);
    if (isFenced) this.#fencedCount += 1;
    else this.#troubles.push(`node ${index} does not know that it was taken for dead:\n${server?.written() ?? ''}`);
    const node = this.#nodes[index];
    const { port } = (await server?.ready) ?? { port: null };
    if (node !== undefined) node.port = port;
    this.#pointClient();
  }

  async #untilRecovered(): Promise<void> {
    await pause(500);
    await this.#postgres.start();
    const startedAt = performance.now();
    const before = Date.now();
    const acknowledged = await until(recoveryMsMax, () => this.#client.acknowledgedAt() > before);
    const afterMs = Math.round(performance.now() - startedAt);
    if (acknowledged) this.#recoveriesMs.push(afterMs);
    else this.#troubles.push(`nothing was acknowledged ${afterMs} ms after the database was back`);
  }

  /** No more is sent; all that was acknowledged gets the time to arrive; and the nodes end in order. */
  async #finish(): Promise<void> {
    await this.#client.stop();
    const names = [...this.#client.sent].flatMap(([name, { acknowledgedAt }]) =>
      acknowledgedAt === null ? [] : [name],
    );
    const isComplete = (): boolean =>
      webhooks.every((webhook) => names.every((name) => this.#receiver.namesAt(webhook).has(name)));
    await until(arriveMsMax, isComplete);
    let tables = await tablesOf(this.#postgres.url());
    for (let tried = 0; tried < 40 && tables.pendingCount > 0; tried += 1) {
      await pause(500);
      tables = await tablesOf(this.#postgres.url());
    }
    const waiting = tables.pendingCount > 0 ? [...tables.pendingOf, ...(await this.#lanes())] : [];
    for (const index of this.#nodes.keys()) await this.#terminate(index);
    if (waiting.length > 0) this.#troubles.push(`what waited in the end:\n  ${waiting.join('\n  ')}`);
    this.#check(await tablesOf(this.#postgres.url()));
  }

  /** How each node says that it goes with each webhook. */
  async #lanes(): Promise<string[]> {
    const told = this.#nodes.map(async ({ port }) => (port === null ? 'away' : `${port}: ${await healthsOf(port)}`));
    return Promise.all(told);
  }

  #check({ pendingCount, pendingOf: _pendingOf, ...repeated }: Tables): void {
    if (pendingCount > 0) this.#troubles.push(`${pendingCount} deliveries stayed pending`);
    for (const [what, found] of Object.entries(repeated))
      if (found.length > 0) this.#troubles.push(`${what}: ${found.join(', ')}`);
    const deadlocks = this.#postgres.log().split('deadlock detected').length - 1;
    if (deadlocks > 0) this.#troubles.push(`${deadlocks} deadlocks`);
  }
}

const secretKey = Buffer.alloc(32, 7).toString('base64');

function fencesIn(server: TorturedServer | undefined): number {
  return (server?.written() ?? '').split('had taken this one for dead').length - 1;
}
