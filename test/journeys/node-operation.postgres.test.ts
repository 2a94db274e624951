/** Nodes on one PostgreSQL as an operator meets them: roles, tables, keys, and what is said when something is wrong. */
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../src/settings.ts';
import { type Bellwire, eventually, startBellwire, testKeys, track } from '../support/bellwire.ts';
import { type Program, startProgram } from '../support/program.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openTestDatabase, type TestDatabase } from '../support/test-database.ts';

let database: TestDatabase;
/** Where it is, with the user and the password. */
let databaseUrl: string;
let receiver: Receiver;
const programs: Program[] = [];
const nodes = new Set<Bellwire>();
beforeEach(async () => {
  database = await openTestDatabase();
  databaseUrl = database.address.kind === 'postgres' ? database.address.url : '';
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
  for (const node of nodes) await stop(node);
  await receiver.close();
  await database.close();
});

describe('roles', () => {
  test('three nodes share the work, and each says what is not its own', async () => {
    const ingest = await node({ roles: ['ingest'], nodeName: 'in-1' });
    const deliver = await node({ roles: ['deliver'], nodeName: 'out-1' });
    const admin = await node({ roles: ['admin'], nodeName: 'admin-1' });
    const { id } = await admin.addWebhook({ url: receiver.url, events: 'all' });

    // The node that takes events has heard of the webhook from another one.
    await eventually(async () => {
      expect((await track(ingest.url, 'Bought')).status).toBe(200);
      return receiver.requests.length > 0 ? receiver.requests : null;
    });
    await eventually(async () => {
      const { items } = await admin.api<{ items: { state: string }[] }>('GET', '/deliveries');
      return items.length > 0 && items.every(({ state }) => state === 'delivered') ? items : null;
    });
    expect(await sentBy(deliver)).toBeGreaterThan(0);
    expect(await sentBy(ingest)).toBe(0);
    expect(await sentBy(admin)).toBe(0);
    expect(await admin.api('POST', `/webhooks/${id}/test`, {})).toMatchObject({ delivered: true });

    for (const { url } of [deliver, admin]) {
      const refused = await track(url, 'Bought');
      expect(refused.status).toBe(503);
      expect(await refused.text()).toContain('BELLWIRE_ROLES leave out ingest');
    }
    for (const server of [ingest, deliver]) {
      await expect(server.api('GET', '/webhooks')).rejects.toThrow('BELLWIRE_ROLES leave out admin');
    }
    for (const { url } of [ingest, deliver, admin]) {
      expect(await (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ok' });
      expect(await metricsOf(url)).toContain('\nbellwire_deliveries_pending 0\n');
    }
    expect(await metricsOf(deliver.url)).toContain('bellwire_node_info{node="out-1",roles="deliver",');
  });

  test('what nobody sends waits, and is sent when somebody comes who does', async () => {
    const first = await node({ roles: ['ingest', 'admin'] });
    await first.addWebhook({ url: receiver.url, events: ['trackEventReceived'] });
    expect((await track(first.url, 'Bought')).status).toBe(200);
    expect(await pendingOf(first.url)).toBe(1);
    expect(receiver.connectionCount).toBe(0);
    await node({ roles: ['deliver'] });
    await receiver.next();
    await eventually(async () => ((await pendingOf(first.url)) === 0 ? true : null));
  });

  test('what is done on a node that sends nothing is told by one that does, and so is what the server itself does', async () => {
    const admin = await node({ roles: ['admin'] });
    const deliver = await node({ roles: ['deliver'] });
    const { id } = await admin.addWebhook({ url: receiver.url, events: ['adminEvent'] });
    expect(await toldNext()).toMatchObject({ action: 'webhook.enabled', targetId: id });
    await admin.api('PATCH', '/settings', { retentionDays: 12 });
    const actor = { kind: 'key' };
    expect(await toldNext()).toMatchObject({ action: 'settings.changed', actor, after: { retentionDays: 12 } });

    // This one is switched off by the node that sends, which then has an entry of its own to send.
    const gone = await startReceiver();
    gone.behave(410);
    const { id: goneId } = await admin.api<{ id: string }>('POST', '/webhooks', {
      name: 'Gone',
      url: gone.url,
      events: ['adminEvent'],
    });
    await admin.api('POST', `/webhooks/${goneId}/enable`, {});
    const told = [await toldNext(), await toldNext(), await toldNext()];
    expect(new Set(told.map(({ action }) => action))).toEqual(
      new Set(['webhook.created', 'webhook.enabled', 'webhook.disabled']),
    );
    expect(told.find(({ action }) => action === 'webhook.disabled')).toMatchObject({
      targetId: goneId,
      actor: { kind: 'server' },
    });
    await gone.close();
    expect(await sentBy(admin)).toBe(0);
    expect(gone.requests.length).toBeGreaterThan(0);
    await eventually(async () => ((await sentBy(deliver)) === 5 + gone.requests.length ? true : null));
  });
});

describe('tables', () => {
  test('of many that bring them up to date at once one does it, and all succeed', async () => {
    const all = Array.from({ length: 4 }, () => start(['migrate']));
    expect(await Promise.all(all.map(({ ended }) => ended))).toEqual([0, 0, 0, 0]);
    const said = all.map((program) => program.out());
    expect(said.filter((text) => text.includes('is up to date now: 0001-first-tables, '))).toHaveLength(1);
    expect(said.filter((text) => text.includes('was up to date, and nothing was changed.'))).toHaveLength(3);
  });

  test('of many that start at once on an empty database one makes the keys, and all serve', async () => {
    const servers = Array.from({ length: 3 }, () => start(['serve']));
    const urls = await Promise.all(
      servers.map(async (program) => (await program.wrote(/is ready at (http:\S+)/))[1] ?? ''),
    );
    const first = servers.filter((program) => program.err().includes('This is its first start'));
    expect(first).toHaveLength(1);
    for (const url of urls) expect((await track(url, 'Bought')).status).toBe(200);
    // The commands cannot look for the key in a file, so they are shown with it.
    expect(first[0]?.err()).toMatch(/bellwire listen .* --api-key [0-9a-f-]{36} --send trackEventReceived/);
  });

  test('a node that must not change them refuses to start while they are behind', async () => {
    const strict = { BELLWIRE_MIGRATE: 'off' };
    const behind = start(['serve'], strict);
    expect(await behind.ended).toBe(1);
    expect(behind.err()).toMatch(/^The database is not up to date: 0001-first-tables, .* are missing/);
    expect(await ask("select 1 from pg_tables where schemaname = 'public'")).toEqual([]);
    expect(await start(['migrate']).ended).toBe(0);
    await start(['serve'], strict).wrote(/is ready at/);
  });

  test.each(['serve', 'migrate'])('%s of a version that is older than they are refuses', async (command) => {
    expect(await start(['migrate']).ended).toBe(0);
    await ask("insert into migrations values ('9999-from-the-future')");
    const older = start([command]);
    expect(await older.ended).toBe(1);
    expect(older.err()).toMatch(/^The database is ahead of this Bellwire .* 9999-from-the-future/);
  });
});

describe('the secret key', () => {
  test('is changed on two nodes by turns, and secrets can be read all the while', async () => {
    const [former, present] = [randomBytes(32), randomBytes(32)];
    const phases = [
      { secretKey: former, formerSecretKeys: [present] },
      { secretKey: present, formerSecretKeys: [former] },
      { secretKey: present },
    ];
    const pair = [await node({ secretKey: former }), await node({ secretKey: former })];
    const { id } = (await pair[0]?.addWebhook({ url: receiver.url, headers: { 'X-Key': 'sealed' } })) ?? { id: '' };
    for (const phase of phases) {
      for (const [turn, before] of pair.entries()) {
        await stop(before);
        pair[turn] = await node(phase);
        for (const server of pair) {
          expect(await server.api('POST', `/webhooks/${id}/test`, {})).toMatchObject({ delivered: true });
          expect((await receiver.next()).headers['x-key']).toBe('sealed');
        }
      }
    }
    const other = start(['serve'], { BELLWIRE_SECRET_KEY: former.toString('hex') });
    expect(await other.ended).toBe(1);
    expect(other.err()).toMatch(/^BELLWIRE_SECRET_KEY is not the key/);
  });
});

describe('what is said', () => {
  const password = 'hunter2-of-the-database';

  test('when the database cannot be used names it, says how to mend it, and never a password', async () => {
    const { host, hostname, pathname } = new URL(databaseUrl);
    const wrong: [string, RegExp][] = [
      [
        `postgres://nobody-of-that-name:${password}@${host}${pathname}`,
        /refuses user or password|does not let this user/,
      ],
      [`postgres://bell:${password}@${hostname}:1${pathname}`, /does not answer/],
      [`postgres://bell:${password}@nowhere.invalid${pathname}`, /cannot be found/],
      [databaseUrl.replace(pathname, '/not-there'), /is not there: make it with `createdb`/],
    ];
    const told = wrong.map(async ([url, says], index) => {
      // Both look the same way, so half of them each have to do.
      const program = start([index % 2 === 0 ? 'serve' : 'migrate'], {
        BELLWIRE_DATABASE_URL: url,
        BELLWIRE_LOG_LEVEL: 'trace',
      });
      expect(await program.ended).toBe(1);
      expect(program.err()).toMatch(says);
      expect(program.err()).toMatch(/^The database postgres:\/\/[^@]+ /m);
      expectSilenceOn([password, new URL(databaseUrl).password], program);
    });
    await Promise.all(told);
  });

  test('while the database is cut off is in a log that names the node, and holds no password', async () => {
    const program = start(['serve'], { BELLWIRE_NODE_NAME: 'cut-1', BELLWIRE_LOG_LEVEL: 'trace' });
    const [, url = ''] = await program.wrote(/is ready at (http:\S+)/);
    const others = "pid <> pg_backend_pid() and datname = current_database() and backend_type = 'client backend'";
    for (let round = 0; round < 3; round += 1) {
      await ask(`select pg_terminate_backend(pid) from pg_stat_activity where ${others}`);
      await track(url, 'Bought');
    }
    await eventually(async () => ((await track(url, 'Bought')).status === 200 ? true : null));
    program.signal('SIGTERM');
    expect(await program.ended).toBe(0);
    const lines = program.out().trim().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('node', 'cut-1');
    expectSilenceOn([new URL(databaseUrl).password], program);
    // What is in the log would have been found in it.
    expect(() => expectSilenceOn(['cut-1'], program)).toThrow('cut-1');
  });

  test('while the database lets nobody in is 503 at doors and API, metrics go on, and all of it recovers', async () => {
    const { url } = await node();
    const name = new URL(databaseUrl).pathname.slice(1);
    const question = () =>
      fetch(`${url}/api/v1/settings`, { headers: { authorization: `Bearer ${testKeys.integrationKey}` } });
    expect((await question()).status).toBe(200);
    await admit(name, false);
    try {
      for (const response of [await track(url, 'Bought'), await question(), await fetch(`${url}/readyz`)]) {
        expect(response.status).toBe(503);
        expect(response.headers.get('retry-after')).toBe('5');
      }
      expect(await metricsOf(url)).toMatch(/^bellwire_deliveries_pending NaN$/im);
      expect((await fetch(`${url}/livez`)).status).toBe(200);
    } finally {
      await admit(name, true);
    }
    await eventually(async () => ((await fetch(`${url}/readyz`)).status === 200 ? true : null));
    await eventually(async () => ((await track(url, 'Bought')).status === 200 ? true : null));
    expect((await question()).status).toBe(200);
    expect(await metricsOf(url)).toMatch(/^bellwire_deliveries_pending \d+$/m);
  });
});

/** Lets connections to the database be made, or ends those that there are and lets none be made. */
async function admit(name: string, admitted: boolean): Promise<void> {
  await ask(`alter database ${name} allow_connections ${admitted}`, 'postgres');
  if (!admitted)
    await ask(`select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`, 'postgres');
}

/** Asks the test's database, or another one on the same server. */
async function ask(sql: string, name?: string): Promise<unknown[]> {
  const url = new URL(databaseUrl);
  if (name !== undefined) url.pathname = `/${name}`;
  const client = new Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const secretKey = randomBytes(32);

/** A node in this process. */
async function node(settings: Partial<Config> = {}): Promise<Bellwire> {
  const started = await startBellwire({ database: database.address, secretKey, ...settings });
  nodes.add(started);
  return started;
}

async function stop(node: Bellwire): Promise<void> {
  nodes.delete(node);
  await node.close();
}

/** A command in a process of its own. */
function start(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Program {
  const program = startProgram(args, { ...programSettings(), ...settings });
  programs.push(program);
  return program;
}

function programSettings(): Record<string, string> {
  return {
    BELLWIRE_DATABASE_URL: databaseUrl,
    BELLWIRE_PORT: '0',
    BELLWIRE_SECRET_KEY: secretKey.toString('hex'),
    BELLWIRE_TRACK_SECRET: testKeys.trackSecret,
    BELLWIRE_INTEGRATION_KEY: testKeys.integrationKey,
  };
}

function expectSilenceOn(secrets: readonly string[], program: Program): void {
  for (const secret of secrets) {
    if (secret === '') continue;
    for (const written of [secret, decodeURIComponent(secret)]) {
      expect(program.out() + program.err()).not.toContain(written);
    }
  }
}

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

async function pendingOf(url: string): Promise<number> {
  return Number(/^bellwire_deliveries_pending (\d+)$/m.exec(await metricsOf(url))?.[1]);
}

/** How many attempts a node has made. */
/** What the next request says of an entry of the audit log. */
async function toldNext(): Promise<Record<string, unknown>> {
  const { body } = await receiver.next();
  const { event, properties } = JSON.parse(body.toString()) as { event: string; properties: Record<string, unknown> };
  expect(event).toBe('adminEvent');
  return properties;
}

async function sentBy({ url }: Bellwire): Promise<number> {
  const counts = [...(await metricsOf(url)).matchAll(/^bellwire_attempts_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
