/** What the management API does to webhooks, in the caller's transaction. */

import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { hint } from '../core/app-keys.ts';
import { cleanText } from '../core/canonical-json.ts';
import type { Clock } from '../core/clock.ts';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { newSigningSecret } from '../core/signature.ts';
import type { Vault } from '../core/vault.ts';
import type { Webhook, WebhookSettings } from '../core/webhook.ts';
import { changedRate, requireFewHeaders, requireSecret } from '../core/webhook-rules.ts';
import { beginDiscard } from '../store/discards.ts';
import { countPending } from '../store/pending-counts.ts';
import type { Database, WebhookRow } from '../store/schema.ts';
import { noteWebhook } from '../store/webhook-history.ts';
import {
  countWebhooks,
  findWebhookRow,
  insertWebhook,
  updateWebhook,
  webhookOf,
  wipeWebhook,
} from '../store/webhooks.ts';
import type { Ledger } from './ledger.ts';
import { changedHeaders, sealedPlace, secretColumns } from './webhook-secrets.ts';

type WebhookCommands = Pick<
  Ledger,
  | 'createWebhook'
  | 'changeWebhook'
  | 'rotateSigningSecret'
  | 'retireSigningSecret'
  | 'enableWebhook'
  | 'disableWebhook'
  | 'deleteWebhook'
>;

export interface CommandDeps {
  vault: Pick<Vault, 'seal' | 'open'>;
  clock: Pick<Clock, 'now'>;
  newWebhookId: () => string;
  newReplayId: () => string;
}

export interface CommandConfig {
  /** Where webhooks of the Segment type post to, instead of Segment's own hosts. */
  segmentApiUrl: string | null;
}

export function createWebhookCommands(db: Kysely<Database>, deps: CommandDeps, config: CommandConfig): WebhookCommands {
  const { vault, clock, newWebhookId } = deps;

  return {
    async createWebhook(settings) {
      if ((await countWebhooks(db)) >= limits.webhooksMax) {
        throw new BellwireError('conflict', `There can be at most ${limits.webhooksMax} webhooks. Delete one first.`);
      }
      const id = newWebhookId();
      const now = clock.now();
      const signingSecret = newSigningSecret(randomBytes);
      const row: WebhookRow = {
        id,
        name: cleanText(settings.name),
        type: settings.type,
        url: settings.url,
        region: settings.region,
        ...plainColumns(settings),
        headers_sealed: '{}',
        secret_sealed: null,
        secret_hint: null,
        write_key_sealed: null,
        write_key_hint: null,
        ...secretColumns(id, settings, vault),
        enabled: 0,
        enabled_changed_at: now,
        disabled_reason: null,
        ...signingColumns(id, signingSecret, vault),
        former_signing_secret_sealed: null,
        former_signing_ends_at: null,
        created_at: now,
        changed_at: now,
        deleted_at: null,
        discard_through: null,
        discard_at: null,
      };
      await insertWebhook(db, row);
      await noteWebhook(db, id, now);
      return { ...shown(row), signingSecret };
    },

    async changeWebhook(id, changes) {
      const row = await findWebhookRow(db, id);
      if (row === null) return null;
      const present = shown(row);
      if (changes.type !== undefined && changes.type !== present.type) {
        // What is pending was written for the one type, and the other's receiver could not read it.
        throw new BellwireError('conflict', 'The type of a webhook cannot change. Add a new one instead.', {
          field: 'type',
        });
      }
      const { headers, ...settings } = changes;
      const rate = changedRate(present, settings);
      const columns = { ...plainColumns({ ...present, ...settings, ...rate }), ...secretColumns(id, settings, vault) };
      // One that has come to be without its secret can still be changed in all else.
      if (settings.secret !== undefined || settings.hubSignature !== undefined) {
        const { secret_sealed: sealed, hub_signature: signs } = { ...row, ...columns };
        requireSecret({ hubSignature: signs === 1, hasSecret: sealed !== null });
      }
      const sealedHeaders = headers === undefined ? null : changedHeaders(row, headers, vault);
      if (sealedHeaders !== null) requireFewHeaders(Object.keys(sealedHeaders));
      return update(row, {
        ...(settings.name === undefined ? {} : { name: cleanText(settings.name) }),
        url: settings.url ?? row.url,
        region: settings.region ?? row.region,
        ...columns,
        ...(sealedHeaders === null ? {} : { headers_sealed: JSON.stringify(sealedHeaders) }),
        changed_at: clock.now(),
      });
    },

    async rotateSigningSecret(id, overlapMs) {
      const row = await findWebhookRow(db, id);
      if (row === null) return null;
      const now = clock.now();
      if (overlapMs > 0 && row.former_signing_ends_at !== null && row.former_signing_ends_at > now) {
        // A third secret would take the place of one that the receiver may still be going by.
        throw new BellwireError(
          'conflict',
          'The secret before this one still signs. Retire it first, or rotate without an overlap.',
        );
      }
      const former = overlapMs === 0 ? null : vault.open(row.signing_secret_sealed, sealedPlace(id, 'signing_secret'));
      const signingSecret = newSigningSecret(randomBytes);
      const webhook = await update(row, {
        ...signingColumns(id, signingSecret, vault),
        former_signing_secret_sealed:
          former === null ? null : vault.seal(former, sealedPlace(id, 'former_signing_secret')),
        former_signing_ends_at: former === null ? null : now + overlapMs,
        changed_at: now,
      });
      return { ...webhook, signingSecret };
    },

    async retireSigningSecret(id) {
      const row = await findWebhookRow(db, id);
      if (row === null) return null;
      if (row.former_signing_secret_sealed === null) return shown(row);
      return update(row, {
        former_signing_secret_sealed: null,
        former_signing_ends_at: null,
        changed_at: clock.now(),
      });
    },

    async enableWebhook(id, held) {
      const row = await findWebhookRow(db, id);
      if (row === null) return null;
      // What is pending of one that is on is under way and not held.
      if (row.enabled === 1) return { webhook: shown(row), heldCount: 0 };
      const now = clock.now();
      const heldCount = held === 'discard' ? await beginDiscard(db, id, now) : await countPending(db, id);
      const webhook = await update(row, { enabled: 1, enabled_changed_at: now, disabled_reason: null });
      return { webhook, heldCount };
    },

    async disableWebhook(id, reason, url = null) {
      const row = await findWebhookRow(db, id);
      if (row === null) return null;
      if (url !== null && row.url !== null && row.url !== url) return null;
      const heldCount = await countPending(db, id);
      // It keeps the moment and the reason for which it was switched off first.
      if (row.enabled === 0) return { webhook: shown(row), heldCount };
      const values = { enabled: 0, enabled_changed_at: clock.now(), disabled_reason: reason };
      return { webhook: await update(row, values), heldCount };
    },

    async deleteWebhook(id) {
      if ((await findWebhookRow(db, id)) === null) return null;
      const now = clock.now();
      const cancelledCount = await beginDiscard(db, id, now);
      await wipeWebhook(db, id, now);
      await noteWebhook(db, id, now);
      return { cancelledCount };
    },
  };

  async function update(row: WebhookRow, values: Partial<WebhookRow>): Promise<Webhook> {
    await updateWebhook(db, row.id, values);
    await noteWebhook(db, row.id, clock.now());
    return shown({ ...row, ...values });
  }

  function shown(row: WebhookRow): Webhook {
    return webhookOf(row, config.segmentApiUrl);
  }
}

function signingColumns(id: string, secret: string, vault: Pick<Vault, 'seal'>) {
  return {
    signing_secret_sealed: vault.seal(secret, sealedPlace(id, 'signing_secret')),
    signing_secret_hint: hint(secret),
  };
}

/** Settings that are stored as they are. */
function plainColumns(
  settings: Pick<
    WebhookSettings,
    'events' | 'timeoutMs' | 'retryDelaysMs' | 'signaturePrefix' | 'hubSignature' | 'ratePerSecond' | 'rateBurst'
  >,
) {
  return {
    events: settings.events === 'all' ? 'all' : JSON.stringify(settings.events),
    timeout_ms: settings.timeoutMs,
    retry_delays_ms: JSON.stringify(settings.retryDelaysMs),
    signature_prefix: settings.signaturePrefix,
    hub_signature: settings.hubSignature ? 1 : 0,
    rate_per_second: settings.ratePerSecond,
    rate_burst: settings.rateBurst,
  };
}
