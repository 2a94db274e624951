/** What Linux tells of processes: CPU time and memory. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time for us in hundredths of a second. */
const tickMs = 10;

/** User and system time of a process, with all its threads; of one that is gone, none. */
export function cpuMs(pid: number): number {
  const fields = statOf(pid);
  return fields === null ? 0 : (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** Its fields from the third on: the second is the program's name in brackets, which may itself hold spaces and brackets. */
function statOf(pid: number): string[] | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  } catch {
    return null;
  }
}

/** The processes that this one has started and that are running. */
export function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(statOf(Number(entry))?.[1]) === pid)
    .map(Number);
}

/** The one process that this one has started. */
export function childOf(pid: number): number {
  const [child] = childrenOf(pid);
  if (child === undefined) throw new Error(`Process ${pid} has no child.`);
  return child;
}

/** Time that all CPUs together have been busy, whoever kept them so. */
export function machineBusyMs(): number {
  const [user, nice, system, , , irq, softirq] = readFileSync('/proc/stat', 'utf8')
    .split(/\s+/)
    .slice(1, 8)
    .map(Number);
  return [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) * tickMs;
}

/** Memory of a process that is in RAM, in megabytes. */
export function residentMb(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1]) / 1024;
}
