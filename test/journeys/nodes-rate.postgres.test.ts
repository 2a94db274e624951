/** A webhook's rate holds with three nodes that all take events for it, also while one comes and the one that sends goes. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { roles } from '../../src/core/role.ts';
import { home } from '../../src/ledger/home.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { type Bellwire, startBellwire, testKeys } from '../support/bellwire.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { openTestDatabase } from '../support/test-database.ts';

const ratePerSecond = 40;
const windowMs = 10_000;
const sendersByName = new Map<string, Bellwire>();

test('a rate holds within 1.2 times over ten seconds, whoever comes and goes', { timeout: 90_000 }, async () => {
  const database = await openTestDatabase();
  if (database.address.kind !== 'postgres') throw new Error('Only a PostgreSQL can be shared.');
  const asking = openPostgres(database.address.url, { name: 'bellwire test' });
  const secretKey = randomBytes(32);
  const start = async (nodeName: string): Promise<Bellwire> => {
    const node = await startBellwire({ database: database.address, secretKey, nodeName });
    sendersByName.set(nodeName, node);
    return node;
  };
  const receiver = await startReceiver(200);
  const [first] = await Promise.all([start('a'), start('b'), start('c')]);
  const webhook = await first.addWebhook({ url: receiver.url, events: ['trackEventReceived'], ratePerSecond });
  const other = await startReceiver(200);
  await first.addWebhook({ url: other.url, events: ['trackEventReceived'] });
  await pause(1500);

  // More than it may have in all that time, by all of them.
  await Promise.all([...sendersByName.values()].map(({ url }) => sendMany(url, 400)));
  await pause(4000);
  await start('d');
  await pause(3000);
  const { rows } = await asking.link.query('select id, name from nodes where lost_at is null');
  const nodes = rows.map(({ id, name }) => ({ id: Number(id), name: String(name), roles: [...roles] }));
  const sending = nodes.find(({ id }) => id === home(webhook.id, nodes));
  await sendersByName.get(sending?.name ?? '')?.close();
  sendersByName.delete(sending?.name ?? '');
  await pause(7000);

  const allowed = (1.2 * ratePerSecond * windowMs) / 1000;
  expect(mostWithin(receiver)).toBeLessThanOrEqual(allowed);
  // The same events without a rate are more than that: it would have been noticed.
  expect(mostWithin(other)).toBeGreaterThan(allowed);
  // It flowed all the time, or there would have been nothing to hold.
  expect(receiver.requests.length).toBeGreaterThan(ratePerSecond * 8);
  const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
  expect(new Set(ids).size).toBe(ids.length);

  await Promise.all([...sendersByName.values()].map((node) => node.close()));
  await Promise.all([receiver.close(), other.close()]);
  await asking.close();
  await database.close();
});

/** The most requests that came within any ten seconds. */
function mostWithin({ requests }: Receiver): number {
  const at = requests.map(({ arrivedAt }) => arrivedAt);
  return Math.max(...at.map((from) => at.filter((moment) => moment >= from && moment < from + windowMs).length));
}

async function sendMany(url: string, count: number): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${testKeys.apiKey}:`).toString('base64')}`;
  for (let sent = 0; sent < count; sent += 100) {
    const batch = Array.from({ length: 100 }, (_, index) => ({
      type: 'track',
      event: `event ${index}`,
      userId: 'ada',
    }));
    const headers = { 'content-type': 'application/json', authorization };
    const answer = await fetch(`${url}/v1/batch`, { method: 'POST', headers, body: JSON.stringify({ batch }) });
    if (answer.status !== 200) throw new Error(`It was answered ${answer.status}.`);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
