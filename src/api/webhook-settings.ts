/**
 * From what a caller sends of a webhook to settings that hold together: what each type needs and what it has no use for,
 * an address that may be dialled, and headers that may be set.
 */
import type { Static } from 'typebox';
import { BellwireError } from '../core/errors.ts';
import { headerProblem } from '../core/header-rules.ts';
import { limits } from '../core/limits.ts';
import type { WebhookSettings, WebhookType } from '../core/webhook.ts';
import {
  invalidSetting,
  requireFewHeaders,
  requireRate,
  requireSecret,
  type WebhookChanges,
} from '../core/webhook-rules.ts';
import type { ApiDeps } from './deps.ts';
import { given } from './given.ts';
import type { newWebhookSchema, webhookChangesSchema } from './webhook-schema.ts';

type CheckUrl = ApiDeps['checkUrl'];

export async function settingsOf(sent: Static<typeof newWebhookSchema>, checkUrl: CheckUrl): Promise<WebhookSettings> {
  const type = sent.type ?? 'url';
  refuseForeignFields(type, sent);
  const required = type === 'url' ? 'url' : 'writeKey';
  if (sent[required] === undefined) throw invalidSetting(required, `is required for a webhook of the type ${type}`);
  const headers = sent.headers ?? {};
  requireFewHeaders(Object.keys(headers));
  checkHeaders(headers, type);
  requireSecret({ hubSignature: sent.hubSignature === true, hasSecret: typeof sent.secret === 'string' });
  requireRate({ ratePerSecond: sent.ratePerSecond ?? null, rateBurst: sent.rateBurst ?? null });
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

/**
 * The changes as far as they can be judged by themselves. Whether they go together with what there is only the ledger can
 * say, which knows what that is when they are made.
 */
export async function changesOf(
  sent: Static<typeof webhookChangesSchema>,
  type: WebhookType,
  checkUrl: CheckUrl,
): Promise<WebhookChanges> {
  refuseForeignFields(type, sent);
  const { name, secret, writeKey, region, headers, events, signaturePrefix, hubSignature, ratePerSecond, rateBurst } =
    sent;
  checkHeaders(headers ?? {}, type);
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
    rateBurst,
  });
}

function refuseForeignFields(type: WebhookType, sent: object): void {
  const foreign = type === 'url' ? ['writeKey', 'region'] : ['url', 'secret', 'hubSignature'];
  const other = type === 'url' ? 'segment' : 'url';
  for (const field of foreign) {
    // Null and false say "none", which holds for either type.
    const value: unknown = (sent as Record<string, unknown>)[field];
    if (value !== undefined && value !== null && value !== false)
      throw invalidSetting(field, `is only for webhooks of the type ${other}`);
  }
}

async function checkedUrl(raw: string, checkUrl: CheckUrl): Promise<string> {
  const verdict = await checkUrl(raw.trim());
  if (!verdict.ok) throw new BellwireError(verdict.code, verdict.message, { field: 'url' });
  return String(verdict.url);
}

/** Those that are to be taken away are none to be set. */
function checkHeaders(headers: Readonly<Record<string, string | null>>, type: WebhookType): void {
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value === null) continue;
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
