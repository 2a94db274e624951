/**
 * Outlives the process that started a PostgreSQL for tests, however that ends: when its standard input is at its end, it
 * ends the PostgreSQL and removes what it lay in. `node postgres-keeper.ts <data folder> <folder to remove> …`
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRunning, processTree } from './process-table.ts';

const [data = '', ...folders] = process.argv.slice(2);
const patienceMs = 5000;

process.stdin.resume().once('close', () => void end());

async function end(): Promise<void> {
  const pid = postmaster();
  if (pid !== null) await endTree(pid);
  // One that was only just being started has nothing to work on any more, and gives up by itself.
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
}

/** Gives it the time to leave nothing in shared memory, also when it had been stopped. */
async function endTree(pid: number): Promise<void> {
  const pids = processTree(pid);
  for (const each of pids.toReversed()) signal(each, 'SIGCONT');
  signal(pid, 'SIGQUIT');
  const deadline = Date.now() + patienceMs;
  while (isRunning(pid) && Date.now() < deadline) await delay(20);
  for (const each of pids) if (isRunning(each)) signal(each, 'SIGKILL');
}

/** Null when it is not there, or is somebody else's by now. */
function postmaster(): number | null {
  try {
    const [pid = ''] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
    return isRunning(Number(pid)) ? Number(pid) : null;
  } catch {
    return null;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}
