/**
 * `npm run torture`: whether anything that was acknowledged is ever lost. Ends with 1 when something was, or anything else
 * is wrong.
 *
 *   npm run torture -- --rounds 200 --seconds 1200 --seed 42
 */
import { parseArgs } from 'node:util';
import { reportText } from './report.ts';
import { isSound, torture } from './torture.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } },
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const seed = number('seed', Date.now() % 1_000_000);
console.log(`Seed ${seed}: --seed ${seed} draws the same schedule again.`);
const report = await torture({
  rounds: number('rounds', 200),
  seconds: number('seconds', 3600),
  seed,
  silenceMs: 10_000,
  tell: (line) => console.log(line),
});
console.log(reportText(report));
process.exit(isSound(report) ? 0 : 1);

function number(name: keyof typeof values, fallback: number): number {
  const text = values[name];
  if (text === undefined) return fallback;
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} must be a whole number.`);
  return Number(text);
}
