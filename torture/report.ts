/** What a run has found, as text. */
import { faultKinds, type Verdict } from './history.ts';
import type { NodesReport } from './nodes.ts';
import type { TortureReport } from './torture.ts';

const shownMax = 10;

/** Whether there is nothing to complain of. */
export function isSound({ faults, troubles }: Pick<TortureReport, 'faults' | 'troubles'>): boolean {
  return troubles.length === 0 && Object.values(faults).every((found) => found.length === 0);
}

export function reportText(report: TortureReport): string {
  const { leftOut } = report;
  return [
    ...roundLines(report),
    ...(leftOut.length === 0 ? [] : [`LEFT OUT         ${leftOut.join(', ')}: there is no prlimit on this machine`]),
    ...verdictLines(report),
    `start            ${range(report.startsMs)}`,
    `after full disk  ${range(report.recoveriesMs)}`,
    ...faultLines(report),
  ].join('\n');
}

export function nodesReportText(report: NodesReport): string {
  return [
    ...roundLines(report),
    `nodes            ${report.nodes}; ${report.fencedCount} times one came back that had been taken for dead`,
    ...verdictLines(report),
    `start            ${range(report.startsMs)}`,
    `after database   ${range(report.recoveriesMs)}`,
    ...faultLines(report),
  ].join('\n');
}

function roundLines({ seed, roundCounts }: { seed: number; roundCounts: ReadonlyMap<string, number> }): string[] {
  const rounds = [...roundCounts].map(([fault, count]) => `${count} × ${fault}`).join(', ');
  return [
    `seed             ${seed}`,
    `rounds           ${[...roundCounts.values()].reduce((sum, count) => sum + count, 0)}: ${rounds}`,
  ];
}

function verdictLines({ sent, acknowledged, delivered, arrivals, repeated, repeatedMax }: Verdict): string[] {
  return [
    `sent             ${sent}`,
    `acknowledged     ${acknowledged}`,
    `delivered        ${delivered}, in ${arrivals} requests`,
    `repeated         ${repeated}, of ${repeatedMax} that were in flight or unreported when one was killed or stopped`,
  ];
}

function faultLines({ faults, troubles }: Pick<TortureReport, 'faults' | 'troubles'>): string[] {
  return [
    ...faultKinds.flatMap((kind) => [`${kind.padEnd(16)} ${faults[kind].length}`].concat(shown(faults[kind]))),
    `other trouble    ${troubles.length}`,
    ...shown(troubles),
  ];
}

function shown(found: readonly string[]): string[] {
  return found.slice(0, shownMax).map((line) => `  ${line}`);
}

function range(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length === 0) return 'none';
  return `${sorted[Math.floor(sorted.length / 2)]} ms in the middle of ${sorted.length}, ${sorted.at(-1)} ms at most`;
}
