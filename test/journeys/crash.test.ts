/** Twenty rounds of `kill -9` under load: whatever was acknowledged reaches the receiver, and every byte of it is signed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { apiCaller, eventually, testKeys, track } from '../support/bellwire.ts';
import { startReceiver } from '../support/receiver.ts';

const rounds = 20;
const secret = 'crash secret';
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

test(`${rounds} rounds of kill -9 lose nothing that was acknowledged`, { timeout: 120_000 }, async () => {
  expect(existsSync(main), 'the build that `npm test` makes first').toBe(true);
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-crash-'));
  const receiver = await startReceiver();
  const acknowledged = new Set<string>();
  let sent = 0;

  let server = await start(folder);
  // A test that fails in the middle must not leave a server behind.
  onTestFinished(() => void server.child.kill('SIGKILL'));
  const api = apiCaller(server.url);
  const made = await api<{ id: string }>('POST', '/webhooks', { name: 'Crash', url: receiver.url, secret });
  await api('POST', `/webhooks/${made.id}/enable`, {});

  for (let round = 0; round < rounds; round += 1) {
    const killed = new AbortController();
    const { url } = server;
    const senders = Array.from({ length: 4 }, async () => {
      while (!killed.signal.aborted) {
        sent += 1;
        const name = `event ${sent}`;
        const response = await track(url, name, `visitor ${sent % 50}`).catch(() => null);
        if (response?.status === 200) acknowledged.add(name);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, randomInt(30, 250)));
    server.child.kill('SIGKILL');
    await once(server.child, 'exit');
    killed.abort();
    await Promise.all(senders);
    server = await start(folder, new URL(url).port);
  }

  expect(acknowledged.size).toBeGreaterThan(rounds);
  const arrived = await eventually(async () => {
    const names = new Set(receiver.requests.map(({ body }) => nameIn(body)));
    return [...acknowledged].every((name) => names.has(name)) ? names : null;
  });
  expect([...acknowledged].filter((name) => !arrived.has(name))).toEqual([]);
  for (const { body, headers } of receiver.requests) {
    expect(headers['x-pendo-signature']).toBe(createHmac('sha256', secret).update(body).digest('hex'));
  }

  server.child.kill('SIGTERM');
  const [code] = (await once(server.child, 'exit')) as [number];
  expect(code).toBe(0);
  const database = new DatabaseSync(join(folder, 'bellwire.db'), { readOnly: true });
  expect(database.prepare('pragma integrity_check').get()).toEqual({ integrity_check: 'ok' });
  const firstSeen = database.prepare("select visitor_id from events where type = 'visitorCreated'").all();
  expect(firstSeen.length).toBe(new Set(firstSeen.map((row) => row['visitor_id'])).size);
  database.close();
  await receiver.close();
  rmSync(folder, { recursive: true });
});

async function start(folder: string, port = '0'): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, 'serve'], {
    env: {
      PATH: process.env['PATH'],
      BELLWIRE_PORT: port,
      BELLWIRE_DATABASE_URL: `sqlite:${join(folder, 'bellwire.db')}`,
      BELLWIRE_API_KEY: testKeys.apiKey,
      BELLWIRE_TRACK_SECRET: testKeys.trackSecret,
      BELLWIRE_INTEGRATION_KEY: testKeys.integrationKey,
      BELLWIRE_INGEST_RATE: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The server ended with ${code}:\n${text}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const url = /"url":"(http:[^"]+)"/.exec(text)?.[1];
      if (url !== undefined) resolve({ child, url });
    });
  });
}

function nameIn(body: Buffer): string {
  return (JSON.parse(body.toString()) as { properties: { name?: string } }).properties.name ?? '';
}
