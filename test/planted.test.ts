/**
 * Checks of ours are worth what they find: each fault of source-faults.ts is planted in the sources, one at a time, and the
 * test that watches over the place must fail. That it passes without the fault is shown wherever all tests run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { sourceFaults } from './support/source-faults.ts';

const runner = fileURLToPath(new URL('support/run-planted.ts', import.meta.url));

test.each(Object.entries(sourceFaults))('a fault that %s is found', { timeout: 90_000 }, async (name, { foundBy }) => {
  const results = await runWith(name);
  expect(results.filter(({ status }) => status !== 'skipped')).toEqual([
    { title: expect.stringContaining(foundBy.test), status: 'failed' },
  ]);
});

interface Result {
  title: string;
  status: string;
}

/** Runs the one test, and tells what came of it and of the others in its file. */
async function runWith(fault: string): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-planted-'));
  const report = join(folder, 'report.json');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', runner, fault, report], {
    // Nothing of the run that this test is part of.
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST'))),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let written = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written += text));
  try {
    await once(child, 'close');
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as {
      testResults: { assertionResults: Result[] }[];
    };
    return testResults.flatMap(({ assertionResults }) =>
      assertionResults.map(({ title, status }) => ({ title, status })),
    );
  } catch (cause) {
    throw new Error(`The run came to no result. It wrote:\n${written}`, { cause });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
