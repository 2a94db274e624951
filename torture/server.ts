/** The built server in a process of its own, as a user starts it, and what can be done to it from outside. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const keys = {
  apiKey: 'torture-api-key',
  trackSecret: 'torture-track-secret',
  integrationKey: 'torture-integration-key',
};

export interface ServerPlace {
  /** Holds the database. */
  folder: string;
  /** 0 for any that is free. */
  port: number;
  /** Before the program: to start it with a fault planted. */
  nodeArgs?: readonly string[];
  /** A command that runs it and becomes it, such as `strace -D`. */
  within?: readonly string[];
  env?: Readonly<Record<string, string>>;
}

export interface TorturedServer {
  pid: number;
  /** How it began: where it listens and how long that took; rejects when it ended before. */
  ready: Promise<{ port: number; afterMs: number }>;
  /** Settles when the process is gone: its exit code, or null after a signal. */
  ended: Promise<number | null>;
  /** What it wrote, for the report of a run that failed. */
  written(): string;
  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Takes from the process the right to write to any file beyond so many bytes, as on a full disk; null gives it back. */
  limitFiles(bytes: number | null): void;
}

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const writtenCharsMax = 20_000;

export function databaseIn(folder: string): string {
  return join(folder, 'bellwire.db');
}

export function startServer({ folder, port, nodeArgs = [], within = [], env = {} }: ServerPlace): TorturedServer {
  const startedAt = performance.now();
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', ...nodeArgs, main, 'serve'];
  const [command = '', ...args] = [...within, ...node];
  const child = spawn(command, args, {
    env: {
      PATH: process.env['PATH'],
      BELLWIRE_PORT: String(port),
      BELLWIRE_DATABASE_URL: `sqlite:${databaseIn(folder)}`,
      BELLWIRE_API_KEY: keys.apiKey,
      BELLWIRE_TRACK_SECRET: keys.trackSecret,
      BELLWIRE_INTEGRATION_KEY: keys.integrationKey,
      BELLWIRE_INGEST_RATE: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('The server could not be started.');
  // Whatever ends the torture ends the server too.
  const killed = (): void => void child.kill('SIGKILL');
  process.once('exit', killed);
  let text = '';
  const ended = once(child, 'exit').then(([code]) => {
    process.off('exit', killed);
    return code as number | null;
  });
  const ready = new Promise<{ port: number; afterMs: number }>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      text = (text + chunk.toString()).slice(-writtenCharsMax);
      const found = /"url":"http:\/\/127\.0\.0\.1:(\d+)"/.exec(text);
      if (found !== null) resolve({ port: Number(found[1]), afterMs: performance.now() - startedAt });
    };
    pipesOf(child).forEach((pipe) => pipe.on('data', read));
    void ended.then((code) => reject(new Error(`The server ended with ${String(code)} before it was ready:\n${text}`)));
  });
  // Whoever kills it while it starts does not ask.
  ready.catch(() => {});
  return {
    pid,
    ready,
    ended,
    written: () => text,
    signal: (name) => void child.kill(name),
    limitFiles(bytes) {
      const limit = bytes === null ? 'unlimited' : String(bytes);
      const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${limit}:unlimited`]);
      if (status !== 0) throw new Error(`prlimit failed: ${String(stderr)}`);
    },
  };
}

/** Whether this machine can take from a process the right to make files longer. */
export function canLimitFiles(): boolean {
  return spawnSync('prlimit', ['--version']).status === 0;
}

function pipesOf(child: ChildProcess): NodeJS.ReadableStream[] {
  return [child.stdout, child.stderr].filter((pipe) => pipe !== null);
}
