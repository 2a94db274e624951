/** What the built server does when the ground gives way: its disk, its database, its own threads. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { databaseIn, keys, type ServerPlace, startServer, type TorturedServer } from '../../torture/server.ts';
import { planting } from '../support/plant.ts';

const timeout = 60_000;
let folder: string;
let servers: TorturedServer[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwire-faults-'));
  servers = [];
});
afterEach(async () => {
  for (const server of servers) server.signal('SIGKILL');
  await Promise.all(servers.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

describe('a disk that is nearly full', () => {
  test('no event is taken, before its body is read; the rest goes on', { timeout }, async () => {
    const { port } = await start({ env: { BELLWIRE_DISK_FREE_MIN_MB: '1000000000' } }).ready;
    // Only the head: an answer that comes all the same was given without the body.
    const { status, retryAfter } = await new Promise<{ status: number; retryAfter: unknown }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': '1000' };
      const asked = request({ port, method: 'POST', path: '/v1/track', headers }, (answer) => {
        resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers['retry-after'] });
        asked.destroy();
      });
      asked.on('error', reject);
      asked.flushHeaders();
    });
    expect([status, retryAfter]).toEqual([503, '30']);
    expect(await track(port, 'refused')).toBe(503);

    const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ reason: expect.stringContaining('BELLWIRE_DISK_FREE_MIN_MB') });
    expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
    const { id } = await api<{ id: string }>(port, 'POST', '/webhooks', { name: 'W', url: 'http://127.0.0.1:9/' });
    expect(await api(port, 'GET', '/webhooks')).toMatchObject({ items: [{ id }] });
    await api(port, 'DELETE', `/webhooks/${id}`);
  });

  test('a door that did not ask for it would be found out', { timeout }, async () => {
    const { env, nodeArgs } = planting('takes events whatever the disk says');
    const { port } = await start({ nodeArgs, env: { ...env, BELLWIRE_DISK_FREE_MIN_MB: '1000000000' } }).ready;
    expect(await track(port, 'taken')).toBe(200);
  });

  test('with the mark at 0 events are taken', { timeout }, async () => {
    const { port } = await start({ env: { BELLWIRE_DISK_FREE_MIN_MB: '0' } }).ready;
    expect(await track(port, 'taken')).toBe(200);
  });
});

describe('a sync that fails', () => {
  test('ends the server, and all that was acknowledged before is there', { timeout }, async (context) => {
    needInjection(context);
    const { code, acknowledged } = await untilItEnds(start({ within: failingSyncs }), 20_000);
    expect(code).toBe(1);
    expect(acknowledged.length).toBeGreaterThan(0);
    const again = start({});
    await again.ready;
    again.signal('SIGTERM');
    expect(await again.ended).toBe(0);
    expect(namesStored()).toEqual(expect.arrayContaining(acknowledged));
  });

  test('a server that went on after it would be found out', { timeout }, async (context) => {
    needInjection(context);
    const { code } = await untilItEnds(
      start({ within: failingSyncs, ...planting('goes on after a failed sync') }),
      100,
    );
    expect(code).toBe('still running');
  });
});

describe('a thread that is gone', () => {
  test.each([['loses its data thread'], ['hangs in its data thread', 'notices a hang sooner']])(
    'a server that %s says so and ends with 1',
    { timeout },
    async (...faults) => {
      const server = start(planting(...faults.filter((fault) => typeof fault === 'string')));
      await server.ready;
      expect(await server.ended, server.written()).toBe(1);
      expect(server.written()).toContain('cannot go on');
    },
  );
});

test('a server that did not mind a thread that hangs would be found out', { timeout }, async () => {
  const server = start(planting('hangs in its data thread', 'notices a hang sooner', 'does not mind a hang'));
  await server.ready;
  // Twice as long as the one that minds needs.
  const late = new Promise<'still running'>((resolve) => {
    setTimeout(() => resolve('still running'), 8000);
  });
  expect(await Promise.race([server.ended, late])).toBe('still running');
});

describe('a file that is damaged', () => {
  const damages: readonly (readonly [string, (file: string) => void])[] = [
    ['no database at all', (file) => writeFileSync(file, 'These are the notes of somebody.'.repeat(1000))],
    ['overwritten at its start', (file) => overwrite(file, 0, 100)],
    ['overwritten in its list of tables', (file) => overwrite(file, 100, 3900)],
  ];
  test.each(damages)(
    '%s: nothing starts, nothing is changed, and it says what to do',
    { timeout },
    async (_, damage) => {
      const whole = start({});
      const { port } = await whole.ready;
      expect(await track(port, 'kept')).toBe(200);
      whole.signal('SIGTERM');
      await whole.ended;
      damage(databaseIn(folder));
      const before = readFileSync(databaseIn(folder));

      const server = start({});
      expect(await server.ended).toBe(1);
      expect(server.written()).toMatch(/The database .*bellwire\.db is damaged.*backup.*secret\.key.*\.recover/s);
      expect(readFileSync(databaseIn(folder)).equals(before)).toBe(true);
      expect(readdirSync(folder)).toContain('secret.key');
    },
  );
});

function start(place: Partial<ServerPlace>): TorturedServer {
  const server = startServer({ folder, port: 0, ...place });
  servers.push(server);
  return server;
}

/** From the 60th on, of a thread; the first start takes some 20. */
const failingSyncs = ['strace', '-D', '-f', '-o', '/dev/null', '-e', 'trace=fsync,fdatasync'].concat([
  '-e',
  'inject=fsync,fdatasync:error=EIO:when=60+',
]);

function needInjection(context: TestContext): void {
  if (spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0) return;
  const words = 'strace cannot be run on this machine, so nobody has looked what happens when a sync fails.';
  if (process.env['CI'] !== undefined) throw new Error(`${words} Install it, and allow it to trace (ptrace).`);
  console.warn(words);
  context.skip(words);
}

/** Sends events until three were not taken; and then waits for the end, `waitMs` at most. */
async function untilItEnds(server: TorturedServer, waitMs: number) {
  const { port } = await server.ready;
  const acknowledged: string[] = [];
  let refusedCount = 0;
  for (let index = 0; refusedCount < 3 && index < 1000; index += 1) {
    const name = `event ${index}`;
    if ((await track(port, name)) === 200) acknowledged.push(name);
    else refusedCount += 1;
  }
  const code = await Promise.race([
    server.ended,
    new Promise<'still running'>((resolve) => {
      setTimeout(() => resolve('still running'), waitMs);
    }),
  ]);
  return { code, acknowledged };
}

function namesStored(): string[] {
  const database = new DatabaseSync(databaseIn(folder), { readOnly: true });
  const bodies = database.prepare("select body from events where type = 'trackEventReceived'").all();
  database.close();
  return bodies.map(({ body }) => (JSON.parse(String(body)) as { properties: { name: string } }).properties.name);
}

/** The status; 0 when there was no answer. */
async function track(port: number, name: string): Promise<number> {
  const sent = fetch(`http://127.0.0.1:${port}/data/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-pendo-integration-key': keys.trackSecret },
    body: JSON.stringify({ type: 'track', event: name, visitorId: 'ada' }),
  });
  return sent.then(
    ({ status }) => status,
    () => 0,
  );
}

async function api<Answer>(port: number, method: string, path: string, body?: object): Promise<Answer> {
  const answer = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.integrationKey}` },
    body: JSON.stringify(body ?? {}),
    ...(method === 'GET' ? { body: null } : {}),
  });
  const text = await answer.text();
  expect(answer.ok, text).toBe(true);
  return (text === '' ? null : JSON.parse(text)) as Answer;
}

function overwrite(file: string, at: number, bytes: number): void {
  writeSync(openSync(file, 'r+'), Buffer.alloc(bytes, 0xaa), 0, bytes, at);
}
