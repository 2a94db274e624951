// Runs before every npm script, on whatever Node the machine has (20.19 or newer) and with nothing installed: installs
// what the lock file names when it is not there yet, and builds when asked to (`prepare.mjs build`). The packages bring
// their own Node 24; each script that follows runs on that one, because npm puts node_modules/.bin first in the PATH.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const lockHash = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const stamp = join(root, 'node_modules', '.bellwire-lock');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== lockHash) {
  process.stderr.write('Installing what package-lock.json names (once) …\n');
  // No dependency needs an install script, so none may run. It is not `npm ci`, because that insists on an entry for every
  // platform's build of our tools, and refuses a lock file that was made where not all of them can be had; `--no-save` keeps
  // this from writing to the lock file, so what it names is what is installed.
  run('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, lockHash);
}

if (process.argv[2] === 'build') {
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  run(tsc, ['-p', 'tsconfig.build.json']);
  const { buildAgent } = await import('./agent.mjs');
  await buildAgent();
  run(tsc, ['-p', 'agent/tsconfig.build.json']);
  const { buildAdmin } = await import('./admin.mjs');
  await buildAdmin();
}

/** Runs a command in the project's folder, its output on stderr, and ends this process with its exit code if it fails. */
function run(command, args) {
  const windows = process.platform === 'win32';
  const { status, error } = spawnSync(windows ? `"${command}"` : command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: windows,
  });
  if (error !== undefined) process.stderr.write(`${command}: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}
