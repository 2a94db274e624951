/**
 * From what a caller sends of a webhook to settings that hold together: what each type needs and what it has no use for,
 * an address that may be dialled, and headers that may be set.
 */
import type { Static } from 'typebox';
import { BellwireError } from '../core/errors.ts';
import { headerProblem } from '../core/header-rules.ts';
import { limits } from '../core/limits.ts';
import type { WebhookSettings, WebhookTarget, WebhookType } from '../core/webhook.ts';
import { mergeHeaders } from '../core/webhook-headers.ts';
import type { ApiDeps } from './deps.ts';
import { given } from './given.ts';
import type { newWebhookSchema, webhookChangesSchema } from './webhook-schema.ts';

type CheckUrl = ApiDeps['checkUrl'];

export async function settingsOf(sent: Static<typeof newWebhookSchema>, checkUrl: CheckUrl): Promise<WebhookSettings> {
  const type = sent.type ?? 'url';
  refuseForeignFields(type, sent);
  const required = type === 'url' ? 'url' : 'writeKey';
  if (sent[required] === undefined) throw invalid(required, `is required for a webhook of the type ${type}`);
  const headers = sent.headers ?? {};
  checkHeaders(headers, type);
  if (sent.hubSignature === true) requireSecret(sent.secret ?? null);
  requireRate(sent.rateBurst, sent.ratePerSecond ?? null);
  return {
    name: sent.name,
    type,
    url: sent.url === undefined ? null : await checkedUrl(sent.url, checkUrl),
    secret: sent.secret ?? null,
    writeKey: sent.writeKey ?? null,
    region: type === 'segment' ? (sent.region ?? 'us') : null,
    headers,
    events: sent.events ?? 'all',
    timeoutMs: milliseconds(sent.timeoutSeconds) ?? limits.attemptTimeoutDefaultMs,
    retryDelaysMs: sent.retryDelaysSeconds?.map((delay) => Math.round(delay * 1000)) ?? [
      ...limits.retryDelaysDefaultMs,
    ],
    signaturePrefix: sent.signaturePrefix ?? '',
    hubSignature: sent.hubSignature ?? false,
    ratePerSecond: sent.ratePerSecond ?? null,
    rateBurst: sent.rateBurst ?? null,
  };
}

/** `present` is the webhook as it is, its headers in the clear. */
export async function changesOf(
  sent: Static<typeof webhookChangesSchema>,
  present: Pick<WebhookTarget, 'type' | 'secret' | 'hubSignature' | 'ratePerSecond'> & {
    headers: Readonly<Record<string, string>>;
  },
  checkUrl: CheckUrl,
): Promise<Partial<WebhookSettings>> {
  refuseForeignFields(present.type, sent);
  const { name, secret, writeKey, region, events, signaturePrefix, hubSignature, ratePerSecond } = sent;
  requireRate(sent.rateBurst, ratePerSecond === undefined ? present.ratePerSecond : ratePerSecond);
  if (hubSignature ?? present.hubSignature) requireSecret(secret === undefined ? present.secret : secret);
  const headers = sent.headers === undefined ? undefined : mergeHeaders(present.headers, sent.headers);
  if (headers !== undefined) checkHeaders(headers, present.type);
  return given({
    name,
    url: sent.url === undefined ? undefined : await checkedUrl(sent.url, checkUrl),
    secret,
    writeKey,
    region,
    headers,
    events,
    timeoutMs: milliseconds(sent.timeoutSeconds),
    retryDelaysMs: sent.retryDelaysSeconds?.map((delay) => Math.round(delay * 1000)),
    signaturePrefix,
    hubSignature,
    ratePerSecond,
    // Without a rate there is nothing that it could belong to.
    rateBurst: ratePerSecond === null ? null : sent.rateBurst,
  });
}

/** A receiver that goes by a signature must not be sent anything without it. */
function requireSecret(secret: string | null): void {
  if (secret === null) throw invalid('hubSignature', 'needs a secret to sign with');
}

function requireRate(burst: number | null | undefined, ratePerSecond: number | null): void {
  if (typeof burst === 'number' && ratePerSecond === null)
    throw invalid('rateBurst', 'needs a ratePerSecond to go with');
}

function refuseForeignFields(type: WebhookType, sent: object): void {
  const foreign = type === 'url' ? ['writeKey', 'region'] : ['url', 'secret', 'hubSignature'];
  const other = type === 'url' ? 'segment' : 'url';
  for (const field of foreign) {
    // Null and false say "none", which holds for either type.
    const value: unknown = (sent as Record<string, unknown>)[field];
    if (value !== undefined && value !== null && value !== false)
      throw invalid(field, `is only for webhooks of the type ${other}`);
  }
}

async function checkedUrl(raw: string, checkUrl: CheckUrl): Promise<string> {
  const verdict = await checkUrl(raw.trim());
  if (!verdict.ok) throw new BellwireError(verdict.code, verdict.message, { field: 'url' });
  return String(verdict.url);
}

function checkHeaders(headers: Readonly<Record<string, string>>, type: WebhookType): void {
  const entries = Object.entries(headers);
  if (entries.length > limits.webhookHeadersMax) {
    throw invalid('headers', `may hold at most ${limits.webhookHeadersMax} headers`);
  }
  const seen = new Set<string>();
  for (const [name, value] of entries) {
    const lowered = name.toLowerCase();
    const problem =
      headerProblem(name, value) ??
      (seen.has(lowered) ? `The header "${name}" is there twice.` : null) ??
      (type === 'segment' && lowered === 'authorization' ? 'The header "Authorization" carries the write key.' : null);
    if (problem !== null) throw new BellwireError('invalid_field', problem, { field: `headers.${name}` });
    seen.add(lowered);
  }
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1000);
}

function invalid(field: string, said: string): BellwireError {
  return new BellwireError('invalid_field', `"${field}" ${said}.`, { field });
}
