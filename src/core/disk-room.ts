/**
 * When a disk is so full that no more events should be taken: before it is full in earnest, because then not even deleting
 * works, and what was accepted could not be recorded as sent. Pure.
 */
import { limits } from './limits.ts';

export interface DiskSpace {
  totalBytes: number;
  freeBytes: number;
}

/** How much must stay free: what the operator says, or else 5 % of the disk and at most 512 MB. */
export function lowWaterBytes(totalBytes: number, setBytes: number | null): number {
  return setBytes ?? Math.min(limits.diskFreeShareMin * totalBytes, limits.diskFreeBytesMin);
}

/** Once low, there must be a tenth more than that before it is enough again, so that it does not change with every event. */
export function isLow({ totalBytes, freeBytes }: DiskSpace, setBytes: number | null, wasLow: boolean): boolean {
  return freeBytes < lowWaterBytes(totalBytes, setBytes) * (wasLow ? 1.1 : 1);
}
