/** More than the built server can keep: while its database takes nothing, and of large events that a receiver does not take. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { databaseIn, keys, startServer, type TorturedServer } from '../../torture/server.ts';
import { apiCaller, eventually } from '../support/bellwire.ts';
import { type Posted, postAll, residentMb, type Sent, watchMemory } from '../support/load.ts';
import { planting } from '../support/plant.ts';
import { hang, startReceiver } from '../support/receiver.ts';

const timeout = 90_000;
let folder: string;
let server: TorturedServer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwire-flood-'));
});
afterEach(async () => {
  server.signal('SIGKILL');
  await server.ended;
  rmSync(folder, { recursive: true, force: true });
});

const eventsInBatch = 15;
const authorization = `Basic ${Buffer.from(`${keys.apiKey}:`).toString('base64')}`;
const pad = 'x'.repeat(8000);

/** Some 460 KB each; an event is named after its batch. */
function batches(name: string, count: number): Posted[] {
  return Array.from({ length: count }, (_, index) => {
    const event = {
      type: 'track',
      userId: 'ada',
      event: `${name} ${index}`,
      properties: { a: pad, b: pad, c: pad, d: pad.slice(0, 6500) },
    };
    const body = JSON.stringify({ batch: Array.from({ length: eventsInBatch }, () => event) });
    return { path: '/v1/batch', headers: { authorization }, body };
  });
}

/** Ways in which the database takes nothing, each with its end. */
const troubles = {
  'locked by somebody else': () => {
    const lock = new DatabaseSync(databaseIn(folder));
    lock.exec('begin immediate');
    return () => lock.close();
  },
  'behind a thread that stands still': () => {
    const stall = join(folder, 'stall');
    writeFileSync(stall, '');
    return () => rmSync(stall);
  },
};

const batchCount = 400;
/** Between what was measured with the bound, 260, and without it, 700 to 780. */
const grownMbMax = 450;
/** As many as there is room for, and what was answered meanwhile. */
const roomCount = limits.bodiesInMemoryMax / 460_000;

/** Floods the server, lets it recover, and answers what it did. */
async function flood(trouble: () => () => void, ...faults: string[]) {
  const { nodeArgs, env } = planting('stalls its data thread', ...faults);
  server = startServer({ folder, port: 0, nodeArgs, env: { ...env, STALL_FILE: join(folder, 'stall') } });
  const { port } = await server.ready;
  const before = await postAll(port, batches('before', 40), 20);
  const startMb = residentMb(server.pid);
  const memory = watchMemory(server.pid);
  const over = trouble();
  const flooding = postAll(port, batches('flood', batchCount), 200);
  setTimeout(over, 2000);
  const flooded = await flooding;
  memory.stop();
  const after = await sentUntilTaken(port);
  const sent = { before, flood: flooded, after };
  server.signal('SIGTERM');
  expect(await server.ended).toBe(0);
  return { sent, grownMb: memory.peakMb() - startMb };
}

async function sentUntilTaken(port: number): Promise<Sent[]> {
  for (let round = 0; ; round += 1) {
    const sent = await postAll(port, batches('after', 20), 4);
    if (sent.every(({ status }) => status === 200) || round === 20) return sent;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Batches that were acknowledged and are not there whole. */
function lost(sent: Readonly<Record<string, readonly Sent[]>>): string[] {
  const database = new DatabaseSync(databaseIn(folder), { readOnly: true });
  const rows = database
    .prepare("select body ->> '$.properties.name' as name, count(*) as count from events group by 1")
    .all();
  database.close();
  const counts = new Map(rows.map(({ name, count }) => [String(name), Number(count)]));
  const acknowledged = Object.entries(sent).flatMap(([name, all]) =>
    all.flatMap(({ status }, index) => (status === 200 ? [`${name} ${index}`] : [])),
  );
  expect(acknowledged.length).toBeGreaterThan(20);
  return acknowledged.filter((name) => (counts.get(name) ?? 0) < eventsInBatch);
}

describe.each(Object.entries(troubles))('a flood while the database is %s', (_, trouble) => {
  test('is turned away with when to come back, and nothing that was acknowledged is lost', { timeout }, async () => {
    const { sent, grownMb } = await flood(trouble);
    expect(new Set(sent.flood.map(({ status }) => status))).toEqual(new Set([200, 503]));
    const refused = sent.flood.filter(({ status }) => status === 503);
    expect(refused.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true);
    expect(batchCount - refused.length).toBeLessThan(2 * roomCount);
    expect(grownMb).toBeLessThan(grownMbMax);
    expect(sent.after.every(({ status }) => status === 200)).toBe(true);
    expect(lost(sent)).toEqual([]);
  });

  test('would be all in memory if bodies were not counted', { timeout }, async () => {
    const { sent, grownMb } = await flood(trouble, 'takes every body in');
    expect(sent.flood.filter(({ status }) => status === 503)).toEqual([]);
    expect(grownMb).toBeGreaterThan(grownMbMax);
  });
});
describe('large events for a receiver that never answers', () => {
  const eventCount = 900;

  test('wait in memory up to a size, and the rest in the database', { timeout }, async () => {
    const placesEach = Math.ceil(30_500 / limits.claimPlaceChars);
    expect(await queuedOf(eventCount)).toBeLessThanOrEqual(limits.claimsPerWebhookMax / placesEach);
  });

  test('would all be in memory if they were only counted', { timeout }, async () => {
    expect(await queuedOf(eventCount, 'counts claims and not their size')).toBeGreaterThan(eventCount - 100);
  });
});

/** How many wait in memory when that many have been accepted. */
async function queuedOf(count: number, ...faults: string[]): Promise<number> {
  const receiver = await startReceiver(hang());
  onTestFinished(() => receiver.close());
  server = startServer({ folder, port: 0, ...(faults.length === 0 ? {} : planting(...faults)) });
  const { port } = await server.ready;
  const api = apiCaller(`http://127.0.0.1:${port}`, keys.integrationKey);
  const hook = { name: 'Hangs', url: receiver.url, events: ['trackEventReceived'] };
  const { id } = await api<{ id: string }>('POST', '/webhooks', hook);
  await api('POST', `/webhooks/${id}/enable`, {});
  const sent = await postAll(port, batches('large', count / eventsInBatch), 4);
  expect(sent.every(({ status }) => status === 200)).toBe(true);
  // They are all pending, wherever they wait; their rows follow them.
  return eventually(async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const gauge = (name: string): number =>
      Number(new RegExp(`^bellwire_deliveries_${name} (\\d+)$`, 'm').exec(text)?.[1]);
    if (gauge('pending') < count) return null;
    expect(gauge('queued')).toBeGreaterThan(0);
    return gauge('queued');
  });
}
