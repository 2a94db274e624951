import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { fakeClock } from '../test/support/fake-clock.ts';
import { type DiskWatch, spaceAround, watchDisk } from './disk-watch.ts';

const gigabyte = 1024 ** 3;

interface Watching {
  disk: { totalBytes: number; freeBytes: number; broken: boolean };
  logged: string[];
  watch: DiskWatch;
  secondLater: () => Promise<void>;
}

async function watching(setBytes: number | null): Promise<Watching> {
  const disk = { totalBytes: 100 * gigabyte, freeBytes: 50 * gigabyte, broken: false };
  const clock = fakeClock();
  const logged: string[] = [];
  const note = (_: object, message: string): void => void logged.push(message);
  const watch = await watchDisk(setBytes, {
    clock,
    log: { info: note, warn: note, error: note },
    space: async () => {
      if (disk.broken) throw new Error('no such file system');
      return { ...disk };
    },
  });
  return {
    disk,
    logged,
    watch,
    async secondLater() {
      clock.advance(1000);
      await setImmediate();
    },
  };
}

test('a disk that fills up is noticed within a second, and so is one that has room again', async () => {
  const { disk, watch, logged, secondLater } = await watching(null);
  expect([watch.trouble(), watch.refusal()]).toEqual([null, null]);
  disk.freeBytes = 0.4 * gigabyte;
  await secondLater();
  expect(watch.trouble()).toBe(
    'The disk with the database has 409 MB free and needs 512: make room, or set BELLWIRE_DISK_FREE_MIN_MB.',
  );
  expect(watch.refusal()).toMatchObject({ code: 'storage_unavailable', status: 503, retryAfterSeconds: 30 });
  disk.freeBytes = 0.51 * gigabyte;
  await secondLater();
  expect(watch.trouble(), 'a little more is not enough').not.toBeNull();
  disk.freeBytes = gigabyte;
  await secondLater();
  expect([watch.trouble(), watch.refusal()]).toEqual([null, null]);
  expect(logged).toHaveLength(2);
});

test('what cannot be told stops nobody', async () => {
  const { disk, watch, secondLater } = await watching(gigabyte);
  disk.freeBytes = 0;
  await secondLater();
  expect(watch.trouble()).not.toBeNull();
  disk.broken = true;
  await secondLater();
  expect(watch.trouble()).toBeNull();
});

test('nothing is looked at after it was closed', async () => {
  const { disk, watch, secondLater } = await watching(null);
  watch.close();
  disk.freeBytes = 0;
  await secondLater();
  expect(watch.trouble()).toBeNull();
});

test('the disk of this very file has a size', async () => {
  const { totalBytes, freeBytes } = await spaceAround(import.meta.filename);
  expect(totalBytes).toBeGreaterThan(freeBytes);
  expect(freeBytes).toBeGreaterThan(0);
});
