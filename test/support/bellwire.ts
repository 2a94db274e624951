/** A whole server on a database of its own, on a free port, with keys that the test knows. */
import { dirname } from 'node:path';
import { type Network, realNetwork, startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Config } from '../../src/settings.ts';
import { type Look, standDatabase, testSecretKey } from './stand-database.ts';

export const testKeys = {
  apiKey: '5a1d3c9e-0000-4000-8000-000000000001',
  trackSecret: 'bwt_test_track_secret_0001',
  integrationKey: 'bwi_test_integration_key_0001',
};

export interface Bellwire {
  url: string;
  /** By which the first Admin is made; null when the test names one. */
  setupLink: string | null;
  /** Of the database's file, where it has one and the test has not given it. */
  folder: string;
  /** Behind its back; not for a database that the test has given. */
  look: Look;
  /** Calls the management API with the integration key; throws when the answer is not a 2xx. */
  api<Answer = Record<string, unknown>>(method: string, path: string, body?: object): Promise<Answer>;
  /** Makes a webhook and switches it on. */
  addWebhook(settings: Record<string, unknown>): Promise<TestWebhook>;
  /** Everything that was logged so far. */
  log: string[];
  close(): Promise<void>;
}

export interface TestWebhook {
  id: string;
  signingSecret: string;
}

/** `network` takes the place of parts that reach out. */
export async function startBellwire(over: Partial<Config> = {}, network: Partial<Network> = {}): Promise<Bellwire> {
  const own = over.database === undefined ? await standDatabase() : null;
  const reading = readConfig({}, ['--port', '0']);
  if (!reading.ok) throw new Error(reading.problems.join('\n'));
  const database = own?.address ?? reading.config.database;
  const config = {
    ...reading.config,
    ...testKeys,
    database,
    // On a file the server makes one itself.
    secretKey: (over.database ?? database).kind === 'postgres' ? testSecretKey : null,
    ...over,
  };
  const log: string[] = [];
  const note = (detail: object, message: string): void => {
    log.push(JSON.stringify({ ...detail, message }));
  };
  const app = await startApp(config, {
    log: { info: note, warn: note, error: note },
    clock: systemClock,
    // The middle of the road: no jitter.
    dice: () => 0.5,
    onDeath: (error) => {
      throw error;
    },
    network: { ...realNetwork, ...network },
  });
  const api = apiCaller(app.url);
  return {
    url: app.url,
    setupLink: app.setupLink,
    folder: own?.address.kind === 'sqlite' ? dirname(own.address.path) : '',
    get look() {
      if (own === null) throw new Error('The database is of the test itself, and so is the look at it.');
      return own.look;
    },
    log,
    api,
    async addWebhook(settings) {
      const made = await api<TestWebhook>('POST', '/webhooks', { name: 'Test', ...settings });
      await api('POST', `/webhooks/${made.id}/enable`, {});
      return made;
    },
    async close() {
      await app.close();
      await own?.drop();
    },
  };
}

/** Speaks to the management API of the server at `url`. */
export function apiCaller(url: string, key = testKeys.integrationKey): Bellwire['api'] {
  return async <Answer>(method: string, path: string, body?: object): Promise<Answer> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as Answer;
  };
}

/** One event of a server, through the Track door. */
export async function track(url: string, event: string, visitorId = 'ada'): Promise<Response> {
  return fetch(`${url}/data/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-pendo-integration-key': testKeys.trackSecret },
    body: JSON.stringify({ type: 'track', event, visitorId, accountId: 'acme', timestamp: Date.now() }),
  });
}

/** Asks again until the answer is there; gives up after ten seconds, unless it may take longer. */
export async function eventually<Value>(ask: () => Promise<Value | null>, withinMs = 10_000): Promise<Value> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await ask();
    if (value !== null) return value;
    if (Date.now() > deadline) throw new Error(`It did not come about within ${withinMs / 1000} seconds.`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
