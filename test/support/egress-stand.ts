/**
 * A whole server between a receiver that it may reach and a canary that it must not, both on the same port: the receiver at
 * 127.0.0.2, the canary at 127.0.0.3. Every receiver in a test is private, so without the second address a guard that refuses
 * everything would pass, and so would one that refuses nothing and reaches nothing.
 *
 * The checks come back as what was found wrong, in sentences. With the real network that is nothing; with a network in which
 * a fault is planted it must be something.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Network } from '../../src/app.ts';
import { type Bellwire, eventually, startBellwire, testKeys, track } from './bellwire.ts';
import { type DnsStub, startDnsStub } from './dns-stub.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { standDatabase } from './stand-database.ts';

export interface EgressStand {
  receiver: Receiver;
  dns: DnsStub;
  /** Connections that the canary has seen. */
  readonly canaryCount: number;
  /** What is said of each URL when it is given to a new webhook, to one that is there, and to a test of settings. */
  refusals(url: string): Promise<Said[]>;
  /**
   * Puts URLs into webhooks behind the back of the judge, as if they had been saved when they meant something else, and says
   * what a test, the first attempt and a replay of each end with.
   */
  endsOf(urls: readonly string[]): Promise<Map<string, Said[]>>;
  bellwire: () => Bellwire;
  close(): Promise<void>;
}

export interface Said {
  way: string;
  /** `ok` when nothing is wrong. */
  code: string;
}

interface DeliveryShown {
  id: string;
  webhookId: string;
  state: string;
  lastCode: string | null;
  attemptCount: number;
}

/** The name of the server itself, as its settings have it. */
export const publicUrl = 'http://bellwire.test';

export async function openEgressStand(network: Partial<Network> = {}): Promise<EgressStand> {
  const database = await standDatabase();
  const receiver = await startReceiver(200, { host: '127.0.0.2' });
  const dns = await startDnsStub();
  let canaryCount = 0;
  const canary = createServer((socket) => {
    canaryCount += 1;
    socket.destroy();
  });
  canary.listen(receiver.port, '127.0.0.3');
  await once(canary, 'listening');
  const settings = { database: database.address, egressAllow: '127.0.0.2/32', dnsServers: [dns.server], publicUrl };
  const start = () => startBellwire(settings, network);
  let bellwire = await start();
  const good = await bellwire.addWebhook({ url: receiver.url });
  await bellwire.api('POST', `/webhooks/${good.id}/disable`);

  async function delivered(webhookIds: ReadonlySet<string>, attemptCount: number): Promise<DeliveryShown[]> {
    return eventually(async () => {
      const { items } = await bellwire.api<{ items: DeliveryShown[] }>('GET', '/deliveries?limit=200');
      const ours = items.filter((item) => webhookIds.has(item.webhookId));
      const done = ours.filter((item) => item.state !== 'pending' && item.attemptCount >= attemptCount);
      return done.length === webhookIds.size ? done : null;
    });
  }

  return {
    receiver,
    dns,
    get canaryCount() {
      return canaryCount;
    },
    bellwire: () => bellwire,

    async refusals(url) {
      const { url: server } = bellwire;
      return [
        { way: 'create', code: await codeOf(server, 'POST', '/webhooks', { name: 'New', url }) },
        { way: 'change', code: await codeOf(server, 'PATCH', `/webhooks/${good.id}`, { url }) },
        { way: 'test of settings', code: await codeOf(server, 'POST', '/webhooks/test', { url, timeoutSeconds: 5 }) },
      ];
    },

    async endsOf(urls) {
      const ids = new Map<string, string>();
      for (const url of urls) {
        const settings = {
          url: receiver.url,
          events: ['trackEventReceived'],
          retryDelaysSeconds: [],
          timeoutSeconds: 5,
        };
        ids.set((await bellwire.addWebhook(settings)).id, url);
      }
      await bellwire.close();
      const { db } = database.look;
      for (const [id, url] of ids) await db.updateTable('webhooks').set({ url }).where('id', '=', id).execute();
      bellwire = await start();

      const said = new Map(urls.map((url): [string, Said[]] => [url, []]));
      const note = (id: string, way: string, code: string | null) =>
        said.get(ids.get(id) ?? '')?.push({ way, code: code ?? 'ok' });
      for (const id of ids.keys()) {
        const { attempt } = await bellwire.api<{ attempt: { code: string | null } }>(
          'POST',
          `/webhooks/${id}/test`,
          {},
        );
        note(id, 'test', attempt.code);
      }
      await track(bellwire.url, 'Sent');
      const first = await delivered(new Set(ids.keys()), 1);
      for (const { webhookId, lastCode } of first) note(webhookId, 'first attempt', lastCode);
      for (const { id } of first) await bellwire.api('POST', `/deliveries/${id}/replay`, {});
      for (const { webhookId, lastCode } of await delivered(new Set(ids.keys()), 2))
        note(webhookId, 'replay', lastCode);
      for (const id of ids.keys()) await bellwire.api('DELETE', `/webhooks/${id}`);
      return said;
    },

    async close() {
      await bellwire.close();
      await Promise.all([receiver.close(), dns.close()]);
      canary.close();
      await database.drop();
    },
  };
}

/** The code of the error, or of the attempt that a test made, or `ok`. */
async function codeOf(url: string, method: string, path: string, body: object): Promise<string> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${testKeys.integrationKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as { error?: { code: string }; attempt?: { code: string | null } };
  return answer.error?.code ?? answer.attempt?.code ?? 'ok';
}

/** One event to a webhook with these settings, and its delivery when it is over. */
export async function sendOne(stand: EgressStand, settings: { url: string } & Record<string, unknown>) {
  const bellwire = stand.bellwire();
  const { id } = await bellwire.addWebhook({ events: ['trackEventReceived'], retryDelaysSeconds: [], ...settings });
  await track(bellwire.url, 'Sent');
  const delivery = await eventually(async () => {
    const { items } = await bellwire.api<{ items: DeliveryShown[] }>('GET', `/deliveries?webhookId=${id}`);
    return items[0] === undefined || items[0].state === 'pending' ? null : items[0];
  });
  await bellwire.api('DELETE', `/webhooks/${id}`);
  return delivery;
}
