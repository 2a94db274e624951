/** Who did it, over several commits: what is known of a visitor comes from the database, and not from the same batch. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bellwire, startBellwire, testKeys } from '../support/bellwire.ts';

let bellwire: Bellwire;
beforeAll(async () => {
  bellwire = await startBellwire();
});
afterAll(() => bellwire.close());

test('an identify without a group keeps the account that its visitor has, and is kept itself', async () => {
  await send('identify', { userId: 'ada', traits: { groupId: 'acme' } });
  await send('identify', { userId: 'ada', traits: { plan: 'pro' } });
  await send('track', { userId: 'ada', event: 'Saved' });

  expect(await bellwire.api('GET', '/visitors/ada')).toMatchObject({
    accountId: 'acme',
    metadata: { segment: { plan: 'pro' } },
  });
  expect(await eventsOf('ada')).toEqual([
    ['visitorCreated', 'ada', 'acme'],
    ['accountCreated', 'ada', 'acme'],
    ['trackEventReceived', 'ada', 'acme'],
  ]);
  expect(await warnings()).toEqual([]);
});

test('a visitor that gets a name keeps the account that it had without one', async () => {
  await send('group', { anonymousId: 'browser-1', groupId: 'initech' });
  await send('identify', { userId: 'bob', anonymousId: 'browser-1' });
  await send('track', { anonymousId: 'browser-1', event: 'Saved' });

  expect(await bellwire.api('GET', '/visitors/bob')).toMatchObject({
    accountId: 'initech',
    formerIds: ['_PENDO_T_browser-1'],
  });
  expect(await eventsOf('bob')).toEqual([
    ['accountCreated', '_PENDO_T_browser-1', 'initech'],
    ['visitorCreated', 'bob', 'initech'],
    ['trackEventReceived', 'bob', 'initech'],
  ]);
  expect(await warnings()).toEqual([]);
});

test('whoever must not be processed gets a name, and must not be processed under it either', async () => {
  await send('track', { anonymousId: 'browser-2', event: 'Seen' });
  await bellwire.api('PATCH', '/visitors/_PENDO_T_browser-2', { doNotProcess: true });
  await send('identify', { userId: 'eve', anonymousId: 'browser-2', traits: { email: 'eve@example.com' } });
  await send('track', { anonymousId: 'browser-2', event: 'Hidden' });
  await send('track', { userId: 'eve', event: 'Hidden' });

  expect(await eventsOf('eve')).toEqual([['trackEventReceived', '_PENDO_T_browser-2', '']]);
  expect(await bellwire.api('GET', '/visitors/eve')).toMatchObject({ doNotProcess: true, metadata: {} });
});

test('a name that is known already keeps its own mark, and is not joined to somebody who must not be processed', async () => {
  await send('identify', { userId: 'kim' });
  await send('track', { anonymousId: 'browser-3', event: 'Seen' });
  await bellwire.api('PATCH', '/visitors/_PENDO_T_browser-3', { doNotProcess: true });
  await send('identify', { userId: 'kim', anonymousId: 'browser-3' });
  await send('track', { anonymousId: 'browser-3', event: 'Hidden' });
  await send('track', { userId: 'kim', event: 'Saved' });

  expect(await eventsOf('kim')).toEqual([
    ['visitorCreated', 'kim', ''],
    ['trackEventReceived', 'kim', ''],
  ]);
  expect(await eventsOf('_PENDO_T_browser-3')).toEqual([['trackEventReceived', '_PENDO_T_browser-3', '']]);
});

test('of one who must not be processed no sample is kept of what was refused either', async () => {
  const story = 'a story that nobody may read';
  await send('identify', { userId: 'mia' });
  await send('track', { anonymousId: 'browser-4', event: 'Seen' });
  await send('identify', { userId: 'mia', anonymousId: 'browser-4' });
  await bellwire.api('PATCH', '/visitors/mia', { doNotProcess: true });
  await send('track', { userId: 'mia', messageId: story, properties: { story } });
  await send('track', { anonymousId: 'browser-4', properties: { story } });
  await send('group', { userId: 'undefined', anonymousId: 'browser-4', traits: { story } });
  await send('batch', {
    batch: [[{ userId: 'mia', properties: { story } }], JSON.stringify({ userId: 'mia', story })],
  });
  await toAgent({ type: 'identify', visitorId: 'tom', accountId: {}, properties: { oldVisitorId: 'mia', story } });
  await toAgent({ type: 'none', visitorId: 'mia', properties: { story } });
  const { items } = await bellwire.api<{ items: { sample: string }[] }>('GET', '/warnings');
  expect(items).toHaveLength(7);
  expect(JSON.stringify(items)).not.toContain(story);
  await send('track', { userId: 'ada', properties: { story } });
  expect(JSON.stringify(await bellwire.api('GET', '/warnings'))).toContain(story);
});

test('an alias is of whoever is known by its previous id, whatever that looks like', async () => {
  const before = (await warnings()).length;
  const uuid = '2b3f0c61-9f0e-4ad2-8b40-0d4f7b1f3a52';
  await send('identify', { userId: uuid });
  await send('alias', { previousId: uuid, userId: 'bob2' });
  const [warning] = await warnings();
  expect(warning).toMatchObject({ reason: 'named_merge', field: 'previousId' });
  await send('track', { anonymousId: 'device-77', event: 'Seen' });
  await send('alias', { previousId: 'device-77', userId: 'bob2' });
  expect(await bellwire.api('GET', '/visitors/bob2')).toMatchObject({ formerIds: ['_PENDO_T_device-77'] });
  expect(await warnings()).toHaveLength(before + 1);
});

test('an account that receivers are sent is created before, also if it came by excluded events alone', async () => {
  await bellwire.api('POST', '/exclusions', { kind: 'host', pattern: 'staging.example' });
  const staging = { page: { url: 'https://staging.example/' } };
  await send('page', { userId: 'zoe', context: staging, properties: { groupId: 'NEWCO' } });
  expect(await bellwire.api('GET', '/accounts/NEWCO')).toMatchObject({ firstSeenAt: null });
  await send('track', { userId: 'zoe', event: 'Saved' });
  await send('track', { userId: 'zoe', event: 'Saved' });
  expect(await eventsOf('zoe')).toEqual([
    ['pageLoaded', 'zoe', 'NEWCO'],
    ['visitorCreated', 'zoe', 'NEWCO'],
    ['accountCreated', 'zoe', 'NEWCO'],
    ['trackEventReceived', 'zoe', 'NEWCO'],
    ['trackEventReceived', 'zoe', 'NEWCO'],
  ]);
  expect(await bellwire.api('GET', '/accounts/NEWCO')).toMatchObject({ firstSeenAt: expect.any(String) });
});

async function toAgent(item: object): Promise<void> {
  const response = await fetch(`${bellwire.url}/data/agent/${testKeys.apiKey}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ events: [item] }),
  });
  expect(response.status).toBe(200);
}

/** Each call is a commit of its own, because the next one is sent when it has been answered. */
async function send(type: string, call: object): Promise<void> {
  const response = await fetch(`${bellwire.url}/v1/${type}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...call, writeKey: testKeys.apiKey }),
  });
  expect(response.status).toBe(200);
}

/** Oldest first. */
async function eventsOf(visitorId: string): Promise<[string, string, string][]> {
  interface Shown {
    type: string;
    visitorId: string;
    accountId: string;
  }
  const { items } = await bellwire.api<{ items: Shown[] }>('GET', `/events?visitorId=${visitorId}`);
  return items.map((event): [string, string, string] => [event.type, event.visitorId, event.accountId]).toReversed();
}

async function warnings(): Promise<unknown[]> {
  return (await bellwire.api<{ items: unknown[] }>('GET', '/warnings')).items;
}
