/** The network thread's side of the ledger: starts the data thread and the reader thread, and speaks with them. */
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import type { Clock } from '../core/clock.ts';
import type { OffsetCell } from '../core/database-time.ts';
import type { FirstKeys } from './directory.ts';
import { heartbeatCell, listenTo, silenceMaxMs } from './heartbeat.ts';
import { endlessLease, isLeased, type LeaseCell } from './lease.ts';
import type { Ledger, LedgerListener } from './ledger.ts';
import type { LedgerConfig, OpenedLedger } from './open.ts';
import { type PackedLedger, packing, unpackingListener } from './packing.ts';
import type { Reads } from './reads.ts';
import { callerOf, serveCalls } from './rpc.ts';

export interface DataThreadData {
  calls: MessagePort;
  news: MessagePort;
  /** Beats while the thread turns. */
  heart: Int32Array;
  lease: LeaseCell;
  /** By how much the machine's clock is off; the thread keeps it. */
  offset: OffsetCell;
  config: LedgerConfig;
}
export interface ReaderThreadData {
  calls: MessagePort;
  config: Pick<LedgerConfig, 'database' | 'segmentApiUrl'>;
}
/** What a thread says first. */
export type Opened = Pick<OpenedLedger, 'firstKeys' | 'resealed'> | { error: string };

export interface Threads {
  ledger: Ledger;
  reads: Reads;
  firstKeys: FirstKeys | null;
  resealed: OpenedLedger['resealed'];
  /** Whether attempts may be started now: see lease.ts. */
  isLeased(): boolean;
  /**
   * Closes the reader, then the ledger, and ends their threads. In this order, because only the last connection to the
   * database can bring it all into one file, and the reader may not write.
   */
  close(): Promise<void>;
}

/**
 * Opens the database and answers when the ledger is ready; rejects with the reason when it cannot be opened. `onDeath` is
 * told when a thread ends that should not, or the data thread hangs: nothing can be accepted or sent from then on.
 */
export async function startThreads(
  config: LedgerConfig,
  listener: LedgerListener,
  { clock, offset, onDeath }: { clock: Clock; offset: OffsetCell; onDeath: (error: Error) => void },
): Promise<Threads> {
  const calls = new MessageChannel();
  const news = new MessageChannel();
  // What the data thread tells and that it is open come by different ways, so the one does not prove that the other is here.
  const ledger = packing(callerOf<PackedLedger>(calls.port1));
  const directoryKnown = new Promise<void>((resolve) => {
    const heard: LedgerListener = {
      onClaims: (claims) => listener.onClaims(claims),
      onClaimsLost() {
        listener.onClaimsLost();
        // By the way that reports come by, and behind those that were made of what is lost.
        void ledger.claimsForgotten();
      },
      onTrouble: (message, detail) => listener.onTrouble(message, detail),
      onDirectory(directory) {
        listener.onDirectory(directory);
        resolve();
      },
    };
    serveCalls(news.port1, unpackingListener(heard));
  });
  const heart = heartbeatCell();
  const lease = endlessLease();
  const data: DataThreadData = { calls: calls.port2, news: news.port2, heart, lease, offset, config };
  const dataThread = startThread('data-thread', data, [calls.port2, news.port2], onDeath);
  const [{ firstKeys, resealed }] = await Promise.all([dataThread.opened, directoryKnown]);

  const stopListening = listenTo(heart, clock, () =>
    onDeath(new Error(`The data thread has hung for ${silenceMaxMs / 1000} seconds.`)),
  );

  const reader = readerOnDemand(config, onDeath);
  return {
    ledger,
    isLeased: () => isLeased(lease),
    reads: reader.reads,
    firstKeys,
    resealed,
    async close() {
      stopListening();
      await reader.close();
      await ledger.close();
      await dataThread.end();
      for (const port of [calls.port1, news.port1]) port.close();
    },
  };
}

/**
 * The reader thread, started by the first question. It takes some 30 MB, which a server that takes events in and sends them
 * on, and whose pages nobody looks at, has no need of.
 */
function readerOnDemand({ database, segmentApiUrl }: LedgerConfig, onDeath: (error: Error) => void) {
  let starting: ReturnType<typeof start> | null = null;

  async function start() {
    const { port1, port2 } = new MessageChannel();
    const data: ReaderThreadData = { calls: port2, config: { database, segmentApiUrl } };
    const thread = startThread('reader-thread', data, [port2], onDeath);
    await thread.opened;
    return { thread, reads: callerOf<Reads>(port1), port: port1 };
  }

  async function started(): Promise<Reads> {
    starting ??= start();
    try {
      return (await starting).reads;
    } catch (error) {
      // The next question tries again.
      starting = null;
      throw error;
    }
  }

  const reads = new Proxy({} as Reads, {
    get(_, name) {
      if (typeof name !== 'string' || name === 'then') return undefined;
      return async (...args: unknown[]) => {
        const remote = (await started()) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
        return remote[name]?.(...args);
      };
    },
  });
  return {
    reads,
    async close() {
      if (starting === null) return;
      const { thread, reads: remote, port } = await starting;
      await remote.close();
      await thread.end();
      port.close();
    },
  };
}

function startThread(name: string, workerData: object, transferList: MessagePort[], onDeath: (error: Error) => void) {
  // Runs from the sources in tests and from the build in the field.
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const worker = new Worker(new URL(`./${name}${extension}`, import.meta.url), { name, workerData, transferList });
  let ending = false;
  worker.on('error', (error) => onDeath(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', (code) => {
    if (!ending) onDeath(new Error(`The ${name} ended by itself, with code ${code}.`));
  });
  const opened = new Promise<Pick<OpenedLedger, 'firstKeys' | 'resealed'>>((resolve, reject) => {
    worker.once('message', (message: Opened) => {
      if (!('error' in message)) return resolve(message);
      ending = true;
      return void worker.terminate().then(() => reject(new Error(message.error)));
    });
    worker.once('error', reject);
  });
  return {
    opened,
    async end() {
      ending = true;
      await worker.terminate();
    },
  };
}
