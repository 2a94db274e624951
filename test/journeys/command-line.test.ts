/** The program as a new user meets it: three commands, in processes of their own. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { send } from '../../src/cli/send.ts';
import { systemClock } from '../../src/core/clock.ts';
import { eventTypes } from '../../src/core/event.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { eventually } from '../support/bellwire.ts';
import { type Program, startProgram } from '../support/program.ts';

const folders: string[] = [];
const programs: Program[] = [];
afterEach(async () => {
  for (const program of programs.splice(0)) {
    program.signal('SIGKILL');
    await program.ended;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('bellwire', () => {
  test('takes an event on its whole journey in two terminals', async () => {
    const env = inNewFolder();
    const server = start(['serve'], env);
    const [, key = '', url = ''] = await server.wrote(/INTEGRATION_KEY=(\S+) npx bellwire listen --url (\S+)/);

    const listener = start(['listen', '--url', url, '--key', key, '--send', 'trackEventReceived'], env);
    await listener.wrote(/trackEventReceived "Plan Upgraded".*\n.*\n/);
    const lines = listener.out().split('\n');
    for (const type of ['visitorCreated', 'accountCreated', 'trackEventReceived']) {
      const at = lines.findIndex(
        (line) => line.includes(`  ${type}`) && line.includes('ada.lovelace@analytical.example'),
      );
      expect(lines[at + 1]?.trim()).toBe('X-Pendo-Signature holds, Standard Webhooks signature holds');
    }

    listener.signal('SIGINT');
    expect(await listener.ended).toBe(0);
    expect(listener.err()).toContain('Received 3, of which 0 with a wrong signature.');
    const webhooks = await fetch(`${url}/api/v1/webhooks`, { headers: { authorization: `Bearer ${key}` } });
    expect(await webhooks.json()).toMatchObject({ items: [] });

    server.signal('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  test('sends a sample of every event type that its doors take', async () => {
    const env = inNewFolder();
    const server = start(['serve'], env);
    const [, key = '', url = ''] = await server.wrote(/INTEGRATION_KEY=(\S+) npx bellwire listen --url (\S+)/);
    const listener = start(['listen', '--url', url, '--key', key], env);
    await listener.wrote(/Receiving at/);
    const [, apiKey = ''] = await server.wrote(/API key .* (\S+)\n/);
    for (const type of eventTypes) {
      const request = { type, url, apiKey, apiKeyFrom: 'the test', visitorId: null, accountId: null };
      await send(request, { clock: systemClock, terminal: { out() {}, note() {} } });
      await listener.wrote(new RegExp(`  ${type}`));
    }
    expect(listener.out()).not.toContain('IS WRONG');
  });

  test('shows its keys at the first start only, and never in the log', async () => {
    const env = inNewFolder();
    const first = start(['serve'], env);
    const [, integrationKey = ''] = await first.wrote(/Integration key .* (\S+)\n/);
    const [, apiKey = ''] = await first.wrote(/API key .* (\S+)\n/);
    const [, firstUrl = ''] = await first.wrote(/is ready at (\S+)/);
    first.signal('SIGINT');
    expect(await first.ended).toBe(0);
    for (const line of first.out().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    expect(first.out()).not.toContain(integrationKey);
    expect(first.out()).not.toContain(apiKey);

    const second = start(['serve'], env);
    await second.wrote(/is ready at/);
    expect(second.err()).not.toContain('first start');

    // `send` finds the key in the database by itself, while the server is running.
    const [, url = ''] = await second.wrote(/is ready at (\S+)/);
    const sender = start(['send', 'guideDisplayed', '--url', url, '--visitor', 'eve'], env);
    expect(await sender.ended).toBe(0);
    expect(sender.out()).toContain('Accepted: guideDisplayed of visitor eve');
    // But not of a database elsewhere than in the folder where it runs, so the hint has the key, where it is known.
    expect(first.err()).toContain(`npx bellwire send guideDisplayed --url ${firstUrl} --api-key ${apiKey}\n`);
  });

  test('sends again what has failed, after it was counted and somebody said yes', async () => {
    const env = { ...inNewFolder(), BELLWIRE_INTEGRATION_KEY: 'a-key-of-ours-0001' };
    const server = start(['serve'], env);
    const [, url = ''] = await server.wrote(/is ready at (\S+)/);
    const answer400 = start(['listen', '--url', url, '--status', '400'], env);
    const [, webhook = ''] = await answer400.wrote(/by webhook (wh_\w+)/);
    const sender = start(['send', 'npsSubmitted', '--url', url], env);
    expect(await sender.ended).toBe(0);
    await answer400.wrote(/npsSubmitted/);
    await eventually(async () => {
      const count = start(['replay', '--url', url, '--webhook', webhook, '--type', 'npsSubmitted', '--count'], env);
      expect(await count.ended).toBe(0);
      return count.out().includes('failed deliveries of npsSubmitted to bellwire listen: 1\n') ? count : null;
    });

    // Its input is at its end, which is no yes.
    const unsure = start(['replay', '--url', url, '--code', 'http_400'], env);
    expect(await unsure.ended).toBe(1);
    expect(unsure.err()).toContain('Nothing was sent.');
    const careless = start(['replay', '--url', url], env);
    expect(await careless.ended).toBe(1);
    expect(careless.err()).toContain('This would send everything again. Say which: --webhook, ');
    const late = start(['replay', '--url', url, '--from', 'yesterday'], env);
    expect(await late.ended).toBe(1);
    expect(late.err()).toContain('--from must be a moment');
    expect(answer400.out()).toContain('; try 1, answered 400\n');

    const replayed = start(['replay', '--url', url, '--type', 'npsSubmitted', '--yes'], env);
    expect(await replayed.ended).toBe(1);
    expect(replayed.out()).toMatch(/\nfinished: 1 of 1 put back, 0 delivered, 1 failed, 0 on their way\n$/);
    expect(answer400.out().match(/npsSubmitted/g)).toHaveLength(2);
  });

  test('makes no keys before it has a place to listen', async () => {
    const env = inNewFolder();
    const server = start(['serve'], env);
    const [, port = ''] = await server.wrote(/is ready at http:\/\/127\.0\.0\.1:(\d+)/);
    const other = inNewFolder();
    const late = start(['serve', '--port', port], other);
    expect(await late.ended).toBe(1);
    expect(late.err()).toBe(
      `Something else already listens on port ${port}: stop it, or choose another with --port.\n`,
    );
    expect(existsSync(other.BELLWIRE_DATABASE_URL.slice('sqlite:'.length))).toBe(false);
    await start(['serve'], other).wrote(/Integration key .* bwi_/);
  });

  test('does not show keys that its settings fix', async () => {
    const fixed = { BELLWIRE_TRACK_SECRET: 'a-track-secret-of-ours', BELLWIRE_INTEGRATION_KEY: 'a-key-of-ours-0001' };
    const server = start(['serve'], { ...inNewFolder(), ...fixed });
    await server.wrote(/BELLWIRE_INTEGRATION_KEY=<integration key> npx bellwire listen /);
    expect(server.err()).toMatch(/API key .* [0-9a-f-]{36}\n/);
    for (const key of Object.values(fixed)) expect(server.err() + server.out()).not.toContain(key);
  });

  test('names everything that is wrong with its settings, and starts nothing', async () => {
    const env = inNewFolder();
    const program = start(['serve', '--prt', '80'], { ...env, BELLWIRE_PORT: 'x', BELLWIRE_LOG_LEVL: 'info' });
    expect(await program.ended).toBe(1);
    expect(program.err()).toContain('--prt is not a flag. Did you mean --port?');
    expect(program.err()).toContain('BELLWIRE_PORT is "x"');
    expect(program.err()).toContain('BELLWIRE_LOG_LEVL is not a setting. Did you mean BELLWIRE_LOG_LEVEL?');
    expect(existsSync(env.BELLWIRE_DATABASE_URL.slice('sqlite:'.length))).toBe(false);
  });

  test('says what is wrong in a sentence', async () => {
    const env = inNewFolder();
    const server = start(['serve'], env);
    const [, url = '', port = ''] = await server.wrote(/is ready at (http:\/\/127\.0\.0\.1:(\d+))/);
    const databasePath = env.BELLWIRE_DATABASE_URL.slice('sqlite:'.length);
    const mishaps = [
      { args: ['sned'], says: 'There is no command "sned". Did you mean npx bellwire send?' },
      { args: ['send', 'guideDisplayd'], says: 'Did you mean guideDisplayed?' },
      {
        args: ['send', 'guideDisplayed', '--url', url, '--api-key', 'wrong'],
        says: 'The server does not know the key from --api-key',
      },
      { args: ['listen', '--url', url, '--key', 'wrong-integration-key'], says: 'The server does not know this key' },
      {
        args: ['send', 'guideDisplayed', '--url', 'http://127.0.0.1:1', '--api-key', 'k'],
        says: 'No server answers at http://127.0.0.1:1',
      },
      {
        args: ['serve', '--port', port, '--database-url', `${env.BELLWIRE_DATABASE_URL}.other`],
        says: 'already listens on port',
      },
      {
        args: ['serve', '--port', '0', '--database-url', `${env.BELLWIRE_DATABASE_URL}/inside.db`],
        says: /The database cannot be opened or made at .*inside\.db .* --database-url/,
      },
      {
        args: ['serve', '--port', '0', '--database-url', `sqlite:${dirname(databasePath)}`],
        says: /The database cannot be opened or made at .* --database-url/,
      },
      {
        args: ['serve', '--port', '0', '--database-url', `sqlite:${join(dirname(databasePath), 'secret.key')}`],
        says: /^The database .*secret\.key is damaged, or is no database\. .* --database-url/,
      },
    ];
    for (const { args, says } of mishaps) {
      const program = start(args, env);
      expect([args, await program.ended]).toEqual([args, 1]);
      expect(program.err()).toMatch(says);
      expect(program.err()).not.toContain('    at ');
    }
  });

  test('brings a database up to date without serving, and only while nobody serves it', async () => {
    const env = inNewFolder();
    const strict = { ...env, BELLWIRE_MIGRATE: 'off' };
    const behind = start(['serve'], strict);
    expect(await behind.ended).toBe(1);
    expect(behind.err()).toMatch(
      /^The database is not up to date: 0001-first-tables.* are missing.* `npx bellwire migrate`/,
    );

    const first = start(['migrate'], env);
    expect(await first.ended).toBe(0);
    expect(first.out()).toMatch(/^The database .*bellwire\.db is up to date now: 0001-first-tables.*\.\n$/);
    const second = start(['migrate'], env);
    expect(await second.ended).toBe(0);
    expect(second.out()).toContain('was up to date, and nothing was changed');

    const server = start(['serve'], strict);
    await server.wrote(/This is its first start/);
    const third = start(['migrate'], env);
    expect(await third.ended).toBe(1);
    expect(third.err()).toMatch(/^Another Bellwire server uses .*bellwire\.db/);
    server.signal('SIGTERM');
    expect(await server.ended).toBe(0);
  });

  test.each([['serve'], ['migrate']])('%s refuses a database that a newer version has changed', async (command) => {
    const env = inNewFolder();
    expect(await start(['migrate'], env).ended).toBe(0);
    const sqlite = openSqlite(env.BELLWIRE_DATABASE_URL.slice('sqlite:'.length));
    sqlite.raw.exec("insert into migrations values ('9999-from-the-future')");
    sqlite.close();
    const older = start([command], env);
    expect(await older.ended).toBe(1);
    expect(older.err()).toMatch(/^The database is ahead of this Bellwire .* 9999-from-the-future\. Start that newer/);
    expect(older.err()).not.toContain('    at ');
  });

  test('refuses another secret key than the database was made with, in a sentence', async () => {
    const env = { ...inNewFolder(), BELLWIRE_SECRET_KEY: 'ab'.repeat(32) };
    const server = start(['serve'], env);
    await server.wrote(/is ready at/);
    server.signal('SIGTERM');
    expect(await server.ended).toBe(0);
    const other = start(['serve'], { ...env, BELLWIRE_SECRET_KEY: 'cd'.repeat(32) });
    expect(await other.ended).toBe(1);
    expect(other.err()).toMatch(/^BELLWIRE_SECRET_KEY is not the key .*BELLWIRE_FORMER_SECRET_KEYS/);
    expect(other.err()).not.toContain('    at ');
  });

  test('refuses on SQLite what only many nodes can share out', async () => {
    const program = start(['serve'], { ...inNewFolder(), BELLWIRE_ROLES: 'admin' });
    expect(await program.ended).toBe(1);
    expect(program.err()).toContain('BELLWIRE_ROLES leaves out ingest and deliver, and with SQLite there is no other');
  });

  test('with a database elsewhere says what to give instead of what it would find in a file', async () => {
    const env = { BELLWIRE_DATABASE_URL: 'postgres://bell:hunter2@127.0.0.1:1/bellwire' };
    const sender = start(['send', 'guideDisplayed'], env);
    expect(await sender.ended).toBe(1);
    expect(sender.err()).toMatch(/--api-key, or as BELLWIRE_API_KEY/);
    const server = start(['serve'], env);
    expect(await server.ended).toBe(1);
    expect(server.err()).toContain('openssl rand -base64 32');
    for (const program of [sender, server]) expect(program.err() + program.out()).not.toContain('hunter2');
  });

  test('names its node in every line of its log', async () => {
    const server = start(['serve'], { ...inNewFolder(), BELLWIRE_NODE_NAME: 'web-1' });
    await server.wrote(/is ready at/);
    server.signal('SIGTERM');
    expect(await server.ended).toBe(0);
    const lines = server.out().trim().split('\n');
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('node', 'web-1');
  });

  test('explains itself', async () => {
    const env = inNewFolder();
    for (const args of [
      [],
      ['--help'],
      ['serve', '--help'],
      ['send', '--help'],
      ['listen', '--help'],
      ['replay', '--help'],
      ['--version'],
    ]) {
      const program = start(args, env);
      expect(await program.ended).toBe(0);
      expect(program.out()).toMatch(args.includes('--version') ? /^\d+\.\d+\.\d+\n$/ : /npx bellwire/);
    }
    const migrate = start(['migrate', '--help'], env);
    await migrate.ended;
    expect(migrate.out()).toMatch(/--database-url .*BELLWIRE_DATABASE_URL/);
  });
});

function start(args: readonly string[], env: Readonly<Record<string, string>>): Program {
  const program = startProgram(args, env);
  programs.push(program);
  return program;
}

function inNewFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-cli-'));
  folders.push(folder);
  return { BELLWIRE_DATABASE_URL: `sqlite:${join(folder, 'bellwire.db')}`, BELLWIRE_PORT: '0' };
}
