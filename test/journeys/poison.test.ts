/** Rows that nobody can have written: each is put into the database behind the server's back, and harms nothing but itself. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Bellwire, eventually, startBellwire, track } from '../support/bellwire.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { isOnPostgres } from '../support/stand-database.ts';

let bellwire: Bellwire;
let receiver: Receiver;
beforeEach(async () => {
  receiver = await startReceiver();
  bellwire = await startBellwire();
  await bellwire.addWebhook({
    url: receiver.url,
    events: ['trackEventReceived'],
    retryDelaysSeconds: [3, 3, 3],
  });
});
afterEach(async () => {
  await bellwire.close();
  await receiver.close();
});

const ofBad = "(select id from events where type = 'trackEventReceived' order by id limit 1)";

test.each([
  ['a body that is no JSON', `update events set body = 'no JSON' where id = ${ofBad}`],
  ['no body', `update events set body = '' where id = ${ofBad}`],
  ['an unknown format', `update deliveries set format = 'morse' where event_id = ${ofBad}`],
])('%s fails in the open, and what came after it is delivered', async (_, corrupt) => {
  receiver.behave(503);
  for (const name of ['bad', 'good', 'better']) expect((await track(bellwire.url, name)).status).toBe(200);
  await eventually(async () => ((await deliveries('?code=http_503')).length === 3 ? true : null));
  await change(corrupt);
  receiver.behave(200);

  const failed = await eventually(async () => {
    const found = await deliveries('?state=failed');
    return found.length === 1 && (await deliveries('?state=delivered')).length === 2 ? found : null;
  });
  expect(failed).toMatchObject([{ state: 'failed', lastCode: 'body_unreadable', attemptCount: 2 }]);
  const names = receiver.requests.slice(-2).map(({ body }) => (JSON.parse(body.toString()) as Body).properties.name);
  expect(names.toSorted()).toEqual(['better', 'good']);
  expect(await deliveries('')).toHaveLength(3);
});

test.each<[string, string]>([
  ['an attempt', `update deliveries set last_attempt = '{"startedAt":' where event_id = ${ofBad}`],
  ['the routes', `update events set routes = ',//x,/' where id = ${ofBad}`],
  // Written later, and on SQLite alone.
  ...(isOnPostgres
    ? []
    : [['a trail', `update trails set event_ids = '[' where subject = 'v:ada'`] satisfies [string, string]]),
])('%s that nobody can read leaves all lists and pages answering', async (_, corrupt) => {
  for (const name of ['bad', 'good']) expect((await track(bellwire.url, name)).status).toBe(200);
  await eventually(async () => ((await deliveries('?state=delivered')).length === 2 ? true : null));
  if (!isOnPostgres) {
    await eventually(async () => ((await bellwire.look.rows('select 1 from trail_windows')).length > 0 ? true : null));
  }
  await change(corrupt);
  const listed = await deliveries('');
  expect(listed).toHaveLength(2);
  for (const { id, eventId } of listed) {
    expect(await bellwire.api('GET', `/deliveries/${id}`)).toMatchObject({ id });
    expect(await bellwire.api('GET', `/events/${eventId}`)).toMatchObject({ id: eventId });
  }
  expect((await deliveries('?visitorId=ada')).length).toBeLessThanOrEqual(2);
  expect(await bellwire.api<{ items: unknown[] }>('GET', '/events?visitorId=ada')).toHaveProperty('items');
  expect((await track(bellwire.url, 'after')).status).toBe(200);
  await eventually(async () => (receiver.requests.length === 3 ? true : null));
});

interface Body {
  properties: { name: string };
}

async function deliveries(query: string) {
  type Found = { items: { id: string; eventId: string; state: string }[] };
  return (await bellwire.api<Found>('GET', `/deliveries${query}`)).items;
}

async function change(sql: string): Promise<void> {
  expect(await bellwire.look.change(sql)).toBe(1);
}
