/**
 * The secrets of a webhook as they are stored: each sealed for its own place, so that none can be moved to another row,
 * column or header. Header names stay in the clear, because people have to see which headers there are.
 */
import { hint } from '../core/app-keys.ts';
import type { Vault } from '../core/vault.ts';
import type { WebhookSettings } from '../core/webhook.ts';
import { mergeHeaders } from '../core/webhook-headers.ts';
import type { WebhookRow } from '../store/schema.ts';
import { sealedHeadersOf } from '../store/webhooks.ts';

/** The columns that hold one secret each, without `_sealed`. */
export const sealedColumns = ['secret', 'write_key', 'signing_secret', 'former_signing_secret'] as const;
type SealedColumn = (typeof sealedColumns)[number];

export function sealedPlace(webhookId: string, what: SealedColumn): string {
  return `webhooks.${webhookId}.${what}`;
}

/** The columns that hold those secrets which `settings` says something about. */
export function secretColumns(
  webhookId: string,
  settings: Partial<Pick<WebhookSettings, 'secret' | 'writeKey' | 'headers'>>,
  vault: Pick<Vault, 'seal'>,
) {
  const { secret, writeKey, headers } = settings;
  const sealed = (value: string | null, what: 'secret' | 'write_key') =>
    value === null ? null : vault.seal(value, sealedPlace(webhookId, what));
  return {
    ...(secret === undefined
      ? {}
      : { secret_sealed: sealed(secret, 'secret'), secret_hint: secret === null ? null : hint(secret) }),
    ...(writeKey === undefined
      ? {}
      : { write_key_sealed: sealed(writeKey, 'write_key'), write_key_hint: writeKey === null ? null : hint(writeKey) }),
    ...(headers === undefined ? {} : { headers_sealed: sealHeaders(headers, webhookId, vault) }),
  };
}

export function sealHeaders(headers: Record<string, string>, webhookId: string, vault: Pick<Vault, 'seal'>): string {
  const sealed = Object.entries(headers).map(([name, value]) => [
    name,
    vault.seal(value, headerPlace(webhookId, name)),
  ]);
  return JSON.stringify(Object.fromEntries(sealed));
}

/** The sealed headers after a change. Those that stay are not opened, and so stay also where they could not be. */
export function changedHeaders(
  row: Pick<WebhookRow, 'id' | 'headers_sealed'>,
  changes: Readonly<Record<string, string | null>>,
  vault: Pick<Vault, 'seal'>,
): Record<string, string> {
  const sealed = Object.entries(changes).map(([name, value]): [string, string | null] => [
    name,
    value === null ? null : vault.seal(value, headerPlace(row.id, name)),
  ]);
  return mergeHeaders(Object.fromEntries(sealedHeadersOf(row)), Object.fromEntries(sealed));
}

/** Null when one of them does not open. */
export function openHeaders(
  sealed: readonly (readonly [string, string])[],
  webhookId: string,
  vault: Pick<Vault, 'open'>,
): Record<string, string> | null {
  const opened: [string, string][] = [];
  for (const [name, value] of sealed) {
    const text = vault.open(value, headerPlace(webhookId, name));
    if (text === null) return null;
    opened.push([name, text]);
  }
  return Object.fromEntries(opened);
}

function headerPlace(webhookId: string, name: string): string {
  return `webhooks.${webhookId}.headers.${name}`;
}
