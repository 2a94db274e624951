/**
 * The data thread: the ledger on its own thread, called from the network thread through a port. Calls that come before it
 * is open wait in the port.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../core/clock.ts';
import { correctedClock } from '../core/database-time.ts';
import { dropStartGarbage } from '../core/start-garbage.ts';
import type { DataThreadData, Opened } from './bridge.ts';
import { beat } from './heartbeat.ts';
import { openLedger } from './open.ts';
import { type PackedListener, packingListener, unpacking } from './packing.ts';
import { serveCalls, tellerOf } from './rpc.ts';

const { calls, news, heart, lease, offset, config } = workerData as DataThreadData;

try {
  const listener = packingListener(tellerOf<PackedListener>(news));
  const time = { own: systemClock, offset };
  const clock = correctedClock(time);
  const { ledger, firstKeys, resealed } = await openLedger(config, { clock, time, listener, lease });
  serveCalls(calls, unpacking(ledger));
  dropStartGarbage();
  beat(heart, systemClock);
  parentPort?.postMessage({ firstKeys, resealed } satisfies Opened);
} catch (error) {
  parentPort?.postMessage({ error: error instanceof Error ? error.message : String(error) } satisfies Opened);
}
