/** Whoever knows the address can send wrong keys. They must not cost a commit each, and none may be remembered. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startServer } from '../../torture/server.ts';
import { postAll } from '../support/load.ts';
import { type OpenDoors, openDoors } from '../support/open-doors.ts';
import { planting } from '../support/plant.ts';

const keyCount = 10_000;
const atOnce = 50;

test(`${keyCount} wrong keys cost the ledger a few warnings, and nothing else`, {
  timeout: 60_000,
}, async () => {
  const doors = await openDoors({ ratePerSecond: 0 });
  await sendWrong(doors, 500);
  const warningsBefore = doors.warnings.length;
  await sendWrong(doors, keyCount);
  // The clock of these doors stands still, so this is one burst.
  expect(doors.warnings.length - warningsBefore).toBeLessThanOrEqual(20);
  expect(doors.inputs).toEqual([]);
  await doors.close();
});

const grownBytesMax = 2_000_000;

test('the memory of the server stays as it is under as many', { timeout: 60_000 }, async () => {
  expect(await grownBytes()).toBeLessThan(grownBytesMax);
});

test('a server that remembered them would be found out', { timeout: 60_000 }, async () => {
  expect(await grownBytes('remembers wrong keys')).toBeGreaterThan(grownBytesMax);
});

/** By how much that many wrong keys let the heap of the built server grow, both times after a collection. */
async function grownBytes(...faults: string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-keys-'));
  const { nodeArgs, env } = planting('shows its heap as it is after a collection', ...faults);
  const rate = { BELLWIRE_INGEST_RATE: '1000000' };
  const server = startServer({ folder, port: 0, nodeArgs: ['--expose-gc', ...nodeArgs], env: { ...env, ...rate } });
  onTestFinished(async () => {
    server.signal('SIGKILL');
    await server.ended;
    rmSync(folder, { recursive: true });
  });
  const { port } = await server.ready;
  const heapBytes = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(text)?.[1]);
  };
  // Whatever is made once has been made then.
  await sendWrongTo(port, 2000);
  await heapBytes();
  const before = await heapBytes();
  expect(before).toBeGreaterThan(1_000_000);
  await sendWrongTo(port, keyCount);
  return (await heapBytes()) - before;
}

async function sendWrongTo(port: number, count: number): Promise<void> {
  const posts = Array.from({ length: count }, (_, index) => {
    const key = randomBytes(400).toString('hex');
    const body = JSON.stringify({ type: 'track', event: 'e', userId: 'ada', writeKey: key });
    const ways = [
      { path: '/v1/track' },
      { path: `/data/agent/${key}` },
      { path: '/data/track', headers: { 'x-pendo-integration-key': key } },
      { path: '/api/v1/webhooks', headers: { authorization: `Bearer ${key}` } },
    ];
    return { path: '', ...ways[index % ways.length], body };
  });
  const statuses = (await postAll(port, posts, 20)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 401]));
}

/** By turns at each door that takes a key. */
async function sendWrong(doors: OpenDoors, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += atOnce) {
    await Promise.all(
      Array.from({ length: atOnce }, async (_, index) => {
        const key = randomUUID();
        const call = { type: 'track', event: 'e', userId: 'ada', writeKey: key };
        const answers = [
          () => doors.post('/v1/track', call),
          () => doors.post(`/data/agent/${key}`, {}),
          () => doors.post('/data/track', call, { 'x-pendo-integration-key': key }),
        ];
        const { status } = (await answers[index % 3]?.()) ?? { status: 0 };
        expect([200, 401]).toContain(status);
      }),
    );
  }
}
