/**
 * A real PostgreSQL for tests, on a free port of the loopback, which can be stopped, killed, frozen and started again. Its
 * processes and folders are gone after `close`, and also when the process that started it is killed (postgres-keeper.ts).
 *
 * PostgreSQL refuses to run as root: who is root runs it as `nobody`.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { logLinePrefix } from './postgres-log.ts';
import { layOutPostgres, type PostgresVersion } from './postgres-program.ts';
import { isRunning, processTree } from './process-table.ts';

export interface PostgresServer {
  version: PostgresVersion;
  port: number;
  /** Of the process that is the parent of all its others; null while it is not running. */
  pid: number | null;
  /** What it is written in; belongs to the user that it runs as. */
  dataFolder: string;
  /** Its files are in memory, so that copying them costs less than logging them. */
  isInMemory: boolean;
  /** What its superuser connects to a database by, `postgres` when none is named. */
  url(database?: string): string;
  /** The file with all that it has logged. */
  logFile: string;
  log(): string;
  /** After a stop or a kill: the same data on the same port. */
  start(): Promise<void>;
  /** `fast` cuts all connections in an orderly way, `immediate` leaves the rest to recovery, `smart` waits for them to end. */
  stop(mode?: keyof typeof stopSignals): Promise<void>;
  /** `kill -9` of all its processes at once. */
  kill(): Promise<void>;
  /** Nothing answers any more, and connections stay open. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export interface PostgresOptions {
  version?: PostgresVersion;
  /** Of postgresql.conf, over those of tests. */
  settings?: Readonly<Record<string, string>>;
  /** Where its data folder is made: in memory if there is room, so that a sync costs no time. */
  dataIn?: string;
  /** A program that is laid out already. */
  program?: string;
}

const stopSignals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const patienceMs = 30_000;
const superuser = 'bellwire';

/** Rejects with a sentence that holds the end of its log when it does not start. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { version = 18, settings = {}, dataIn = memoryFolder() ?? tmpdir() } = options;
  const folder = newFolder(tmpdir());
  const dataParent = newFolder(dataIn);
  const dataFolder = join(dataParent, 'data');
  const keeper = startKeeper(dataFolder, [dataParent, folder]);
  const logFile = join(folder, 'log');
  const password = randomBytes(12).toString('hex');
  const user = userToBe();
  let frozen: number[] = [];
  let running: ChildProcess | null = null;

  const log = (): string => readFileSync(logFile, 'utf8');
  const run = (name: string, args: readonly string[]): ChildProcess => {
    const output = openSync(logFile, 'a');
    const child = spawn(join(program, 'bin', name), args, {
      ...user,
      // One of its own, and not the caller's, which the user that it runs as may not be able to enter.
      cwd: folder,
      // Not in the terminal's group: an interrupt there is the test run's to answer.
      detached: true,
      env: { LC_ALL: 'C', TZ: 'UTC' },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    return child;
  };
  const program = options.program ?? join(folder, 'program');

  const server: PostgresServer = {
    version,
    port: await freePort(),
    get pid() {
      return running?.pid ?? null;
    },
    dataFolder,
    isInMemory: dataIn === memoryFolder(),
    logFile,
    log,
    url: (database = 'postgres') => `postgres://${superuser}:${password}@127.0.0.1:${server.port}/${database}`,
    async start() {
      const given = { ...testSettings, port: String(server.port), ...settings };
      const child = run('postgres', [
        '-D',
        dataFolder,
        ...Object.entries(given).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ]);
      child.unref();
      running = child;
      await ready(child, dataFolder).catch(async (error: unknown) => {
        await server.kill();
        throw new Error(`PostgreSQL ${version} does not start: ${String(error)}\n${lastLines(log())}`);
      });
    },
    async stop(mode = 'fast') {
      server.thaw();
      const child = running;
      running = null;
      if (child === null || hasEnded(child)) return;
      child.kill(stopSignals[mode]);
      await ended(child);
    },
    async kill() {
      const child = running;
      running = null;
      frozen = [];
      if (child?.pid === undefined || hasEnded(child)) return;
      const pids = processTree(child.pid);
      const gone = ended(child);
      for (const pid of pids) signal(pid, 'SIGKILL');
      await gone;
      // A new one does not start while one of the old is left.
      while (pids.some(isRunning)) await delay(5);
    },
    freeze() {
      if (running?.pid === undefined) throw new Error('There is no PostgreSQL to freeze: it is not running.');
      // The parent first, so that it makes no more children meanwhile.
      signal(running.pid, 'SIGSTOP');
      frozen = processTree(running.pid);
      for (const pid of frozen) signal(pid, 'SIGSTOP');
    },
    thaw() {
      for (const pid of frozen.toReversed()) signal(pid, 'SIGCONT');
      frozen = [];
    },
    async close() {
      await server.stop('immediate');
      for (const each of [dataParent, folder]) rmSync(each, { recursive: true, force: true, maxRetries: 5 });
      keeper.stdin?.end();
      await ended(keeper);
    },
  };

  try {
    if (options.program === undefined) layOutPostgres(version, program, canReach);
    makeDataFolder();
    await server.start();
    return server;
  } catch (error) {
    await server.close();
    throw error;
  }

  function makeDataFolder(): void {
    const passwordFile = join(folder, 'password');
    writeFileSync(passwordFile, password, { mode: 0o600 });
    mkdirSync(dataFolder, { mode: 0o700 });
    if (user.uid !== undefined) for (const path of [dataFolder, passwordFile]) chownSync(path, user.uid, user.gid);
    try {
      execFileSync(join(program, 'bin', 'initdb'), [...initArgs, `--pwfile=${passwordFile}`, '-D', dataFolder], {
        ...user,
        cwd: folder,
        env: { LC_ALL: 'C', TZ: 'UTC' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    } catch (error) {
      throw new Error(`PostgreSQL ${version} cannot make its data folder: ${String(error)}`, { cause: error });
    }
  }
}

const initArgs = [
  `--username=${superuser}`,
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  // Text is ordered as a language orders it, as in most databases: what leans on the order of bytes has to say so.
  '--locale=C',
  '--locale-provider=icu',
  '--icu-locale=en',
  // If the machine loses its power, this database is not missed.
  '--no-sync',
  '--no-instructions',
];

const testSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  // Not beside the files of others, where it would stay after a kill.
  dynamic_shared_memory_type: 'mmap',
  max_connections: '200',
  shared_buffers: '64MB',
  // Tests make and drop many databases; what they logged need not be kept long.
  max_wal_size: '256MB',
  min_wal_size: '32MB',
  log_checkpoints: 'off',
  log_line_prefix: logLinePrefix,
};

/** Where the system keeps files in memory, if there is room for some hundred databases. */
function memoryFolder(): string | null {
  const path = '/dev/shm';
  const roomMin = 2 * 2 ** 30;
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize >= roomMin && process.availableMemory() >= 2 * roomMin ? path : null;
  } catch {
    return null;
  }
}

/** Others may pass through it. */
function newFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, 'bellwire-postgres-'));
  chmodSync(folder, 0o755);
  return folder;
}

function userToBe(): { uid: number; gid: number } | { uid?: never; gid?: never } {
  if (process.getuid?.() !== 0) return {};
  return { uid: idOfNobody('-u'), gid: idOfNobody('-g') };
}

function idOfNobody(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}

/** Whether the user that it runs as can read a file. */
function canReach(path: string): boolean {
  const user = userToBe();
  return user.uid === undefined || spawnSync('test', ['-r', path], { ...user, cwd: '/' }).status === 0;
}

/** Below those that systems give to outgoing connections, so that it is still free after a stop. */
async function freePort(): Promise<number> {
  for (;;) {
    const probe = createServer();
    probe.listen(randomInt(20_000, 30_000), '127.0.0.1');
    const port = await Promise.race([
      once(probe, 'listening').then(() => (probe.address() as { port: number }).port),
      once(probe, 'error').then(() => null),
    ]).catch(() => null);
    probe.close();
    if (port !== null) return port;
  }
}

function startKeeper(dataFolder: string, folders: readonly string[]): ChildProcess {
  const path = fileURLToPath(new URL('postgres-keeper.ts', import.meta.url));
  const args = ['--disable-warning=ExperimentalWarning', path, dataFolder, ...folders];
  const keeper = spawn(process.execPath, args, { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  keeper.unref();
  (keeper.stdin as unknown as { unref(): void }).unref();
  return keeper;
}

/** Once it takes connections, as its own file says. */
async function ready(child: ChildProcess, dataFolder: string): Promise<void> {
  const deadline = Date.now() + patienceMs;
  let failure: string | null = null;
  child.once('error', (error) => {
    failure = error.message;
  });
  for (;;) {
    const lines = linesOf(join(dataFolder, 'postmaster.pid'));
    if (lines[0] === String(child.pid) && lines[7]?.trim() === 'ready') return;
    if (failure !== null) throw new Error(failure);
    if (hasEnded(child)) throw new Error(`It ended with ${String(child.exitCode ?? child.signalCode)}.`);
    if (Date.now() > deadline) throw new Error(`It is not ready after ${patienceMs} ms.`);
    await delay(5);
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  await once(child, 'exit', { signal: AbortSignal.timeout(patienceMs) });
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended meanwhile.
  }
}

function lastLines(text: string): string {
  return text.split('\n').slice(-30).join('\n');
}
