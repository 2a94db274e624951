/** Which processes there are and whose children they are, on Linux without any tool, elsewhere by `ps`. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The process itself and all below it, parents first; those that have ended and are only still listed are left out. */
export function processTree(root: number): number[] {
  const table = process.platform === 'linux' ? linuxTable() : psTable();
  const found = table.filter(({ pid }) => pid === root).map(({ pid }) => pid);
  // What is found is looked through too, as it grows.
  for (const parent of found) {
    found.push(...table.filter((row) => row.parent === parent && row.pid !== parent).map(({ pid }) => pid));
  }
  return found;
}

export function isRunning(pid: number): boolean {
  return processTree(pid).length > 0;
}

interface Row {
  pid: number;
  parent: number;
}

function linuxTable(): Row[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    let stat: string;
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    } catch {
      return [];
    }
    // What comes after the command's name, which may hold anything.
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X' ? [] : [{ pid: Number(name), parent: Number(parent) }];
  });
}

function psTable(): Row[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return lines.flatMap((line) => {
    const [pid, parent, state = ''] = line.trim().split(/\s+/);
    return state.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent) }];
  });
}
