// Builds what pages load into dist/pages: the agent as a script and as an ES module, Segment's library as it is published,
// and the demo. Runs on any Node from 20.19 on; the tests call it too, so that they never try what an earlier tree had.
import { copyFileSync, cpSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
export async function buildAgent() {
  // Somebody may be reading what is there: each file is made elsewhere, and then takes its place at once.
  const pages = join(root, 'dist', `pages-${process.pid}`);
  mkdirSync(pages, { recursive: true });
  for (const [entry, format, name] of [
    ['script.ts', 'iife', 'agent.js'],
    ['bellwire.ts', 'esm', 'bellwire.mjs'],
  ]) {
    await build({
      input: join(root, 'agent', entry),
      // Browsers of the last four years; what is newer the agent asks for before it uses it.
      transform: { target: 'es2021' },
      output: { file: join(pages, name), format, minify: true },
    });
  }

  // For pages with Segment's snippet, which loads the library from the host that it is pointed at. MIT, with its licence.
  const segment = join(root, 'node_modules', '@segment', 'analytics-next');
  const bundles = join(pages, 'segment');
  mkdirSync(bundles);
  copyFileSync(join(segment, 'LICENSE.MD'), join(bundles, 'LICENSE.md'));
  for (const name of readdirSync(join(segment, 'dist', 'umd'))) {
    const isWanted = name === 'standalone.js' || /\.bundle\.[0-9a-f]+\.js$/.test(name);
    if (isWanted) copyFileSync(join(segment, 'dist', 'umd', name), join(bundles, name));
  }

  cpSync(join(root, 'demo'), join(pages, 'demo'), { recursive: true });
  putInPlace(pages, join(root, 'dist', 'pages'));
  rmSync(pages, { recursive: true });
}

/** Moves all files of a folder into another. Those that are there and are not made any more harm nobody. */
function putInPlace(from, to) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) putInPlace(source, target);
    else renameSync(source, target);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAgent();
