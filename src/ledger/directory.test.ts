import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { type StandDatabase, standDatabase } from '../../test/support/stand-database.ts';
import { sha256Hex } from '../core/app-keys.ts';
import { createVault } from '../core/vault.ts';
import { migrateDatabase } from '../store/migrate-database.ts';
import { firstAppId, firstStart, loadDirectory } from './directory.ts';

const clock = fakeClock();
const vault = createVault(randomBytes(32));
let database: StandDatabase;
beforeEach(async () => {
  database = await standDatabase();
  await migrateDatabase(database.address);
});
afterEach(() => database.drop());

const start = (fixed: Parameters<typeof firstStart>[2] = {}, with_ = vault) =>
  firstStart(database.look.db, { vault: with_, clock }, fixed);

test('the first start makes a subscription, an app and a key that may write; the second makes nothing', async () => {
  const keys = await start();
  const directory = await loadDirectory(database.look.db, vault, { segmentApiUrl: null });
  expect(directory).toEqual({
    subscription: { id: directory.subscription.id, name: 'Bellwire' },
    apps: [
      {
        id: firstAppId,
        name: 'My app',
        apiKey: keys?.apiKey,
        trackSecretHash: sha256Hex(keys?.trackSecret ?? ''),
        trackEnabled: true,
      },
    ],
    integrationKeys: [
      expect.objectContaining({
        id: keys?.integrationKey.split('_')[1],
        hash: sha256Hex(keys?.integrationKey ?? ''),
        scopes: ['write', 'people'],
      }),
    ],
    users: [],
    sessions: [],
    isSetUp: false,
    webhooks: [],
    features: [
      {
        id: expect.stringMatching(/^ft_\w{12}$/),
        appId: firstAppId,
        name: 'Any click',
        rule: '*',
        createdAt: clock.now(),
        changedAt: clock.now(),
      },
    ],
    sentElsewhere: [],
  });
  expect(String(directory.subscription.id)).toMatch(/^\d{16}$/);
  expect(await start()).toBeNull();
  expect(await loadDirectory(database.look.db, vault, { segmentApiUrl: null })).toEqual(directory);
});

test('keys that the operator fixed are used from the first start on', async () => {
  const fixed = { apiKey: 'my-api-key', trackSecret: 'my-track-secret', integrationKey: 'my-integration-key' };
  expect(await start({ ...fixed, subscriptionName: 'Acme' })).toEqual(fixed);
  const { subscription, apps, integrationKeys } = await loadDirectory(database.look.db, vault, { segmentApiUrl: null });
  expect(subscription.name).toBe('Acme');
  expect(apps).toMatchObject([{ apiKey: 'my-api-key', trackSecretHash: sha256Hex('my-track-secret') }]);
  expect(integrationKeys).toMatchObject([{ hash: sha256Hex('my-integration-key') }]);
});

test('keys that are fixed later take the place of the first ones, and the others stay', async () => {
  const keys = await start();
  expect(await start({ apiKey: null, integrationKey: 'fixed-later' })).toBeNull();
  const { apps, integrationKeys } = await loadDirectory(database.look.db, vault, { segmentApiUrl: null });
  expect(apps).toMatchObject([{ apiKey: keys?.apiKey, trackSecretHash: sha256Hex(keys?.trackSecret ?? '') }]);
  expect(integrationKeys).toMatchObject([{ hash: sha256Hex('fixed-later'), scopes: ['write', 'people'] }]);
});

test('a wrong secret key stops the start and says which key is wanted', async () => {
  await start();
  const wrong = createVault(randomBytes(32));
  const refusal = await start({ apiKey: 'changed' }, wrong).catch((error: unknown) => String(error));
  expect(refusal).toContain('BELLWIRE_SECRET_KEY');
  expect(refusal).toContain(vault.keyId);
  expect(refusal).toContain(wrong.keyId);
  expect((await loadDirectory(database.look.db, vault, { segmentApiUrl: null })).apps[0]?.apiKey).not.toBe('changed');
});
