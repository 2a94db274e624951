/** What the tests' own PostgreSQL promises: each version, whoever starts it, whatever happens to it, and nothing left behind. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { eventually } from './support/bellwire.ts';
import { entriesAbout } from './support/postgres-log.ts';
import { layOutPostgres } from './support/postgres-program.ts';
import { type PostgresServer, startPostgres } from './support/postgres-server.ts';
import { isRunning, processTree } from './support/process-table.ts';
import { openTestDatabase } from './support/test-database.ts';

async function ask(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  // Some of these tests cut it.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

describe.each([15, 18] as const)('PostgreSQL %i', (version) => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres({ version });
  });
  afterAll(() => server.close());

  test('answers, syncs, and orders text as a language does', async () => {
    const [row] = await ask(
      server.url(),
      `select current_setting('server_version_num')::int / 10000 as version, current_setting('fsync') as fsync,
        current_setting('server_encoding') as encoding, 'a' < 'B' as is_by_language`,
    );
    expect(row).toEqual({ version, fsync: 'on', encoding: 'UTF8', is_by_language: true });
  });

  test('is not run by root, nor for anybody without its password', async () => {
    const own = process.getuid?.();
    const nobody = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }));
    expect(statSync(server.dataFolder).uid).toBe(own === 0 ? nobody : own);
    const wrong = new URL(server.url());
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'select 1')).rejects.toThrow('password authentication failed');
  });

  test('logs what went wrong, whole, and told apart by database', async () => {
    for (const name of ['mine', 'others']) {
      await ask(server.url(), `create database ${name}`);
      await expect(ask(server.url(name), 'select 1,\n  no_such_column')).rejects.toThrow('no_such_column');
    }
    expect(
      entriesAbout(server.log(), new Set(['others', 'mine']))
        .join('\n')
        .match(/ERROR/g),
    ).toHaveLength(2);
    const entries = entriesAbout(server.log(), new Set(['mine'])).filter((entry) => entry.includes('no_such_column'));
    expect(entries).toEqual([
      expect.stringMatching(/ mine .*ERROR: /),
      expect.stringMatching(/ mine .*STATEMENT: {2}select 1,\n\s+no_such_column$/),
    ]);
    expect(entriesAbout(server.log(), new Set()).join('\n')).toContain('ready to accept connections');
  });

  test('keeps what was committed over a stop of each kind and a kill', async () => {
    await ask(server.url(), 'create table kept (n int)');
    const ends = [() => server.stop('fast'), () => server.stop('immediate'), () => server.kill()];
    for (const [n, end] of ends.entries()) {
      await ask(server.url(), `insert into kept values (${n})`);
      const pids = processTree(server.pid ?? 0);
      expect(pids.length).toBeGreaterThan(3);
      await end();
      expect(server.pid).toBeNull();
      expect(pids.filter(isRunning)).toEqual([]);
      await expect(ask(server.url(), 'select 1')).rejects.toThrow('ECONNREFUSED');
      await server.start();
    }
    expect(await ask(server.url(), 'select n from kept order by n')).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }]);
  });

  test('frozen it neither answers nor cuts anybody off, and goes on after', async () => {
    const client = new Client({ connectionString: server.url() });
    await client.connect();
    server.freeze();
    const answer = client.query("select 'answered' as said").then(({ rows }) => rows[0]?.said as string);
    // One that is not frozen answers within a millisecond.
    const silence = new Promise((resolve) => setTimeout(resolve, 100, 'silent'));
    expect(await Promise.race([answer, silence])).toBe('silent');
    server.thaw();
    expect(await answer).toBe('answered');
    await client.end();
  });

  test('leaves nothing behind, also when it was frozen', async () => {
    const pids = processTree(server.pid ?? 0);
    server.freeze();
    await server.close();
    expect(pids.filter(isRunning)).toEqual([]);
    expect(existsSync(server.dataFolder)).toBe(false);
  });
});

test('one that cannot start says why, with its log', async () => {
  const started = startPostgres({ settings: { shared_buffers: 'plenty' } });
  await expect(started).rejects.toThrow(/PostgreSQL 18 does not start: [\s\S]*shared_buffers/);
});

describe('a test run that is killed', () => {
  let folder: string;
  let run: ChildProcess | null = null;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'bellwire-run-'));
  });
  afterEach(() => {
    run?.kill('SIGKILL');
    rmSync(folder, { recursive: true });
  });

  interface StartedRun {
    /** Of the PostgreSQL, and of what is to end it. */
    pid: number;
    keeper: number;
    folders: string[];
  }

  /** Starts one in a process of its own, as this user, from a folder that anybody can reach. */
  async function startRun(user: { uid?: number; gid?: number }): Promise<StartedRun> {
    chmodSync(folder, 0o755);
    layOutPostgres(18, join(folder, 'program'), () => false);
    mkdirSync(join(folder, 'support'));
    for (const name of [
      'postgres-server.ts',
      'postgres-log.ts',
      'postgres-program.ts',
      'postgres-keeper.ts',
      'process-table.ts',
    ]) {
      const copy = join(folder, 'support', name);
      copyFileSync(fileURLToPath(new URL(`support/${name}`, import.meta.url)), copy);
      chmodSync(copy, 0o644);
    }
    const node = join(folder, 'node');
    copyFileSync(process.execPath, node);
    chmodSync(node, 0o755);
    const script = `
      import { startPostgres } from './support/postgres-server.ts';
      const server = await startPostgres({ program: ${JSON.stringify(join(folder, 'program'))} });
      console.log(JSON.stringify({ pid: server.pid, data: server.dataFolder, logFile: server.logFile }));
      setInterval(() => {}, 1000);`;
    const child = spawn(
      node,
      ['--disable-warning=ExperimentalWarning', '--input-type=module-typescript', '-e', script],
      {
        ...user,
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    run = child;
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const { pid, data, logFile } = JSON.parse(line) as { pid: number; data: string; logFile: string };
    const own = new Set([child.pid, ...processTree(pid)]);
    const keeper = processTree(child.pid ?? 0).find((each) => !own.has(each)) ?? 0;
    return { pid, keeper, folders: [dirname(data), dirname(logFile)] };
  }

  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  test.each([
    { who: 'the user who runs the tests', user: {} },
    { who: 'somebody who is not root', user: nobody },
  ])('takes its PostgreSQL with it, started by $who', async ({ user }) => {
    const { pid, folders } = await startRun(user);
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, 'SIGSTOP');
    run?.kill('SIGKILL');
    await eventually(async () => (isRunning(pid) || folders.some((each) => existsSync(each)) ? null : true));
  });

  test('and it is the keeper that does it', async () => {
    const { pid, keeper, folders } = await startRun({});
    process.kill(keeper, 'SIGKILL');
    run?.kill('SIGKILL');
    await eventually(async () => (isRunning(run?.pid ?? 0) ? null : true));
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, 'SIGQUIT');
    await eventually(async () => (isRunning(pid) ? null : true));
    for (const each of folders) rmSync(each, { recursive: true });
  });
});

describe('the database of a test', () => {
  test('is empty, its own, and gone afterwards', async () => {
    const databases = await Promise.all([openTestDatabase(), openTestDatabase()]);
    const urls = databases.map(({ address }) => (address.kind === 'postgres' ? address.url : ''));
    for (const url of urls) {
      expect(await ask(url, "select tablename from pg_tables where schemaname = 'public'")).toEqual([]);
      await ask(url, 'create table mine (n int)');
    }
    await Promise.all(databases.map((database) => database.close()));
    for (const url of urls) await expect(ask(url, 'select 1')).rejects.toThrow('does not exist');
  });

  test('tells who has not let go of it, and is gone all the same', async () => {
    const database = await openTestDatabase();
    const url = database.address.kind === 'postgres' ? database.address.url : '';
    const client = new Client({ connectionString: url, application_name: 'left behind' });
    client.on('error', () => {});
    await client.connect();
    await expect(database.close()).rejects.toThrow('left behind');
    await expect(ask(url, 'select 1')).rejects.toThrow('does not exist');
  });

  test('is on the server of this project', () => {
    expect(inject('database').kind).toBe('postgres');
  });
});
