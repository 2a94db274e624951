/**
 * Webhooks. A deleted one keeps its row, because the log of what was sent to it still names it, and is in no list; its
 * secrets, headers and address are wiped.
 */
import type { Kysely, Updateable } from 'kysely';
import type { EventChoice } from '../core/event.ts';
import { limits } from '../core/limits.ts';
import type { SegmentRegion, SignaturePrefix, Webhook, WebhookType } from '../core/webhook.ts';
import { hiddenValue } from '../core/webhook-headers.ts';
import { webhookUrl } from '../core/webhook-url.ts';
import type { Database, WebhookRow } from './schema.ts';

/** All that exist, oldest first. There are at most a thousand, so they are read whole. */
export function webhookRows(db: Kysely<Database>): Promise<WebhookRow[]> {
  return db
    .selectFrom('webhooks')
    .selectAll()
    .where('deleted_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

/** Those that exist, and after them the deleted ones, newest first; of these not more than there can be of the others. */
export async function webhookRowsWithDeleted(db: Kysely<Database>): Promise<WebhookRow[]> {
  const deleted = await db
    .selectFrom('webhooks')
    .selectAll()
    .where('deleted_at', 'is not', null)
    .orderBy('deleted_at', 'desc')
    .limit(limits.webhooksMax)
    .execute();
  return [...(await webhookRows(db)), ...deleted];
}

export async function listWebhooks(db: Kysely<Database>, segmentApiUrl: string | null): Promise<Webhook[]> {
  return (await webhookRows(db)).map((row) => webhookOf(row, segmentApiUrl)).toReversed();
}

export async function findWebhook(
  db: Kysely<Database>,
  id: string,
  segmentApiUrl: string | null,
): Promise<Webhook | null> {
  const row = await findWebhookRow(db, id);
  return row === null ? null : webhookOf(row, segmentApiUrl);
}

export async function findWebhookRow(db: Kysely<Database>, id: string): Promise<WebhookRow | null> {
  const row = await db
    .selectFrom('webhooks')
    .selectAll()
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

export async function countWebhooks(db: Kysely<Database>): Promise<number> {
  const { count } = await db
    .selectFrom('webhooks')
    .select((eb) => eb.fn.countAll().as('count'))
    .where('deleted_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function insertWebhook(db: Kysely<Database>, row: WebhookRow): Promise<void> {
  await db.insertInto('webhooks').values(row).execute();
}

export async function updateWebhook(db: Kysely<Database>, id: string, values: Updateable<WebhookRow>): Promise<void> {
  await db.updateTable('webhooks').set(values).where('id', '=', id).where('deleted_at', 'is', null).execute();
}

/** Takes former signing secrets away whose time was over by then: what signs nothing any more need not be kept. */
export async function endOverlaps(db: Kysely<Database>, now: number): Promise<void> {
  await db
    .updateTable('webhooks')
    .set({ former_signing_secret_sealed: null, former_signing_ends_at: null })
    .where('former_signing_ends_at', '<=', now)
    .execute();
}

/** Takes everything from a webhook but its name. */
export async function wipeWebhook(db: Kysely<Database>, id: string, now: number): Promise<void> {
  await updateWebhook(db, id, {
    url: null,
    enabled: 0,
    enabled_changed_at: now,
    headers_sealed: '{}',
    secret_sealed: null,
    secret_hint: null,
    write_key_sealed: null,
    write_key_hint: null,
    signing_secret_sealed: '',
    signing_secret_hint: '',
    former_signing_secret_sealed: null,
    former_signing_ends_at: null,
    changed_at: now,
    deleted_at: now,
  });
}

export function eventsOf(row: Pick<WebhookRow, 'events'>): EventChoice {
  return row.events === 'all' ? 'all' : (JSON.parse(row.events) as EventChoice);
}

export function retryDelaysOf(row: Pick<WebhookRow, 'retry_delays_ms'>): number[] {
  return JSON.parse(row.retry_delays_ms) as number[];
}

/** The names of its headers with what each value is sealed as. */
export function sealedHeadersOf(row: Pick<WebhookRow, 'headers_sealed'>): [string, string][] {
  return Object.entries(JSON.parse(row.headers_sealed) as Record<string, string>);
}

/** `segmentApiUrl` takes the place of Segment's own hosts. */
export function webhookOf(row: WebhookRow, segmentApiUrl: string | null): Webhook {
  const type = row.type as WebhookType;
  const region = row.region as SegmentRegion | null;
  return {
    id: row.id,
    name: row.name,
    type,
    url: webhookUrl({ type, url: row.url, region }, segmentApiUrl),
    region,
    events: eventsOf(row),
    enabled: row.enabled === 1,
    disabledReason: row.disabled_reason,
    headers: Object.fromEntries(sealedHeadersOf(row).map(([name]) => [name, hiddenValue])),
    timeoutMs: row.timeout_ms,
    retryDelaysMs: retryDelaysOf(row),
    signaturePrefix: row.signature_prefix as SignaturePrefix,
    hubSignature: row.hub_signature === 1,
    ratePerSecond: row.rate_per_second,
    rateBurst: row.rate_burst,
    secretHint: row.secret_hint,
    writeKeyHint: row.write_key_hint,
    signingSecretHint: row.signing_secret_hint,
    formerSigningEndsAt: row.former_signing_ends_at,
    createdAt: row.created_at,
    changedAt: row.changed_at,
  };
}
