/**
 * Faults, round after round, on a server that is being sent events, and at the end the judgement of history.ts. The server
 * is the built one in a process of its own; client and receiver are here.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWebhooks } from './api.ts';
import { type Client, startClient } from './client.ts';
import { addOldEvents, integrityOf, oldEventCount } from './database.ts';
import { type Interruption, judge, type Verdict } from './history.ts';
import { startReceiver, type TortureReceiver } from './receiver.ts';
import { diceOf, type Fault, type Round, scheduleOf } from './schedule.ts';
import { canLimitFiles, type ServerPlace, startServer, type TorturedServer } from './server.ts';
import { pause, until } from './waiting.ts';

export interface TortureSettings {
  rounds: number;
  seed: number;
  /** Begins no round after so many seconds. */
  seconds: number;
  /** Gives up when nothing has arrived for so long although something is missing. */
  silenceMs: number;
  /** How the server is started; a test plants its fault here. */
  server?: Pick<ServerPlace, 'nodeArgs' | 'env'>;
  tell: (line: string) => void;
}

export interface TortureReport extends Verdict {
  seed: number;
  roundCounts: ReadonlyMap<Fault, number>;
  /** Kinds that this machine has no means for. */
  leftOut: readonly Fault[];
  /** From the start of the process until it takes events, each time. */
  startsMs: readonly number[];
  /** From the moment when there was room on the disk again until the next acknowledgement, each time. */
  recoveriesMs: readonly number[];
  /** What is wrong beside the history: an exit that was not 0, a start or a recovery that took too long, a broken file. */
  troubles: readonly string[];
}

const webhooks = ['first', 'second'];
/** Longer than a report of an attempt ever waits for its commit on a machine that is busy with other things too. */
const unreportedMs = 1000;
const startMsMax = 10_000;
const recoveryMsMax = 10_000;
const termMsMax = 15_000;
/** For clearing away what is old. */
const clearMsMax = 10_000;
const oldEvents = 3000;
const checkEveryRounds = 10;

export async function torture(settings: TortureSettings): Promise<TortureReport> {
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-torture-'));
  const receiver = await startReceiver(diceOf(settings.seed + 1));
  const client = startClient(diceOf(settings.seed + 2));
  const run = new Run(folder, receiver, client, settings);
  try {
    return await run.all();
  } finally {
    await run.end();
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Run {
  readonly #folder: string;
  readonly #receiver: TortureReceiver;
  readonly #client: Client;
  readonly #settings: TortureSettings;
  readonly #interruptions: Interruption[] = [];
  readonly #roundCounts = new Map<Fault, number>();
  readonly #startsMs: number[] = [];
  readonly #recoveriesMs: number[] = [];
  readonly #troubles: string[] = [];
  #server: TorturedServer;

  constructor(folder: string, receiver: TortureReceiver, client: Client, settings: TortureSettings) {
    this.#folder = folder;
    this.#receiver = receiver;
    this.#client = client;
    this.#settings = settings;
    this.#server = this.#spawn();
  }

  async all(): Promise<TortureReport> {
    const { seed, rounds, seconds, tell } = this.#settings;
    await this.#untilReady((port) => makeWebhooks(webhooks, port, this.#receiver));
    const endAt = performance.now() + seconds * 1000;
    const leftOut: Fault[] = canLimitFiles() ? [] : ['full', 'kill full'];
    const schedule = scheduleOf(seed, rounds).filter(({ fault }) => !leftOut.includes(fault));
    for (const [index, round] of schedule.entries()) {
      if (performance.now() > endAt) break;
      await this.#round(round);
      this.#roundCounts.set(round.fault, (this.#roundCounts.get(round.fault) ?? 0) + 1);
      if ((index + 1) % checkEveryRounds === 0) {
        await this.#kill(Date.now());
        this.#checkFile();
        await this.#start();
        tell(`${index + 1} rounds, ${this.#client.sent.size} sent, ${this.#receiver.arrivals.length} arrived`);
      }
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
      roundCounts: this.#roundCounts,
      leftOut,
      startsMs: this.#startsMs,
      recoveriesMs: this.#recoveriesMs,
      troubles: this.#troubles,
    };
  }

  async end(): Promise<void> {
    this.#server.signal('SIGKILL');
    await this.#server.ended;
    await this.#client.stop();
  }

  async #round({ fault, afterMs, forMs, fileBytes }: Round): Promise<void> {
    switch (fault) {
      case 'kill':
        await pause(afterMs);
        return this.#killAndStart(Date.now());
      case 'kill starting':
        await this.#kill(Date.now());
        this.#server = this.#spawn();
        await pause(afterMs);
        return this.#killAndStart(Date.now());
      case 'kill pruning':
        await this.#kill(Date.now());
        addOldEvents(this.#folder, oldEvents);
        await this.#start();
        await pause(afterMs);
        return this.#killAndStart(Date.now());
      case 'kill stopped':
        await pause(afterMs);
        this.#server.signal('SIGSTOP');
        await pause(forMs);
        return this.#killAndStart(Date.now() - forMs);
      case 'kill full': {
        await pause(afterMs);
        const from = Date.now();
        this.#server.limitFiles(fileBytes);
        await pause(forMs);
        return this.#killAndStart(from);
      }
      case 'full':
        await pause(afterMs);
        this.#server.limitFiles(fileBytes);
        await pause(forMs);
        this.#server.limitFiles(null);
        return this.#untilAcknowledged();
      case 'stop':
        await pause(afterMs);
        this.#server.signal('SIGSTOP');
        await pause(forMs);
        this.#server.signal('SIGCONT');
        return;
      case 'term':
        await pause(afterMs);
        await this.#terminate();
        return this.#start();
    }
  }

  /** Nothing that arrived shortly before `from`, or since, may have been written down. */
  async #kill(from: number): Promise<void> {
    this.#client.pointTo();
    this.#server.signal('SIGKILL');
    await this.#server.ended;
    this.#interruptions.push({ from: from - unreportedMs, to: Date.now() + unreportedMs });
  }

  async #killAndStart(from: number): Promise<void> {
    await this.#kill(from);
    await this.#start();
  }

  async #terminate(): Promise<void> {
    this.#server.signal('SIGTERM');
    const code = await Promise.race([this.#server.ended, pause(termMsMax).then(() => 'late' as const)]);
    this.#client.pointTo();
    if (code !== 0) this.#troubles.push(`SIGTERM ended it with ${String(code)}:\n${this.#server.written()}`);
    if (code === 'late') await this.#kill(Date.now());
  }

  #spawn(): TorturedServer {
    return startServer({ folder: this.#folder, port: 0, ...this.#settings.server });
  }

  async #start(): Promise<void> {
    this.#server = this.#spawn();
    await this.#untilReady();
  }

  /** Nothing is sent to it before `prepare` is done: what came then would be promised to nobody. */
  async #untilReady(prepare: (port: number) => Promise<void> = async () => {}): Promise<void> {
    const { port, afterMs } = await this.#server.ready;
    this.#startsMs.push(Math.round(afterMs));
    if (afterMs > startMsMax) this.#troubles.push(`a start took ${Math.round(afterMs)} ms`);
    await prepare(port);
    this.#client.pointTo(port);
  }

  /** After room was made on the disk. */
  async #untilAcknowledged(): Promise<void> {
    const startedAt = performance.now();
    const before = Date.now();
    const acknowledged = await until(recoveryMsMax, () => this.#client.acknowledgedAt() > before);
    const afterMs = Math.round(performance.now() - startedAt);
    if (acknowledged) this.#recoveriesMs.push(afterMs);
    else
      this.#troubles.push(`nothing was acknowledged ${afterMs} ms after the disk had room:\n${this.#server.written()}`);
  }

  /** No more is sent; all that was acknowledged gets the time to arrive; and the server ends in order. */
  async #finish(): Promise<void> {
    await this.#client.stop();
    const names = [...this.#client.sent].flatMap(([name, { acknowledgedAt }]) =>
      acknowledgedAt === null ? [] : [name],
    );
    let arrivedCount = 0;
    const complete = (): boolean =>
      webhooks.every((webhook) => names.every((name) => this.#receiver.namesAt(webhook).has(name)));
    while (!complete() && this.#receiver.arrivals.length > arrivedCount) {
      arrivedCount = this.#receiver.arrivals.length;
      await until(this.#settings.silenceMs, complete);
    }
    const oldGone = await until(clearMsMax, () => oldEventCount(this.#folder) === 0);
    if (!oldGone) this.#troubles.push(`${oldEventCount(this.#folder)} old events were not cleared away`);
    await this.#terminate();
    this.#checkFile();
  }

  #checkFile(): void {
    const found = integrityOf(this.#folder);
    if (found !== 'ok') this.#troubles.push(`integrity_check: ${found}`);
  }
}
