/** Looks every second how much room the disk with the database has, and says so in the log when that becomes too little. */
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Clock } from './core/clock.ts';
import { type DiskSpace, isLow, lowWaterBytes } from './core/disk-room.ts';
import { BellwireError } from './core/errors.ts';
import type { Log } from './http/log.ts';

export interface DiskWatch {
  /** Why no events are taken now; null when there is room. */
  trouble(): string | null;
  /** The same for a sender. */
  refusal(): BellwireError | null;
  close(): void;
}

export interface DiskWatchDeps {
  clock: Clock;
  log: Log;
  /** Rejects when it cannot be told; then there is taken to be room. */
  space: () => Promise<DiskSpace>;
}

const lookEveryMs = 1000;
const megabyte = 1024 * 1024;

/** Resolves after the first look. `setBytes`: see `lowWaterBytes`. */
export async function watchDisk(setBytes: number | null, { clock, log, space }: DiskWatchDeps): Promise<DiskWatch> {
  let low: DiskSpace | null = null;
  let closed = false;
  let cancel: (() => void) | null = null;

  async function look(): Promise<void> {
    const found = await space().catch(() => null);
    const nowLow = found !== null && isLow(found, setBytes, low !== null);
    if (nowLow && low === null) log.error(inMegabytes(found), 'the disk is nearly full: no events are taken');
    if (!nowLow && low !== null) log.info(inMegabytes(found ?? low), 'the disk has room again: events are taken');
    low = nowLow ? found : null;
    if (!closed) cancel = clock.after(lookEveryMs, () => void look());
  }

  function inMegabytes({ freeBytes, totalBytes }: DiskSpace): Record<string, number> {
    const needed = lowWaterBytes(totalBytes, setBytes);
    return { freeMegabytes: Math.floor(freeBytes / megabyte), neededMegabytes: Math.ceil(needed / megabyte) };
  }

  await look();
  return {
    trouble() {
      if (low === null) return null;
      const { freeMegabytes, neededMegabytes } = inMegabytes(low);
      return `The disk with the database has ${freeMegabytes} MB free and needs ${neededMegabytes}: make room, or set BELLWIRE_DISK_FREE_MIN_MB.`;
    },
    refusal() {
      if (low === null) return null;
      const message = 'The disk of the server is nearly full, so it takes no events. Send this again later.';
      return new BellwireError('storage_unavailable', message, { retryAfterSeconds: 30 });
    },
    close() {
      closed = true;
      cancel?.();
    },
  };
}

/** Of the disk that a file is on, or will be. */
export async function spaceAround(path: string): Promise<DiskSpace> {
  const { blocks, bavail, bsize } = await statfs(dirname(resolve(path)));
  return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
}
