/** The reader thread: questions of the API, over a read-only connection of its own, so that none of them delays an event. */
import { parentPort, workerData } from 'node:worker_threads';
import { openForReading } from '../store/open-store.ts';
import type { Opened, ReaderThreadData } from './bridge.ts';
import { createReads } from './reads-store.ts';
import { refusingInTrouble } from './reads-trouble.ts';
import { serveCalls } from './rpc.ts';

const { calls, config } = workerData as ReaderThreadData;

try {
  const store = openForReading(config.database);
  serveCalls(
    calls,
    refusingInTrouble(createReads(store, config), (error) => store.isTrouble(error)),
  );
  parentPort?.postMessage({ firstKeys: null, resealed: null } satisfies Opened);
} catch (error) {
  parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) } satisfies Opened);
}
