/** bin/bellwire.js, as npm runs it: through a shell. It starts what was built, as `npm test` does before the tests. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const launcher = fileURLToPath(new URL('../../bin/bellwire.js', import.meta.url));

let folder = '';
let group: number | undefined;
afterEach(() => {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
  } catch {
    // Nothing of it is left, as it should be.
  }
  rmSync(folder, { recursive: true });
});

test('a server whose shell is ended ends in order', async () => {
  // The second command keeps the shell from becoming the first one.
  const { child, output } = await start('sh', ['-c', `"${process.execPath}" "${launcher}" serve; exit 9`]);
  child.kill('SIGTERM');
  // The server holds the other end of the shell's output, so this closes only when the server has ended too.
  const [code, signal] = await once(child, 'close');
  expect([code, signal]).toEqual([null, 'SIGTERM']);
  expect(output()).toContain('nothing is under way');
});

test('a server whose output nobody reads any more goes on, and ends in order', async () => {
  const { child, output } = await start(process.execPath, [launcher, 'serve']);
  const [url = ''] = /http:[\w./:]+/.exec(output()) ?? [];
  child.stdout.destroy();
  child.stderr.destroy();
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

async function start(command: string, args: string[]) {
  folder = mkdtempSync(join(tmpdir(), 'bellwire-launcher-'));
  const child = spawn(command, args, {
    env: { npm_command: 'run-script', BELLWIRE_PORT: '0', BELLWIRE_DATABASE_URL: `sqlite:${join(folder, 'b.db')}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  group = child.pid;
  let output = '';
  await new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (output.includes('is ready at')) resolve();
      });
    }
  });
  return { child, output: () => output };
}
