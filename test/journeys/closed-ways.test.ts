/** What must not be sent, or not by that way: unsigned, by somebody's proxy, or late because of names that nobody knows. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type Bellwire, eventually, startBellwire, testKeys, track } from '../support/bellwire.ts';
import { startDnsStub } from '../support/dns-stub.ts';
import { startProgram } from '../support/program.ts';
import { startReceiver } from '../support/receiver.ts';
import { type StandDatabase, standDatabase } from '../support/stand-database.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

test.each(['secret_sealed', 'signing_secret_sealed', 'headers_sealed', 'former_signing_secret_sealed'] as const)(
  'with %s damaged in the database nothing is sent, and a failed attempt says so',
  async (column) => {
    const { address: database, look } = await databaseOfTest();
    const receiver = await startReceiver();
    open.push(() => receiver.close());
    const before = await startBellwire({ database });
    const settings = { url: receiver.url, secret: 'a secret of its own', headers: { 'X-Key': 'value' } };
    const { id } = await before.addWebhook(settings);
    await before.api('POST', `/webhooks/${id}/rotate-signing-secret`, {});
    await before.close();
    const row = await look.db.selectFrom('webhooks').select(column).executeTakeFirstOrThrow();
    const sealed = Object.values(row)[0] ?? '';
    // One character of what is sealed, in the middle of it.
    const at = sealed.lastIndexOf('.') - 4;
    const damaged = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    await look.db
      .updateTable('webhooks')
      .set({ [column]: damaged })
      .execute();

    const bellwire = await start({ database });
    await track(bellwire.url, 'Sent');
    const delivery = await finished(bellwire, id);
    expect(delivery).toMatchObject({ state: 'failed', lastCode: 'secret_unreadable', attemptCount: 1 });
    const { attempt } = await bellwire.api<{ attempt: object }>('POST', `/webhooks/${id}/test`, {});
    expect(attempt).toMatchObject({ code: 'secret_unreadable', status: null });
    expect(receiver.connectionCount).toBe(0);
  },
);

test('a change of the secret key is logged by count, and every secret goes on working', async () => {
  const { address: database } = await databaseOfTest();
  const [former, present] = [randomBytes(32), randomBytes(32)];
  const receiver = await startReceiver();
  open.push(() => receiver.close());
  const before = await startBellwire({ database, secretKey: former });
  await before.addWebhook({ url: receiver.url, headers: { 'X-Key': 'value' } });
  await before.close();
  const refused = startBellwire({ database, secretKey: present });
  await expect(refused).rejects.toThrow('BELLWIRE_FORMER_SECRET_KEYS');

  const bellwire = await start({ database, secretKey: present, formerSecretKeys: [former] });
  expect(bellwire.log.join('\n')).toContain('"sealedCount":3,"unreadableCount":0');
  await track(bellwire.url, 'Sent');
  expect((await receiver.next()).headers['x-key']).toBe('value');
});

test('a newcomer reaches receivers on this machine, and not the server itself, however it is written', async () => {
  const bellwire = await start({ host: '127.0.0.1', egressAllow: null });
  const receiver = await startReceiver();
  open.push(() => receiver.close());
  await bellwire.addWebhook({ url: receiver.url });
  const { port } = new URL(bellwire.url);
  for (const host of ['127.0.0.1', '2130706433', '127.1']) {
    const url = `http://${host}:${port}/data/agent/${testKeys.apiKey}`;
    for (const path of ['/webhooks', '/webhooks/test']) {
      const refused = bellwire.api('POST', path, { name: 'Loop', url });
      await expect(refused).rejects.toThrow(/"blocked_address".*Bellwire itself/);
    }
  }
  await track(bellwire.url, 'Sent');
  await receiver.next();
});

test('the server does not post to itself when a name leads there only later, and the name is allowed', async () => {
  const dns = await startDnsStub({ 'loop.test': ['1.1.1.1'] });
  open.push(() => dns.close());
  const bellwire = await start({ dnsServers: [dns.server], egressAllow: '127.0.0.0/8,loop.test' });
  const url = `http://loop.test:${new URL(bellwire.url).port}/data/agent/${testKeys.apiKey}`;
  const { id } = await bellwire.addWebhook({ url, retryDelaysSeconds: [] });
  dns.names.set('loop.test', ['127.0.0.1']);
  await track(bellwire.url, 'Sent');
  expect(await finished(bellwire, id)).toMatchObject({ state: 'failed', lastCode: 'blocked_address' });
});

test('proxies of the environment get nothing of what webhooks send', async () => {
  let proxiedCount = 0;
  const proxy = createServer((socket) => {
    proxiedCount += 1;
    socket.destroy();
  });
  proxy.listen(0, '127.0.0.3');
  await once(proxy, 'listening');
  open.push(() => proxy.close());
  const address = proxy.address();
  const proxyUrl = `http://127.0.0.3:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const receiver = await startReceiver();
  open.push(() => receiver.close());
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'http_proxy', 'https_proxy', 'all_proxy'];
  const program = startProgram(['serve'], {
    ...Object.fromEntries(names.map((name) => [name, proxyUrl])),
    NODE_USE_ENV_PROXY: '1',
    BELLWIRE_PORT: '0',
    ...(await databaseOfTest()).env,
    BELLWIRE_INTEGRATION_KEY: testKeys.integrationKey,
  });
  open.push(async () => {
    program.signal('SIGTERM');
    await program.ended;
  });
  const [, url = ''] = await program.wrote(/is ready at (http:\S+)/);
  const test = async (target: string) => {
    const response = await fetch(`${url}/api/v1/webhooks/test`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testKeys.integrationKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: target }),
    });
    return ((await response.json()) as { attempt: { code: string | null } }).attempt.code;
  };
  expect(await test(receiver.url)).toBeNull();
  // There is no TLS at the other end: what matters is who was asked.
  expect(await test(receiver.url.replace('http:', 'https:'))).toMatch(/^(?:tls_|connection_)/);
  expect([proxiedCount, receiver.connectionCount]).toEqual([0, 2]);
});

test('fifty receivers whose names nobody answers for delay no other, and neither doors nor the API', async () => {
  const dns = await startDnsStub({ 'healthy.test': ['127.0.0.2'] });
  open.push(() => dns.close());
  const receiver = await startReceiver(200, { host: '127.0.0.2' });
  open.push(() => receiver.close());
  const bellwire = await start({ dnsServers: [dns.server], egressAllow: '127.0.0.2/32' });
  const common = { events: ['trackEventReceived'], retryDelaysSeconds: [] };
  const silent: string[] = [];
  for (let index = 0; index < 50; index += 1) {
    const name = `silent-${index}.test`;
    dns.names.set(name, ['127.0.0.2']);
    silent.push((await bellwire.addWebhook({ ...common, url: `http://${name}:${receiver.port}/` })).id);
    dns.names.set(name, null);
  }
  await bellwire.addWebhook({ ...common, url: `http://healthy.test:${receiver.port}/` });

  for (let index = 0; index < 5; index += 1) expect((await track(bellwire.url, `Event ${index}`)).status).toBe(200);
  for (let index = 0; index < 5; index += 1) await receiver.next();
  // The healthy one has all of its events and the API has answered while every one of the silent is still waiting for DNS.
  const seen = await bellwire.api<{ items: { webhookId: string; state: string }[] }>('GET', '/deliveries?state=failed');
  expect(seen.items).toEqual([]);
  expect(new Set(dns.asked.filter((name) => name.startsWith('silent-'))).size).toBe(50);
  // And then they fail, for what it is.
  expect(await finished(bellwire, silent[49] ?? '')).toMatchObject({ state: 'failed', lastCode: 'dns_timeout' });
}, 30_000);

async function start(config: Parameters<typeof startBellwire>[0]): Promise<Bellwire> {
  const bellwire = await startBellwire(config);
  open.push(() => bellwire.close());
  return bellwire;
}

async function databaseOfTest(): Promise<StandDatabase> {
  const database = await standDatabase();
  open.push(() => database.drop());
  return database;
}

async function finished(bellwire: Bellwire, webhookId: string) {
  return eventually(async () => {
    const path = `/deliveries?webhookId=${webhookId}&eventType=trackEventReceived`;
    const { items } = await bellwire.api<{ items: { state: string }[] }>('GET', path);
    return items.at(-1)?.state === 'pending' ? null : (items.at(-1) ?? null);
  });
}
