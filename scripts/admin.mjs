// Builds the admin's pages into dist/pages/admin, unless what is there was made from these very files. Runs on any Node from
// 20.19 on; the tests call it too, so that they never try what an earlier tree had.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

export async function buildAdmin() {
  const folder = join(root, 'dist', 'pages', 'admin');
  const stamp = join(folder, 'made-from.txt');
  const source = sourceHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === source) return;
  // Somebody may be reading what is there: it is made elsewhere, and then takes its place at once.
  const made = `${folder}-${process.pid}`;
  await bundleAdmin(made, 'production');
  writeFileSync(join(made, 'made-from.txt'), source);
  mkdirSync(folder, { recursive: true });
  const old = `${made}-old`;
  renameSync(folder, old);
  renameSync(made, folder);
  rmSync(old, { recursive: true });
}

/** In the kind `development` React says in the console what it finds wrong with the pages, and all is twice as large. */
export async function bundleAdmin(folder, kind) {
  // Vite takes the kind from here before all else. A test runner has set it to `test`, which would make what nobody is served.
  const { NODE_ENV: before } = process.env;
  process.env.NODE_ENV = kind;
  try {
    await build({
      root: join(root, 'admin'),
      base: '/admin/',
      mode: kind,
      configFile: false,
      logLevel: 'warn',
      build: {
        outDir: folder,
        emptyOutDir: true,
        target: ['chrome123', 'firefox121', 'safari17.5'],
        // Nothing inline: the pages' Content-Security-Policy lets nothing in that is not a file of ours.
        assetsInlineLimit: 0,
        modulePreload: { polyfill: false },
        chunkSizeWarningLimit: kind === 'production' ? 700 : 2_000,
        rolldownOptions: {
          input: join(root, 'admin', 'page.html'),
          onLog(level, log, take) {
            // Libraries say "use client" to servers that render React; here there is none.
            if (log.code !== 'MODULE_LEVEL_DIRECTIVE') take(level, log);
          },
        },
      },
    });
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
}

/** Of all that the pages are made from: what is in admin/, this script, and the packages. */
function sourceHash() {
  const names = readdirSync(join(root, 'admin'), { recursive: true }).map((name) => join('admin', name));
  const hash = createHash('sha256');
  for (const name of [...names.sort(), join('scripts', 'admin.mjs'), 'package-lock.json']) {
    const path = join(root, name);
    if (statSync(path).isFile()) hash.update(`${name}\n`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildAdmin();
