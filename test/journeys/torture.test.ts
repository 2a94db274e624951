/**
 * A short form of `npm run torture`: the server is killed, stopped, ended and robbed of its disk under load, and nothing
 * that was acknowledged is lost. And that it would be noticed: the same run over servers with a fault planted in them.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FaultKind } from '../../torture/history.ts';
import { isSound, reportText } from '../../torture/report.ts';
import { faults } from '../../torture/schedule.ts';
import { type TortureReport, torture } from '../../torture/torture.ts';
import { planting } from '../support/plant.ts';

const timeout = 120_000;

beforeAll(() => {
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  if (!existsSync(main)) throw new Error('There is no build; `npm test` makes one first.');
});

test('nothing that was acknowledged is lost, whatever happens to the server', { timeout }, async () => {
  const report = await tortured(faults.length + 6, Date.now() % 1_000_000);
  expect(isSound(report), reportText(report)).toBe(true);
  // It was tried in earnest, by every means. Only a machine without prlimit may leave some out, and no Linux is without.
  expect([...report.roundCounts.keys()].toSorted()).toEqual(
    faults.filter((fault) => process.platform === 'linux' || !report.leftOut.includes(fault)).toSorted(),
  );
  expect(report.acknowledged).toBeGreaterThan(faults.length);
});

describe('a server is found out that', () => {
  const found: readonly (readonly [string, FaultKind, number])[] = [
    ['acknowledges before the commit', 'lost', 3],
    ['drops a delivery', 'lost', 3],
    ['signs wrongly', 'wrongly signed', 3],
    // Only one in twenty of what was acknowledged is sent again.
    ['forgets a messageId', 'stored twice', 8],
  ];
  test.each(found)('%s', { timeout }, async (fault, kind, rounds) => {
    const report = await tortured(rounds, 1, fault);
    expect(report.faults[kind], reportText(report)).not.toEqual([]);
    expect(isSound(report)).toBe(false);
  });
});

function tortured(rounds: number, seed: number, fault?: string): Promise<TortureReport> {
  const server = fault === undefined ? {} : { server: planting(fault) };
  return torture({
    rounds,
    seed,
    seconds: 60,
    silenceMs: fault === undefined ? 8000 : 1500,
    tell: () => {},
    ...server,
  });
}
