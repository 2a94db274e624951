/**
 * `npm run torture`: whether anything that was acknowledged is ever lost, by one server on SQLite, or by many nodes on a
 * PostgreSQL, which it brings with it. Ends with 1 when something was, or anything else is wrong.
 *
 *   npm run torture -- --rounds 200 --seconds 1200 --seed 42
 *   npm run torture -- --nodes 3 --rounds 100
 */
import { parseArgs } from 'node:util';
import { tortureNodes } from './nodes.ts';
import { isSound, nodesReportText, reportText } from './report.ts';
import { torture } from './torture.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string' },
  },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const seed = number('seed', Date.now() % 1_000_000);
console.log(`Seed ${seed}: --seed ${seed} draws the same schedule again.`);
const settings = { seed, seconds: number('seconds', 3600), tell: (line: string) => console.log(line) };
const nodes = number('nodes', 1);
process.exit((nodes > 1 ? await many() : await one()) ? 0 : 1);

async function one(): Promise<boolean> {
  const report = await torture({ ...settings, rounds: number('rounds', 200), silenceMs: 10_000 });
  console.log(reportText(report));
  return isSound(report);
}

async function many(): Promise<boolean> {
  const report = await tortureNodes({ ...settings, nodes, rounds: number('rounds', 100) });
  console.log(nodesReportText(report));
  return isSound(report);
}

function number(name: keyof typeof values, fallback: number): number {
  const text = values[name];
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number.`);
  return Number(text);
}
