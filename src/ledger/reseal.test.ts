import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { type StandDatabase, standDatabase } from '../../test/support/stand-database.ts';
import { createVault } from '../core/vault.ts';
import type { WebhookSettings } from '../core/webhook.ts';
import type { Directory } from './ledger.ts';
import { type LedgerConfig, openLedger } from './open.ts';

const [former, present, other] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const settings: WebhookSettings = {
  name: 'CRM',
  type: 'url',
  url: 'https://crm.example.com/',
  secret: 'a secret of the receiver',
  writeKey: null,
  region: null,
  events: 'all',
  headers: { 'X-One': 'first value', 'X-Two': 'second value' },
  timeoutMs: 1000,
  retryDelaysMs: [],
  signaturePrefix: '',
  hubSignature: false,
  ratePerSecond: null,
  rateBurst: null,
};
let database: StandDatabase;
beforeEach(async () => {
  database = await standDatabase();
});
afterEach(() => database.drop());

test('everything under a former key is sealed anew, once, and then opens without it', async () => {
  const before = await withLedger(former, [], async ({ ledger }) => {
    const url = await ledger.createWebhook(settings);
    await ledger.rotateSigningSecret(url.id, 1000);
    await ledger.createWebhook({ ...settings, type: 'segment', url: null, secret: null, writeKey: 'wk', region: 'us' });
    const gone = await ledger.createWebhook(settings);
    await ledger.deleteWebhook(gone.id);
  });
  expect(before.resealed).toBeNull();
  expect(await keyIdsIn()).toEqual(new Set([createVault(former).keyId]));

  // The first: its secret, two signing secrets, two headers. The second: write key, signing secret, two headers.
  const changed = await withLedger(present, [other, former]);
  expect(changed.resealed).toEqual({ sealedCount: 10, unreadableCount: 0 });
  expect(changed.directory).toEqual(before.directory);
  expect(await keyIdsIn()).toEqual(new Set([createVault(present).keyId]));

  const again = await withLedger(present, [former]);
  expect(again.resealed).toEqual({ sealedCount: 0, unreadableCount: 0 });
  expect((await withLedger(present, [])).directory).toEqual(before.directory);
  await expect(withLedger(former, [])).rejects.toThrow('BELLWIRE_SECRET_KEY is not the key');
});

test('with no key that opens it nothing starts, and nothing is changed', async () => {
  await withLedger(former, [], async ({ ledger }) => void (await ledger.createWebhook(settings)));
  await expect(withLedger(present, [other])).rejects.toThrow(createVault(former).keyId);
  expect(await keyIdsIn()).toEqual(new Set([createVault(former).keyId]));
});

test('what no key opens is counted and left as it is, and the rest is sealed anew', async () => {
  const ids: string[] = [];
  await withLedger(former, [], async ({ ledger }) => {
    for (const name of ['Whole', 'Broken']) ids.push((await ledger.createWebhook({ ...settings, name })).id);
  });
  const broken = createVault(other).seal('x', 'elsewhere');
  const changes = { secret_sealed: broken, headers_sealed: JSON.stringify({ 'X-One': broken }) };
  await database.look.db
    .updateTable('webhooks')
    .set(changes)
    .where('id', '=', ids[1] ?? '')
    .execute();
  const { resealed, directory } = await withLedger(present, [former]);
  // The canary, four of the whole one, the signing secret of the broken one.
  expect(resealed).toEqual({ sealedCount: 6, unreadableCount: 2 });
  const unreadable = new Map(directory.webhooks.map(({ id, secretsUnreadable }) => [id, secretsUnreadable]));
  expect(ids.map((id) => unreadable.get(id))).toEqual([false, true]);
});

async function withLedger(
  secretKey: Buffer,
  formerSecretKeys: Buffer[],
  work: (opened: Awaited<ReturnType<typeof openLedger>>) => Promise<void> = async () => {},
) {
  const clock = fakeClock();
  let directory: Directory | null = null;
  const listener = {
    onClaims() {},
    onTrouble() {},
    onClaimsLost: () => {},
    onDirectory(told: Directory) {
      directory = told;
    },
  };
  const config: LedgerConfig = {
    database: database.address,
    secretKey,
    formerSecretKeys,
    fixedKeys: {},
    segmentApiUrl: null,
  };
  const opened = await openLedger(config, { clock, listener });
  await work(opened);
  await opened.ledger.close();
  return { resealed: opened.resealed, directory: directory as unknown as Directory };
}

/** The ids of all keys that something in the database is under, wherever it stands. */
async function keyIdsIn(): Promise<Set<string>> {
  const rows = [
    ...(await database.look.rows('select * from webhooks')),
    ...(await database.look.rows("select * from facts where name = 'vault_canary'")),
  ];
  return new Set([...JSON.stringify(rows).matchAll(/v1\.([0-9a-f]{8})\./g)].map(([, keyId = '']) => keyId));
}
