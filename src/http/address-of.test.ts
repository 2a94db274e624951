/** Behind a proxy that the operator has named, each sender is who it is; to all others it is the proxy. */
import { afterEach, describe, expect, test } from 'vitest';
import { apiKey, nowMs, type OpenDoors, openDoors } from '../../test/support/open-doors.ts';
import { addressList } from '../core/address-list.ts';

let doors: OpenDoors;
afterEach(() => doors.close());

const item = { type: 'track', visitorId: 'ada', properties: { name: 'Saved' } };
const events = Array.from({ length: 20 }, () => item);
/** Enough to come in more than one piece, which is read by node:http. */
const large = [...events, { ...item, properties: { name: 'Saved', eventProperties: { list: long() } } }];

function long(): string[] {
  return Array.from({ length: 20 }, () => 'x'.repeat(1000));
}

function from(forwardedFor: string | null) {
  return forwardedFor === null ? {} : { 'x-forwarded-for': forwardedFor };
}

describe.each([
  ['the proxy is named', ['127.0.0.1/32', '10.0.0.0/8'], '203.0.113.5'],
  ['it is not', ['10.0.0.0/8'], '127.0.0.1'],
  ['none is', null, '127.0.0.1'],
])('%s', (_, proxies, address) => {
  const trustedProxies = proxies === null ? null : addressList(proxies);

  test.each([
    ['small', events],
    ['large', large],
  ])('a request that is %s comes from there', async (_size, sent) => {
    doors = await openDoors({ trustedProxies });
    const body = { sentAt: nowMs, events: sent };
    await doors.post(`/data/agent/${apiKey}`, body, from('198.51.100.1, 203.0.113.5, 10.1.1.1'));
    expect(doors.inputs).toHaveLength(sent.length);
    expect(new Set(doors.inputs.map(({ ip }) => ip))).toEqual(new Set([address]));
  });

  test('rates are by address, at the doors, before preflights and elsewhere', async () => {
    doors = await openDoors({ trustedProxies, ratePerSecond: 1 });
    const statuses: number[] = [];
    const path = `${doors.url}/data/agent/${apiKey}`;
    for (const method of ['POST', 'OPTIONS', 'GET']) {
      for (let sender = 1; sender <= 2; sender += 1) {
        const { status } = await fetch(method === 'GET' ? `${doors.url}/nothing` : path, {
          method,
          headers: { 'content-type': 'application/json', ...from(`203.0.113.${sender}`) },
          ...(method === 'POST' ? { body: JSON.stringify({ events }) } : {}),
        });
        statuses.push(status);
      }
    }
    const known = statuses.filter((status) => status !== 429).length;
    // Two seconds' worth each.
    expect(known).toBe(address === '127.0.0.1' ? 2 : 4);
  });
});
