/** Nodes that leave something out: they say so to whoever comes, and stay what monitors and operators can ask. */
import { expect, test } from 'vitest';
import type { Config } from '../../src/settings.ts';
import { eventually, startBellwire, testKeys, track } from '../support/bellwire.ts';
import { startReceiver } from '../support/receiver.ts';

const key = { authorization: `Bearer ${testKeys.integrationKey}` };

test('a node that takes no events refuses them in a way that makes senders try again', async () => {
  const bellwire = await startBellwire({ roles: ['deliver', 'admin'] });
  const json = { 'content-type': 'application/json' };
  const basic = { authorization: `Basic ${Buffer.from(`${testKeys.apiKey}:`).toString('base64')}` };
  const call = JSON.stringify({ event: 'Bought', userId: 'ada', writeKey: testKeys.apiKey });
  for (const response of [
    await track(bellwire.url, 'Bought'),
    await fetch(`${bellwire.url}/v1/track`, { method: 'POST', headers: { ...json, ...basic }, body: call }),
    await fetch(`${bellwire.url}/data/agent/${testKeys.apiKey}`, {
      method: 'POST',
      headers: json,
      body: '{"events":[]}',
    }),
  ]) {
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await response.text()).toContain('BELLWIRE_ROLES leave out ingest');
  }
  expect(await (await fetch(`${bellwire.url}/api/v1/events`, { headers: key })).json()).toMatchObject({ items: [] });
  await bellwire.close();
});

test('a node without the management API says so, whatever is asked and whoever asks', async () => {
  const bellwire = await startBellwire({ roles: ['ingest', 'deliver'] });
  for (const [method, path, headers] of [
    ['GET', '/webhooks', key],
    ['DELETE', '/webhooks/wh_1', {}],
    ['POST', '/webhooks', { ...key, 'content-type': 'application/json' }],
  ] as const) {
    const response = await fetch(`${bellwire.url}/api/v1${path}`, {
      method,
      headers,
      ...(method === 'POST' ? { body: '{' } : {}),
    });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      error: { code: 'wrong_node', message: expect.stringContaining('BELLWIRE_ROLES leave out admin') },
    });
  }
  expect((await fetch(`${bellwire.url}/elsewhere`)).status).toBe(404);
  expect((await track(bellwire.url, 'Bought')).status).toBe(200);
  await bellwire.close();
});

test('a node that sends nothing takes events and sends tests', async () => {
  const receiver = await startReceiver();
  const bellwire = await startBellwire({ roles: ['ingest', 'admin'] });
  const { id } = await bellwire.addWebhook({ url: receiver.url, events: 'all' });
  expect((await track(bellwire.url, 'Bought')).status).toBe(200);
  await eventually(async () => {
    const { items } = await bellwire.api<{ items: { state: string }[] }>('GET', '/deliveries');
    return items.length === 3 && items.every(({ state }) => state === 'pending') ? items : null;
  });
  expect(receiver.connectionCount).toBe(0);
  expect(await bellwire.api('GET', `/webhooks/${id}`)).toMatchObject({ health: null });
  const { attempt } = await bellwire.api<{ attempt: object }>('POST', `/webhooks/${id}/test`, {});
  expect(attempt).toMatchObject({ status: 200 });
  expect(receiver.connectionCount).toBe(1);
  await bellwire.close();
  await receiver.close();
});

test.each<[Config['roles'], string]>([
  [['ingest'], 'web-1'],
  [['deliver'], 'sender-1'],
  [['admin'], 'admin-1'],
])('monitors and Prometheus can ask a node that does %s alone', async (roles, nodeName) => {
  const bellwire = await startBellwire({ roles, nodeName });
  expect((await fetch(`${bellwire.url}/livez`)).status).toBe(200);
  expect(await (await fetch(`${bellwire.url}/readyz`)).json()).toEqual({ status: 'ok' });
  const metrics = await (await fetch(`${bellwire.url}/metrics`)).text();
  expect(metrics).toContain(`bellwire_node_info{node="${nodeName}",roles="${roles.join(',')}",version="`);
  expect(metrics).toContain('\nbellwire_deliveries_in_flight 0\n');
  expect(metrics).toContain('\nbellwire_deliveries_pending 0\n');
  expect(bellwire.log.join('\n')).toContain(`"roles":${JSON.stringify(roles)}`);
  await bellwire.close();
});
