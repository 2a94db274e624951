/** How the first Admin of a server comes about, on the server as it is started, and what it says of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { realNetwork, startApp } from '../../src/app.ts';
import { serve } from '../../src/cli/serve.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Config } from '../../src/settings.ts';
import { testKeys } from '../support/bellwire.ts';

const password = 'a lighthouse in the fog';

/** Starts and stops the server as `bellwire serve` does, and answers what `meanwhile` says and all that was said and logged. */
async function served<Value>(
  over: Partial<Config>,
  meanwhile: (url: string, said: string) => Promise<Value>,
): Promise<{ value: Value; said: string; log: string }> {
  const reading = readConfig({}, ['--port', '0']);
  if (!reading.ok) throw new Error(reading.problems.join('\n'));
  const config = { ...reading.config, ...testKeys, ...over };
  const log: unknown[] = [];
  const note = (...line: unknown[]): void => void log.push(line);
  let url = '';
  let said = '';
  const values: Promise<Value>[] = [];
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  await serve({
    async start() {
      const app = await startApp(config, {
        log: { info: note, warn: note, error: note },
        clock: systemClock,
        dice: () => 0.5,
        onDeath: note,
        network: realNetwork,
      });
      url = app.url;
      return app;
    },
    fixedKeys: config,
    database: config.database,
    roles: config.roles,
    stopped,
    terminal: {
      out: (text) => note(text),
      note(text) {
        said += text;
        if (values.length > 0) return;
        values.push(meanwhile(url, said).finally(stop));
      },
    },
  });
  const [value] = await Promise.all(values);
  if (value === undefined) throw new Error('The server said nothing.');
  return { value, said, log: JSON.stringify(log) };
}

function linkIn(said: string): RegExpExecArray | null {
  return /(http:\S+)\/setup#(bwl_\S+)/.exec(said);
}

function post(url: string, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json', origin: url };
  return fetch(`${url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

test('the start prints a link until somebody has used one; what is printed is in no log', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-first-'));
  const database = { kind: 'sqlite', path: join(folder, 'b.db') } as const;
  const first = await served({ database }, async (_url, said) => linkIn(said)?.[2] ?? '');
  expect(first.value).toMatch(/^bwl_/);

  const second = await served({ database }, async (url, said) => {
    const [, base, token] = linkIn(said) ?? [];
    expect(base).toBe(url);
    const body = { token, email: 'ada@example.com', password };
    const made = await post(url, '/setup', body);
    return [made.status, (await post(url, '/setup', body)).status, token];
  });
  expect(second.value.slice(0, 2)).toEqual([201, 404]);
  expect(second.value[2]).not.toBe(first.value);
  for (const { log } of [first, second]) {
    expect(log).toContain('listening');
    expect(log).not.toContain('bwl_');
    expect(log).not.toContain('ada@example.com');
    expect(log).not.toContain(password);
  }

  const third = await served({ database }, async (url) => {
    const gone = await post(url, '/setup', { token: second.value[2], email: 'eve@example.com', password });
    return [gone.status, (await post(url, '/session', { email: 'ada@example.com', password })).status];
  });
  expect(third.value).toEqual([404, 201]);
  expect(third.said).not.toContain('bwl_');
  rmSync(folder, { recursive: true });
});

test('with an address and a password in the settings there is an Admin from the start, and no link', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-first-'));
  const database = { kind: 'sqlite', path: join(folder, 'b.db') } as const;
  const named = { adminEmail: 'Ada@example.com', adminPassword: password };
  const first = await served({ database, ...named }, async (url) => {
    const signedIn = await post(url, '/session', { email: 'ada@example.com', password });
    return [signedIn.status, (await post(url, '/setup', {})).status];
  });
  expect(first.value).toEqual([201, 404]);
  expect(first.said).not.toContain('bwl_');
  expect(first.log).not.toContain(password);
  // Later they say nothing: whoever has changed the password must not have it changed back.
  const later = { adminEmail: 'ada@example.com', adminPassword: 'quite another lighthouse' };
  const second = await served({ database, ...later }, async (url) => {
    const statuses = [];
    for (const tried of [later.adminPassword, password]) {
      statuses.push((await post(url, '/session', { email: 'ada@example.com', password: tried })).status);
    }
    return statuses;
  });
  expect(second.value).toEqual([401, 201]);
  rmSync(folder, { recursive: true });
});

test('an Admin’s password that anybody would try stops the start', () => {
  const env = { BELLWIRE_ADMIN_EMAIL: 'ada@example.com', BELLWIRE_ADMIN_PASSWORD: 'Password1234' };
  expect(readConfig(env, [])).toMatchObject({
    ok: false,
    problems: [expect.stringContaining('BELLWIRE_ADMIN_PASSWORD')],
  });
});
