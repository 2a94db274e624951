/** `node run-planted.ts <fault> <report>`: runs the test that finds the fault, with the fault in the sources; the report is JSON. */
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { startVitest } from 'vitest/node';
import { type SourceFault, sourceFaults } from './source-faults.ts';

const [name = '', report = ''] = process.argv.slice(2);
const fault = sourceFaults[name];
if (fault === undefined) throw new Error(`There is no fault "${name}".`);

const running = await startVitest(
  'test',
  [fault.foundBy.file],
  {
    root: fileURLToPath(new URL('../..', import.meta.url)),
    config: false,
    watch: false,
    testNamePattern: new RegExp(`${fault.foundBy.test.replaceAll(/[$()*+.?[\]\\^{|}]/g, '\\$&')}$`),
    reporters: ['json'],
    outputFile: report,
    provide: { database: { kind: 'sqlite' } },
    testTimeout: 5_000,
    hookTimeout: 5_000,
    // It would hand out files without the fault, or hand the fault on.
    fsModuleCache: false,
  },
  { plugins: [planting(fault)] },
);
await running.close();

function planting({ file, place, fault: text }: SourceFault): Plugin {
  return {
    name: 'planting',
    enforce: 'pre',
    transform(source, id) {
      if (!id.endsWith(`/${file}`)) return null;
      if (source.split(place).length !== 2) throw new Error(`In ${file} this does not stand once: ${place}`);
      return source.replace(place, () => text);
    },
  };
}
