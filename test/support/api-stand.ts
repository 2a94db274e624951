/**
 * The management API as a caller meets it: the real server and ledger on a real database, a reader with a connection of its
 * own, and the real judge of addresses. Only time stands still, and test sends are noted instead of sent.
 */
import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { registerApi } from '../../src/api/api.ts';
import type { ApiConfig, ApiDeps } from '../../src/api/deps.ts';
import { createPasswords } from '../../src/api/passwords.ts';
import { judgeUrl, parseEgressAllow } from '../../src/core/address.ts';
import { newIntegrationKey, sha256Hex } from '../../src/core/app-keys.ts';
import type { Attempt } from '../../src/core/delivery.ts';
import type { WebhookTarget } from '../../src/core/webhook.ts';
import type { WebhookHealth } from '../../src/core/webhook-health.ts';
import { createServer } from '../../src/http/server.ts';
import { takeAgentItems } from '../../src/ingest/agent-items.ts';
import { allDoors } from '../../src/ingest/doors.ts';
import type { FirstKeys } from '../../src/ledger/directory.ts';
import type { Directory, Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Reads } from '../../src/ledger/reads.ts';
import { createReads } from '../../src/ledger/reads-store.ts';
import { insertIntegrationKey } from '../../src/store/integration-keys.ts';
import { openForReading } from '../../src/store/open-store.ts';
import { type FakeClock, fakeClock } from './fake-clock.ts';
import { type Look, standDatabase } from './stand-database.ts';

export interface ApiStand {
  server: FastifyInstance;
  ledger: Ledger;
  reads: Reads;
  directory: () => Directory;
  clock: FakeClock;
  keys: FirstKeys;
  /** An integration key that may only read. */
  readKey: string;
  /** Behind the API. */
  look: Look;
  /** What the API is told of how it goes with sending to a webhook. */
  healths: Map<string, WebhookHealth>;
  testSends: { target: WebhookTarget; body: string }[];
  logged: unknown[];
  /** Asks with a key that may write, unless told otherwise. */
  ask(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, key?: string): Promise<Answer>;
  /** Resolves when the ledger has done what it had to do, and every delivery has its row. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: Record<string, unknown>;
  text: string;
}

/** `fault` takes the place of parts, to show that what watches over the API would see one. */
export async function openApiStand(
  config: Partial<ApiConfig> = {},
  fault: (parts: ApiDeps) => Partial<ApiDeps> = () => ({}),
): Promise<ApiStand> {
  const { publicUrl = null, trustedProxies = null } = config;
  const database = await standDatabase();
  const { address, look } = database;
  const clock = fakeClock();
  const logged: unknown[] = [];
  const testSends: ApiStand['testSends'] = [];
  const healths: ApiStand['healths'] = new Map();
  let directory: Directory | null = null;
  const known = (): Directory => {
    if (directory === null) throw new Error('The ledger has told of no directory.');
    return directory;
  };

  const { ledger, firstKeys } = await openLedger(
    { database: address, secretKey: randomBytes(32), fixedKeys: {}, segmentApiUrl: null },
    {
      clock,
      listener: {
        onClaims: () => {},
        onClaimsLost: () => {},
        onDirectory: (told) => {
          directory = told;
        },
        onTrouble: (...line) => void logged.push(line),
      },
    },
  );
  if (firstKeys === null) throw new Error('A new database was taken for an old one.');
  const readKey = newIntegrationKey();
  const { id, key } = readKey;
  const hash = sha256Hex(key);
  await insertIntegrationKey(look.db, {
    id,
    name: 'Reader',
    hash,
    hint: '',
    scopes: '["read"]',
    created_at: clock.now(),
    last_used_at: null,
  });
  // Any command makes the ledger read its keys again.
  await ledger.changeSettings({});

  const reads = createReads(openForReading(address), { segmentApiUrl: null });
  const log = {
    info: (...line: unknown[]) => void logged.push(line),
    warn: () => {},
    error: (...line: unknown[]) => void logged.push(line),
  };
  const server = createServer({}, { clock, log });
  const rules = { allow: parseEgressAllow('127.0.0.1'), http: true };
  const deps: ApiDeps = {
    ledger,
    reads,
    directory: known,
    checkUrl: async (url) => judgeUrl(url, rules),
    async testSend(target, body) {
      testSends.push({ target, body });
      return attempt(clock.now(), target.url, 200, null);
    },
    system: async () => ({
      node: { name: 'stand', roles: ['ingest', 'deliver', 'admin'] },
      startedAt: clock.now(),
      memoryBytes: 1,
      database: { kind: address.kind, address: 'a database' },
      disk: null,
    }),
    takeIn: async (apiKey, body) => takeAgentItems(allDoors({}, { ledger, directory: known, clock }), apiKey, body),
    health: (webhookId) => healths.get(webhookId) ?? null,
    clock,
    log,
    passwords: createPasswords({ memory: 64, passes: 1, parallelism: 1 }),
    baseUrl: () => publicUrl ?? 'http://127.0.0.1:8080',
  };
  await registerApi(server, { segmentApiUrl: null, publicUrl, trustedProxies }, { ...deps, ...fault(deps) });

  return {
    server,
    ledger,
    reads,
    directory: known,
    clock,
    keys: firstKeys,
    readKey: key,
    look,
    healths,
    testSends,
    logged,
    async ask(method, url, body, shown = firstKeys.integrationKey) {
      const { statusCode, headers, payload } = await server.inject({
        method,
        url: `/api/v1${url}`,
        headers: { authorization: `Bearer ${shown}` },
        ...(body === undefined ? {} : { payload: body }),
      });
      const parsed: Record<string, unknown> = payload === '' ? {} : JSON.parse(payload);
      return { status: statusCode, headers, body: parsed, text: payload };
    },
    // A command goes through the loop after all that was due before it, and settles everything.
    settled: async () => void (await ledger.changeSettings({})),
    async close() {
      await server.close();
      await reads.close();
      await ledger.close();
      await database.drop();
    },
  };
}

export function attempt(startedAt: number, url: string, status: number | null, code: string | null): Attempt {
  return {
    startedAt,
    url,
    requestHeadersJson: '{"content-type":"application/json"}',
    status,
    responseHeadersJson: '{"server":"test"}',
    responseBody: 'ok',
    responseTruncated: false,
    code,
    timings: { dnsMs: null, connectMs: 1, tlsMs: null, firstByteMs: 2, totalMs: 3 },
  };
}
