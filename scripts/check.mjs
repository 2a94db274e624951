// `npm run check`: types, type-aware lint, format, dead code, and generated files that are fresh. Runs all of them, then
// fails if any did, so that one run tells everything.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const checks = [
  { name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'types of the agent', command: 'tsc', args: ['-p', 'agent/tsconfig.json'] },
  { name: 'types of the admin', command: 'tsc', args: ['-p', 'admin/tsconfig.json'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', command: 'biome', args: ['check'] },
  { name: 'dead code', command: 'knip', args: [] },
  { name: 'generated files', command: 'node', args: ['scripts/openapi.mjs', 'check'] },
];

const failed = [];
for (const { name, command, args } of checks) {
  process.stdout.write(`── ${name}\n`);
  const { status } = spawnSync(join(root, 'node_modules', '.bin', command), args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) failed.push(name);
}
process.stdout.write(failed.length === 0 ? 'All checks passed.\n' : `Failed: ${failed.join(', ')}.\n`);
process.exit(failed.length === 0 ? 0 : 1);
