/** What a webhook's settings must have to hold together, whether they are being made or changed. */
import { BellwireError } from './errors.ts';
import { limits } from './limits.ts';
import type { Webhook, WebhookSettings } from './webhook.ts';

/** What is to be different. Headers are laid over those that there are, and null takes one away. */
export type WebhookChanges = Partial<Omit<WebhookSettings, 'headers'>> & { headers?: Record<string, string | null> };

/** A receiver that goes by a signature must not be sent anything without it. */
export function requireSecret({ hubSignature, hasSecret }: { hubSignature: boolean; hasSecret: boolean }): void {
  if (hubSignature && !hasSecret) throw invalidSetting('hubSignature', 'needs a secret to sign with');
}

export function requireRate({ ratePerSecond, rateBurst }: Pick<WebhookSettings, 'ratePerSecond' | 'rateBurst'>): void {
  if (rateBurst !== null && ratePerSecond === null) {
    throw invalidSetting('rateBurst', 'needs a ratePerSecond to go with');
  }
}

export function requireFewHeaders(names: readonly string[]): void {
  if (names.length <= limits.webhookHeadersMax) return;
  throw invalidSetting('headers', `may hold at most ${limits.webhookHeadersMax} headers`);
}

/** The rate and the burst after a change: without a rate there is nothing that a burst could belong to. */
export function changedRate(
  present: Pick<Webhook, 'ratePerSecond' | 'rateBurst'>,
  changes: WebhookChanges,
): Pick<WebhookSettings, 'ratePerSecond' | 'rateBurst'> {
  const { ratePerSecond = present.ratePerSecond, rateBurst = null } = changes;
  requireRate({ ratePerSecond, rateBurst });
  if (ratePerSecond === null) return { ratePerSecond, rateBurst: null };
  return { ratePerSecond, rateBurst: changes.rateBurst === undefined ? present.rateBurst : changes.rateBurst };
}

export function invalidSetting(field: string, said: string): BellwireError {
  return new BellwireError('invalid_field', `"${field}" ${said}.`, { field });
}
