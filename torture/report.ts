/** What a run has found, as text. */
import { faultKinds } from './history.ts';
import type { TortureReport } from './torture.ts';

const shownMax = 10;

export function reportText(report: TortureReport): string {
  const { faults, startsMs, recoveriesMs, troubles, roundCounts, leftOut } = report;
  const rounds = [...roundCounts].map(([fault, count]) => `${count} × ${fault}`).join(', ');
  return [
    `seed             ${report.seed}`,
    `rounds           ${[...roundCounts.values()].reduce((sum, count) => sum + count, 0)}: ${rounds}`,
    ...(leftOut.length === 0 ? [] : [`LEFT OUT         ${leftOut.join(', ')}: there is no prlimit on this machine`]),
    `sent             ${report.sent}`,
    `acknowledged     ${report.acknowledged}`,
    `delivered        ${report.delivered}, in ${report.arrivals} requests`,
    `repeated         ${report.repeated}, of ${report.repeatedMax} that were in flight or unreported when it was killed`,
    `start            ${range(startsMs)}`,
    `after full disk  ${range(recoveriesMs)}`,
    ...faultKinds.flatMap((kind) => [`${kind.padEnd(16)} ${faults[kind].length}`].concat(shown(faults[kind]))),
    `other trouble    ${troubles.length}`,
    ...shown(troubles),
  ].join('\n');
}

function shown(found: readonly string[]): string[] {
  return found.slice(0, shownMax).map((line) => `  ${line}`);
}

function range(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  if (sorted.length === 0) return 'none';
  return `${sorted[Math.floor(sorted.length / 2)]} ms in the middle of ${sorted.length}, ${sorted.at(-1)} ms at most`;
}
