import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { trackInput } from '../../test/support/event-input.ts';
import { systemClock } from '../core/clock.ts';
import { offsetCell } from '../core/database-time.ts';
import { limits } from '../core/limits.ts';
import { startThreads, type Threads } from './bridge.ts';
import type { Directory } from './ledger.ts';

const secretKey = randomBytes(32);
const page = { limit: 10, cursor: null };
let folder: string;
let directory: Directory | null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bellwire-bridge-'));
  directory = null;
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(segmentApiUrl: string | null): Promise<Threads> {
  return startThreads(
    {
      database: { kind: 'sqlite', path: join(folder, 'data', 'bellwire.db') },
      secretKey,
      fixedKeys: {},
      segmentApiUrl,
    },
    {
      onClaims: () => {},
      onClaimsLost: () => {},
      onDirectory: (told) => {
        directory = told;
      },
      onTrouble: () => {},
    },
    {
      clock: systemClock,
      offset: offsetCell(),
      onDeath: (error) => {
        throw error;
      },
    },
  );
}

function modeOf(...path: string[]): string {
  return (statSync(join(folder, ...path)).mode & 0o777).toString(8);
}

test('after closing everything is in one file, which nobody else may read', async () => {
  const threads = await start(null);
  await threads.ledger.accept([trackInput('ada', { name: 'kept' })], []);
  const files = readdirSync(join(folder, 'data')).toSorted();
  expect(files).toEqual(['bellwire.db', 'bellwire.db-shm', 'bellwire.db-wal', 'bellwire.db.lock']);
  for (const file of files) expect(modeOf('data', file), file).toBe('600');
  expect(modeOf('data')).toBe('700');

  // Whether or not anybody has asked the reader anything: here nobody has, and below somebody does.
  await threads.close();
  expect(readdirSync(join(folder, 'data'))).toEqual(['bellwire.db', 'bellwire.db.lock']);

  const again = await start(null);
  expect((await again.reads.events({ type: 'trackEventReceived' }, page)).items).toHaveLength(1);
  await again.close();
  expect(readdirSync(join(folder, 'data'))).toEqual(['bellwire.db', 'bellwire.db.lock']);
});

test('a database belongs to one server at a time', async () => {
  const threads = await start(null);
  await expect(start(null)).rejects.toThrow(/Another Bellwire server uses .*bellwire\.db\. Stop it, or give this one/);
  await threads.close();
  await (await start(null)).close();
});

test('webhooks of the Segment type that are there already follow a change of where Segment is', async () => {
  const before = await start(null);
  const { id, url } = await before.ledger.createWebhook({
    name: 'Segment',
    type: 'segment',
    url: null,
    secret: null,
    writeKey: 'wk',
    region: 'eu',
    events: 'all',
    headers: {},
    timeoutMs: limits.attemptTimeoutDefaultMs,
    retryDelaysMs: [],
    signaturePrefix: '',
    hubSignature: false,
    ratePerSecond: null,
    rateBurst: null,
  });
  expect(url).toBe('https://events.eu1.segmentapis.com/v1/track');
  await before.close();

  const after = await start('http://127.0.0.1:9');
  const wanted = 'http://127.0.0.1:9/v1/track';
  expect(directory?.webhooks).toMatchObject([{ id, url: wanted }]);
  expect(await after.reads.webhook(id)).toMatchObject({ url: wanted });
  expect(await after.reads.webhooks()).toMatchObject([{ url: wanted }]);
  expect(await after.ledger.changeWebhook(id, { name: 'Renamed' })).toMatchObject({ url: wanted });
  await after.close();
});
