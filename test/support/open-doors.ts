/**
 * The doors on a real port, and behind them a ledger that only writes down what it is given. Journeys that need what
 * follows from an event use the real ledger; here it is about what a door makes of a request.
 */
import { hash } from 'node:crypto';
import { systemClock } from '../../src/core/clock.ts';
import type { EventInput, IngestionWarning } from '../../src/core/event-input.ts';
import { createServer, type ServerConfig } from '../../src/http/server.ts';
import { allDoors } from '../../src/ingest/doors.ts';
import type { AcceptResult, Directory, MetadataWrite } from '../../src/ledger/ledger.ts';

/** 2026-11-22T12:00:00.000Z, and what every test's clock says. */
export const nowMs = Date.UTC(2026, 10, 22, 12);

export const apiKey = 'api-key-of-the-first-app';
export const trackSecret = 'track-secret-of-the-first-app';
export const writeKey = 'integration-key-that-may-write';
export const readKey = 'integration-key-that-may-only-read';

export interface OpenDoors {
  url: string;
  port: number;
  inputs: EventInput[];
  warnings: IngestionWarning[];
  writes: MetadataWrite[];
  logged: unknown[];
  /** What the next inputs get for an answer; a promise lets a request wait, an error stands for a broken ledger. */
  answer: (inputs: EventInput[]) => Promise<AcceptResult[]>;
  trackEnabled(enabled: boolean): void;
  advance(ms: number): void;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  json: { [key: string]: unknown };
}

export async function openDoors(config: ServerConfig = {}, doors: { ratePerSecond?: number } = {}): Promise<OpenDoors> {
  let now = nowMs;
  let directory = directoryWith(true);
  const logged: unknown[] = [];
  const note = (detail: object, message: string) => void logged.push({ ...detail, message });
  const log = { info: note, warn: note, error: note };
  // Nothing but the closing of the server waits for a timer here.
  const clock = { ...systemClock, now: () => now, monotonicMs: () => now };

  const opened: OpenDoors = {
    url: '',
    port: 0,
    inputs: [],
    warnings: [],
    writes: [],
    logged,
    answer: async (inputs) => inputs.map(() => ({ kind: 'accepted', eventId: '0'.repeat(40) })),
    trackEnabled: (enabled) => void (directory = directoryWith(enabled)),
    advance: (ms) => void (now += ms),
    async post(path, body, headers = {}) {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array;
      const response = await fetch(opened.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: isRaw ? body : JSON.stringify(body),
      });
      const text = await response.text();
      const json: Answer['json'] = JSON.parse(text);
      return { status: response.status, headers: response.headers, text, json };
    },
    close: () => server.close(),
  };
  const ledger = {
    async accept(inputs: EventInput[], warnings: IngestionWarning[]) {
      opened.inputs.push(...inputs);
      opened.warnings.push(...warnings);
      return opened.answer(inputs);
    },
    async writeMetadata(request: MetadataWrite) {
      opened.writes.push(request);
      return { updatedCount: request.items.length, createdCount: 0, missing: [], tooLarge: [] };
    },
  };
  const routes = allDoors(doors, { ledger, directory: () => directory, clock });
  const server = createServer(config, { log, clock, doors: routes });
  server.route({
    method: ['GET', 'POST'],
    url: '/broken',
    handler() {
      throw new Error('a secret that stays inside');
    },
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  opened.url = server.listeningOrigin;
  opened.port = Number(new URL(opened.url).port);
  return opened;
}

function directoryWith(trackEnabled: boolean): Directory {
  const key = { name: '', hint: '', createdAt: 0, lastUsedAt: null };
  return {
    subscription: { id: 1, name: 'Test' },
    apps: [{ id: 7, name: 'First app', apiKey, trackSecretHash: sha256(trackSecret), trackEnabled }],
    integrationKeys: [
      { id: 'k1', hash: sha256(writeKey), ...key, scopes: ['write'] },
      { id: 'k2', hash: sha256(readKey), ...key, scopes: ['read'] },
    ],
    users: [],
    sessions: [],
    isSetUp: true,
    webhooks: [],
    features: [],
    sentElsewhere: [],
  };
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}
