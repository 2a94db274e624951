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
  folder = mkdtempSync(join(tmpdir(), 'bellwire-launcher-'));
  // The second command keeps the shell from becoming the first one.
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${launcher}" serve; exit 9`], {
    env: { npm_command: 'run-script', BELLWIRE_PORT: '0', BELLWIRE_DATABASE_URL: `sqlite:${join(folder, 'b.db')}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  group = shell.pid;
  let log = '';
  shell.stdout.setEncoding('utf8').on('data', (text: string) => void (log += text));
  await new Promise<void>((resolve) => {
    let said = '';
    shell.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('is ready at')) resolve();
    });
  });
  shell.kill('SIGTERM');
  // The server holds the other end of the shell's output, so this closes only when the server has ended too.
  const [code, signal] = await once(shell, 'close');
  expect([code, signal]).toEqual([null, 'SIGTERM']);
  expect(log).toContain('nothing is under way');
});
