/**
 * Somebody else changes a delivery in the very moment in which a node writes what became of it. What the node writes must find the
 * delivery all the same, which not every version of PostgreSQL does by itself: see docs/decisions/locks-of-their-own.md.
 */
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Claim } from '../../src/core/delivery.ts';
import { eventIdFloor } from '../../src/core/id.ts';
import { eventually } from '../support/bellwire.ts';
import { trackInput } from '../support/event-input.ts';
import { type NodesStand, openNodesStand, type TestNode } from '../support/nodes-stand.ts';
import { webhookSettings } from '../support/webhook-settings.ts';

let stand: NodesStand;
let node: TestNode;
let other: Client;

beforeEach(async () => {
  stand = await openNodesStand();
  node = await stand.open({ name: 'a' });
  const { id } = await node.ledger.createWebhook(webhookSettings({ events: ['trackEventReceived'] }));
  await node.ledger.enableWebhook(id, 'send');
  await node.ledger.probe();
  other = new Client({ connectionString: stand.url });
  await other.connect();
});
afterEach(async () => {
  await other.end();
  await stand.close();
});

/** Of them half are of today and half of tomorrow, and so in two parts of the table. */
const count = 10;

test('a first attempt', async () => {
  const claims = await claimed();
  await whileOthersChange(claims, () => node.report(claims, { kind: 'delivered' }));
  expect(await statesOf()).toEqual([{ state: 'delivered', attempts: 1, n: count }]);
});

test('an attempt after the first, which takes the one before it to its place', async () => {
  const first = await claimed();
  await node.report(first, { kind: 'retry', dueAt: Date.now(), code: 'http_503' });
  const again = await eventually(async () => {
    const due = node.claims.filter(({ triesUsed }) => triesUsed === 1);
    return due.length === count ? due : null;
  });
  await whileOthersChange(again, () => node.report(again, { kind: 'delivered' }));
  expect(await statesOf()).toEqual([{ state: 'delivered', attempts: 2, n: count }]);
  expect(await stand.count('select count(*) from attempts')).toBe(count);
});

test('a claim that is given back', async () => {
  const claims = await claimed();
  node.claims.length = 0;
  await whileOthersChange(claims, () => node.ledger.release([...claims]));
  // They are claimed anew as soon as they are free.
  const anew = await eventually(async () => (node.claims.length === count ? node.claims : null));
  expect(anew.map(({ eventId }) => eventId).toSorted()).toEqual(claims.map(({ eventId }) => eventId).toSorted());
});

async function claimed(): Promise<Claim[]> {
  const half = count / 2;
  await node.ledger.accept(
    Array.from({ length: half }, () => trackInput('ada')),
    [],
  );
  const ofToday = await eventually(async () => (node.claims.length === half ? [...node.claims] : null));
  const tomorrow = eventIdFloor(Date.now() + 86_400_000).slice(0, 12);
  // As if they had been made over midnight.
  for (const [table, id] of [
    ['events', 'id'],
    ['deliveries', 'event_id'],
  ])
    await other.query(
      `insert into ${table} select (jsonb_populate_record(d, jsonb_build_object('${id}', $1 || substr(d.${id}, 13)))).*
      from ${table} d where d.${id} in (select event_id from deliveries)`,
      [tomorrow],
    );
  const ofTomorrow = ofToday.map((claim) => ({ ...claim, eventId: tomorrow + claim.eventId.slice(12) }));
  node.claims.push(...ofTomorrow);
  return [...ofToday, ...ofTomorrow];
}

/** Does the work while another transaction has some of the deliveries, and commits its change when the work waits for it. */
async function whileOthersChange(claims: readonly Claim[], work: () => Promise<void>): Promise<void> {
  const changed = [claims[1], claims.at(-2)].map((claim) => claim?.eventId);
  await other.query('begin');
  await other.query('update deliveries set created_at = created_at where event_id = any($1)', [changed]);
  const done = work();
  await eventually(async () =>
    (await stand.count(
      "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()",
    )) > 0
      ? true
      : null,
  );
  await other.query('commit');
  await done;
}

function statesOf(): Promise<Record<string, unknown>[]> {
  return stand.ask(
    'select state, attempt_count as attempts, count(*) as n from deliveries group by state, attempt_count order by state',
  );
}
