/**
 * What a power cut would leave: a `kill -9` cannot tell, because the system keeps what was written. So strace watches the
 * built server, and no 200 may be written before the WAL was synced with what it acknowledges.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { keys, startServer } from '../../torture/server.ts';
import { judgeTrace, type TraceVerdict } from '../../torture/trace.ts';
import { planting } from '../support/plant.ts';

const senders = 8;
const requestsEach = 15;
const calls = 'trace=read,recvfrom,fsync,fdatasync,write,writev,sendto,sendmsg';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwire-sync-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('every acknowledgement has a sync before it', { timeout: 60_000 }, async (context) => {
  needStrace(context);
  const { acknowledgedCount, unsynced } = await traced();
  expect(acknowledgedCount).toBe(2 * senders * requestsEach);
  expect(unsynced).toEqual([]);
});

test.for(['does not sync', 'acknowledges before the commit'])(
  'a server is found out that %s',
  { timeout: 60_000 },
  async (fault, context) => {
    needStrace(context);
    const { acknowledgedCount, unsynced } = await traced(fault);
    expect(acknowledgedCount).toBe(2 * senders * requestsEach);
    expect(unsynced.length).toBeGreaterThan(0);
  },
);

/** strace is a tool of the system's, and no package brings it: where it is missing this is shown as not run, with the reason. */
function needStrace(context: TestContext): void {
  if (spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0) return;
  const words = 'strace cannot be run on this machine, so nobody has looked whether acknowledgements are synced.';
  console.warn(`${words} Install it, and allow it to trace (ptrace).`);
  context.skip(words);
}

/** Single events and batches from several senders at once. */
async function traced(fault?: string): Promise<TraceVerdict> {
  const trace = join(folder, 'trace');
  const server = startServer({
    folder,
    port: 0,
    within: ['strace', '-D', '-f', '-yy', '-s', '64', '-e', calls, '-e', 'signal=none', '-o', trace],
    ...(fault === undefined ? {} : planting(fault)),
  });
  try {
    const { port } = await server.ready;
    const send = async (sender: number): Promise<void> => {
      for (let index = 0; index < requestsEach; index += 1) {
        const visitor = `visitor ${sender}`;
        const single = { type: 'track', event: `event ${index}`, visitorId: visitor };
        await post(port, '/data/track', { 'x-pendo-integration-key': keys.trackSecret }, single);
        const batch = [1, 2, 3].map((part) => ({ type: 'track', event: `event ${index}.${part}`, userId: visitor }));
        const authorization = `Basic ${Buffer.from(`${keys.apiKey}:`).toString('base64')}`;
        await post(port, '/v1/batch', { authorization }, { batch });
      }
    };
    await Promise.all(Array.from({ length: senders }, (_, sender) => send(sender)));
    server.signal('SIGTERM');
    expect(await server.ended, server.written()).toBe(0);
  } finally {
    server.signal('SIGKILL');
  }
  return judgeTrace(await whole(trace));
}

/** strace is a process of its own, which ends its file after the server has ended. */
async function whole(path: string): Promise<string> {
  for (let tries = 0; tries < 200; tries += 1) {
    const text = readFileSync(path, 'utf8');
    if (text.endsWith('+++ exited with 0 +++\n')) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('strace has not ended its file within ten seconds.');
}

async function post(port: number, path: string, headers: Record<string, string>, body: object): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  expect(response.status, await response.text()).toBe(200);
}
