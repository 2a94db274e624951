/** Behind a proxy the exclude list goes by the address of whoever sends, at every door that browsers send to. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bellwire, startBellwire, testKeys } from '../support/bellwire.ts';

let bellwire: Bellwire;
beforeAll(async () => {
  bellwire = await startBellwire({ trustedProxies: ['127.0.0.1/32'] });
  await bellwire.api('POST', '/exclusions', { kind: 'ip', pattern: '203.0.113.0/24' });
});
afterAll(() => bellwire.close());

test.each([
  ['the agent', `/data/agent/${testKeys.apiKey}`, { events: [{ type: 'pageLoad', visitorId: 'ada' }] }],
  ['Segment', '/v1/p', { writeKey: testKeys.apiKey, userId: 'ada', channel: 'client' }],
])('an excluded address is excluded: %s', async (_, path, body) => {
  for (const [address, notSent] of [
    ['203.0.113.5', 'excluded'],
    ['198.51.100.5', null],
  ] as const) {
    const response = await fetch(bellwire.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
    const { items } = await bellwire.api<{ items: Record<string, unknown>[] }>(
      'GET',
      '/events?type=pageLoaded&limit=1',
    );
    expect(items).toMatchObject([{ visitorId: 'ada', withheld: notSent }]);
  }
});
