// Builds what pages load into dist/pages: the agent as a script and as an ES module, and Segment's library as it is
// published. Runs on any Node from 20.19 on; the tests call it too, so that they never try what an earlier tree had.
import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = join(root, 'dist', 'pages');

export async function buildAgent() {
  rmSync(pages, { recursive: true, force: true });
  mkdirSync(pages, { recursive: true });
  // Browsers of the last five years; what is newer is asked for before it is used.
  const options = { bundle: true, minify: true, target: 'es2021', absWorkingDir: root, logLevel: 'warning' };
  await build({ ...options, entryPoints: ['agent/script.ts'], format: 'iife', outfile: join(pages, 'agent.js') });
  await build({ ...options, entryPoints: ['agent/bellwire.ts'], format: 'esm', outfile: join(pages, 'bellwire.mjs') });

  // For pages with Segment's snippet, which loads the library from the host that it is pointed at. MIT, with its licence.
  const segment = join(root, 'node_modules', '@segment', 'analytics-next');
  const bundles = join(pages, 'segment');
  mkdirSync(bundles);
  copyFileSync(join(segment, 'LICENSE.MD'), join(bundles, 'LICENSE.md'));
  for (const name of readdirSync(join(segment, 'dist', 'umd'))) {
    const isWanted = name === 'standalone.js' || /\.bundle\.[0-9a-f]+\.js$/.test(name);
    if (isWanted) copyFileSync(join(segment, 'dist', 'umd', name), join(bundles, name));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAgent();
