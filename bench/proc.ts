/** What Linux tells of processes: CPU time and memory. */
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts CPU time for us in hundredths of a second. */
const tickMs = 10;

/** User and system time of a process, with all its threads. */
export function cpuMs(pid: number): number {
  // The second field is the program's name in brackets, which may itself hold spaces and brackets.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** The one process that this one has started. */
export function childOf(pid: number): number {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const fields = readFileSync(`/proc/${entry}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      if (Number(fields[1]) === pid) return Number(entry);
    } catch {
      // It has ended since the folder was read.
    }
  }
  throw new Error(`Process ${pid} has no child.`);
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
