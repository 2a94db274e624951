/**
 * What doors and lanes hold in memory of the database, read anew after each change; and what an installation is given on
 * its first start: a subscription, an app and a key, so that it can be used at once.
 */
import type { Kysely } from 'kysely';
import { hint, newApiKey, newIntegrationKey, newNumericId, newTrackSecret, sha256Hex } from '../core/app-keys.ts';
import type { Clock } from '../core/clock.ts';
import type { Vault } from '../core/vault.ts';
import { formatOf, type Webhook, type WebhookTarget } from '../core/webhook.ts';
import { appRows, insertApp, updateApp } from '../store/apps.ts';
import { readFact, writeFact } from '../store/facts.ts';
import { listFeatures } from '../store/features.ts';
import {
  insertIntegrationKey,
  integrationKeyOf,
  integrationKeyRows,
  updateIntegrationKey,
} from '../store/integration-keys.ts';
import type { Database, WebhookRow } from '../store/schema.ts';
import { liveSessions } from '../store/sessions.ts';
import { isSetUp, listUsers } from '../store/users.ts';
import { sealedHeadersOf, webhookOf, webhookRows } from '../store/webhooks.ts';
import { insertAnyClick } from './feature-commands.ts';
import type { Directory } from './ledger.ts';
import { openHeaders, sealedPlace } from './webhook-secrets.ts';

export async function loadDirectory(
  db: Kysely<Database>,
  vault: Pick<Vault, 'open'>,
  config: { segmentApiUrl: string | null },
): Promise<Directory> {
  const [id, name, apps, integrationKeys, users, sessions, setUp, webhooks, features] = [
    await readFact(db, 'subscription_id'),
    await readFact(db, 'subscription_name'),
    await appRows(db),
    await integrationKeyRows(db),
    await listUsers(db),
    await liveSessions(db),
    await isSetUp(db),
    await webhookRows(db),
    await listFeatures(db),
  ];
  return {
    subscription: { id: Number(id), name: name ?? '' },
    apps: apps.map((row) => ({
      id: row.id,
      name: row.name,
      apiKey: row.api_key,
      trackSecretHash: row.track_secret_hash,
      trackEnabled: row.track_enabled === 1,
    })),
    integrationKeys: integrationKeys.map((row) => Object.assign(integrationKeyOf(row), { hash: row.hash })),
    users,
    sessions,
    isSetUp: setUp,
    webhooks: webhooks.map((row) => targetOf(row, webhookOf(row, config.segmentApiUrl), vault)),
    features,
    sentElsewhere: [],
  };
}

/** Keys that the operator has fixed; those left out are made here. */
export interface FixedKeys {
  apiKey?: string | null;
  trackSecret?: string | null;
  integrationKey?: string | null;
  subscriptionName?: string | null;
}

/** What the first start shows, once. */
export interface FirstKeys {
  apiKey: string;
  trackSecret: string;
  integrationKey: string;
}

/** Pendo's id for the default app of a subscription, which receivers have seen in every one of its samples. */
export const firstAppId = -323232;

/**
 * Makes what an empty database needs and answers with its keys; null when it was not empty, and then fixed keys take the
 * place of the stored ones. Throws when the secret key is not the one that this database's secrets are under.
 */
export async function firstStart(
  db: Kysely<Database>,
  deps: { vault: Vault; clock: Pick<Clock, 'now'> },
  fixed: FixedKeys,
): Promise<FirstKeys | null> {
  const { vault, clock } = deps;
  const canary = await readFact(db, 'vault_canary');
  if (canary !== null) {
    if (vault.open(canary, canaryPlace) !== canaryText) throw new Error(wrongKey(canary, vault));
    await applyFixedKeys(db, fixed);
    return null;
  }
  const now = clock.now();
  const made = newIntegrationKey();
  const keys: FirstKeys = {
    apiKey: fixed.apiKey ?? newApiKey(),
    trackSecret: fixed.trackSecret ?? newTrackSecret(),
    integrationKey: fixed.integrationKey ?? made.key,
  };
  const name = fixed.subscriptionName ?? 'Bellwire';
  await writeFact(db, 'subscription_id', String(newNumericId()));
  await writeFact(db, 'subscription_name', name);
  await insertApp(db, {
    id: firstAppId,
    name: 'My app',
    api_key: keys.apiKey,
    ...trackSecretColumns(keys.trackSecret),
    track_enabled: 1,
    created_at: now,
  });
  await insertAnyClick(db, firstAppId, now);
  await insertIntegrationKey(db, {
    id: made.id,
    name: 'First key',
    ...keyColumns(keys.integrationKey),
    scopes: JSON.stringify(['write', 'people']),
    created_at: now,
    last_used_at: null,
  });
  await writeFact(db, 'first_integration_key_id', made.id);
  await writeFact(db, 'vault_canary', vault.seal(canaryText, canaryPlace));
  return keys;
}

export function trackSecretColumns(secret: string): { track_secret_hash: string; track_secret_hint: string } {
  return { track_secret_hash: sha256Hex(secret), track_secret_hint: hint(secret) };
}

const canaryText = 'bellwire';
export const canaryPlace = 'facts.vault_canary';

function wrongKey(canary: string, vault: Pick<Vault, 'keyId'>): string {
  const sealedBy = canary.split('.')[1] ?? '';
  return (
    `BELLWIRE_SECRET_KEY is not the key that this database's secrets are encrypted with: it needs the key ${sealedBy} ` +
    `and was given ${vault.keyId}. Start with the right key, or name it in BELLWIRE_FORMER_SECRET_KEYS to change over to this ` +
    "one; without it the webhooks' secrets cannot be read."
  );
}

async function applyFixedKeys(db: Kysely<Database>, fixed: FixedKeys): Promise<void> {
  const { apiKey = null, trackSecret = null, integrationKey = null } = fixed;
  const keyId = await readFact(db, 'first_integration_key_id');
  await updateApp(db, firstAppId, {
    ...(apiKey === null ? {} : { api_key: apiKey }),
    ...(trackSecret === null ? {} : trackSecretColumns(trackSecret)),
  });
  if (keyId !== null && integrationKey !== null) await updateIntegrationKey(db, keyId, keyColumns(integrationKey));
}

function keyColumns(key: string): { hash: string; hint: string } {
  return { hash: sha256Hex(key), hint: hint(key) };
}

/** A webhook with its secrets in the clear. One that does not open is told as such: nothing may be sent without it. */
function targetOf(row: WebhookRow, webhook: Webhook, vault: Pick<Vault, 'open'>): WebhookTarget {
  const {
    id,
    name,
    type,
    url,
    events,
    enabled,
    timeoutMs,
    retryDelaysMs,
    signaturePrefix,
    hubSignature,
    ratePerSecond,
    rateBurst,
  } = webhook;
  const open = (sealed: string | null, what: Parameters<typeof sealedPlace>[1]) =>
    sealed === null ? null : vault.open(sealed, sealedPlace(id, what));
  const secret = open(row.secret_sealed, 'secret');
  const writeKey = open(row.write_key_sealed, 'write_key');
  const signingSecret = open(row.signing_secret_sealed, 'signing_secret');
  const formerSigningSecret = open(row.former_signing_secret_sealed, 'former_signing_secret');
  const headers = openHeaders(sealedHeadersOf(row), id, vault);
  const secretsUnreadable =
    (secret === null && row.secret_sealed !== null) ||
    (writeKey === null && row.write_key_sealed !== null) ||
    signingSecret === null ||
    (formerSigningSecret === null && row.former_signing_secret_sealed !== null) ||
    headers === null;
  return {
    id,
    name,
    type,
    format: formatOf(type),
    url,
    headers: headers ?? {},
    secret,
    writeKey,
    signingSecret: signingSecret ?? '',
    formerSigning:
      formerSigningSecret === null || row.former_signing_ends_at === null
        ? null
        : { secret: formerSigningSecret, endsAt: row.former_signing_ends_at },
    secretsUnreadable,
    events,
    enabled,
    timeoutMs,
    retryDelaysMs,
    signaturePrefix,
    hubSignature,
    ratePerSecond,
    rateBurst,
  };
}
