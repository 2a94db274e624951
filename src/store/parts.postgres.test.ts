import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/support/test-database.ts';
import { eventIdFloor } from '../core/id.ts';
import { migrateServer } from './open-store.ts';
import { dropParts, makePartFor, makeParts } from './parts.ts';
import { momentWithoutPart, openPostgres, type Postgres } from './postgres.ts';

const dayMs = 86_400_000;
const today = Date.UTC(2026, 0, 5);
const clock = { now: () => today + dayMs / 2, monotonicMs: () => 0, after: () => () => {} };

let database: TestDatabase;
let one: Postgres;
let other: Postgres;

beforeEach(async () => {
  database = await openTestDatabase();
  const { address } = database;
  if (address.kind !== 'postgres') throw new Error('This is about PostgreSQL.');
  await migrateServer(address.url, clock);
  one = openPostgres(address.url, { name: 'one' });
  other = openPostgres(address.url, { name: 'other' });
});
afterEach(async () => {
  await one.close();
  await other.close();
  await database.close();
});

test('there are parts from yesterday to three days ahead, each following on the one before', async () => {
  const parts = await partsOf();
  expect(parts.map(({ from }) => (from - today) / dayMs)).toEqual([-1, 0, 1, 2, 3]);
  expect(parts.slice(1).map(({ from }) => from)).toEqual(parts.slice(0, -1).map(({ to }) => to));
  await one.link.transaction(() => makeParts(one.link, clock.now(), 30));
  expect(await partsOf()).toEqual(parts);
});

test('an event of a time that has no part is no row of another; its part is made, before or after those there are', async () => {
  for (const at of [today + 40 * dayMs + 5, today - 9 * dayMs]) {
    const refused = await addEvent(at).catch((error: unknown) => error);
    expect(momentWithoutPart(refused)).toBe(at);
    await makePartFor(one.link, at);
    await addEvent(at);
  }
  const parts = await partsOf();
  expect(parts.slice(1).map(({ from }) => from)).toEqual(parts.slice(0, -1).map(({ to }) => to));
});

test('with a retention of ten years there are few parts all the same', async () => {
  await one.link.transaction(() => makeParts(one.link, today + 3650 * dayMs, 3650));
  const parts = await partsOf();
  expect(parts.length).toBeLessThan(60);
  expect(parts.at(-1)?.to).toBeGreaterThan(today + 3651 * dayMs);
});

test('two nodes that make parts at once make each once', async () => {
  const at = today + 20 * dayMs;
  await Promise.all([one, other].map(({ link }) => link.transaction(() => makeParts(link, at, 30))));
  const parts = await partsOf();
  expect(new Set(parts.map(({ from }) => from)).size).toBe(parts.length);
});

test('a part leaves when all of it is old and nothing in it is pending, with the rows of all its tables', async () => {
  await addEvent(today + 1000);
  await addDelivery(today + 1000, 'pending');
  const floor = eventIdFloor(today + dayMs);
  await drop(eventIdFloor(today));
  expect(await drop(eventIdFloor(today + dayMs / 2)), 'it goes on until midnight').toBe(0);
  expect(await drop(floor), 'something in it is pending').toBe(0);
  await one.link.query("update deliveries set state = 'failed'");
  expect(await drop(floor)).toBe(1);
  expect(await countOf('events')).toBe(0);
  expect(await countOf('deliveries')).toBe(0);
  expect((await partsOf()).map(({ from }) => (from - today) / dayMs)).toEqual([1, 2, 3]);
});

test('a part that somebody is reading stays for now, and nobody waits long for it', async () => {
  await addEvent(today - 1000);
  await other.link.transaction(async () => {
    await other.link.query('select count(*) from events');
    expect(await drop(eventIdFloor(today))).toBe(0);
    // The transaction that tried goes on, and others can write.
    await addEvent(today + 2000);
  });
  expect(await drop(eventIdFloor(today))).toBe(1);
});

async function drop(beforeEventId: string): Promise<number> {
  return one.link.transaction(() => dropParts(one.link, beforeEventId));
}

async function partsOf(): Promise<{ from: number; to: number }[]> {
  const { rows } = await one.link.query('select from_id, to_id from parts order by from_id');
  return rows.map((row) => ({ from: momentOf(row['from_id']), to: momentOf(row['to_id']) }));
}

function momentOf(id: unknown): number {
  return Number.parseInt(String(id).slice(0, 12), 16);
}

async function countOf(table: 'events' | 'deliveries'): Promise<number> {
  return Number((await one.link.query(`select count(*) as n from ${table}`)).rows[0]?.['n']);
}

async function addEvent(at: number): Promise<void> {
  await one.link.query(
    `insert into events (id, app_id, door, type, visitor_id, account_id, occurred_at, received_at, time_replaced, url, title, body)
      values ($1, 1, 'track', 'trackEventReceived', 'ada', '', $2, $2, 0, '', '', '')`,
    [eventIdFloor(at), at],
  );
}

async function addDelivery(at: number, state: string): Promise<void> {
  await one.link.query(
    `insert into deliveries (event_id, webhook_id, format, revision, state, attempt_count, attempts_before_replay, created_at, due_at)
      values ($1, 'wh_000000000001', 'pendo', 1, $2, 0, 0, $3, $3)`,
    [eventIdFloor(at), state, at],
  );
}
