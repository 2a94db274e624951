/**
 * A short form of `npm run torture -- --nodes 3`: nodes are killed, ended and stopped under load and their database is
 * restarted, and nothing that was acknowledged is lost or done twice. And that it would be noticed: the same over nodes with
 * a fault planted in them.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FaultKind } from '../../torture/history.ts';
import { type NodesReport, tortureNodes } from '../../torture/nodes.ts';
import { isSound, nodesReportText } from '../../torture/report.ts';
import { type NodeFault, nodeFaults } from '../../torture/schedule.ts';
import { planting } from '../support/plant.ts';

const timeout = 180_000;

beforeAll(() => {
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  if (!existsSync(main)) throw new Error('There is no build; `npm test` makes one first.');
});

test('three nodes lose nothing and do nothing twice, whatever happens to them and their database', {
  timeout,
}, async () => {
  const report = await tortured(nodeFaults);
  expect(isSound(report), nodesReportText(report)).toBe(true);
  expect(report.fencedCount).toBe(1);
  expect(report.acknowledged).toBeGreaterThan(nodeFaults.length);
});

describe('nodes are found out that', () => {
  const found: readonly (readonly [readonly string[], NodeFault, FaultKind])[] = [
    [['takes for new what another node has written'], 'kill', 'first seen twice'],
    [['forgets a messageId on PostgreSQL'], 'kill', 'stored twice'],
    [['starts attempts without a lease'], 'freeze', 'repeated without cause'],
  ];
  test.each(found)('%s', { timeout }, async (faults, hindrance, kind) => {
    const report = await tortured([hindrance], ...faults);
    expect(report.faults[kind], nodesReportText(report)).not.toEqual([]);
    expect(isSound(report)).toBe(false);
  });

  test('record what is claimed by others', { timeout }, async () => {
    // What else keeps late answers out is taken away too: they are dropped before they come to the database.
    const report = await tortured(['freeze'], 'records what is claimed by others', 'lets go of nothing');
    expect(report.troubles.join(), nodesReportText(report)).toContain('deliveredTwice');
  });
});

function tortured(faults: readonly NodeFault[], ...planted: string[]): Promise<NodesReport> {
  const server = planted.length === 0 ? {} : { server: planting(...planted) };
  const seed = planted.length === 0 ? Date.now() % 1_000_000 : 1;
  return tortureNodes({ nodes: 3, rounds: faults.length, faults, seed, seconds: 60, tell: () => {}, ...server });
}
