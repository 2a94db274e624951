/**
 * What a webhook had chosen and whether it was on, from which event on: so that an event can still say, after settings have
 * changed, why a webhook did not get it. Written when a setting changes; an event costs nothing.
 */
import type { Kysely } from 'kysely';
import { newestEventId } from './events.ts';
import type { Database, WebhookHistoryRow } from './schema.ts';

/** Of one webhook: bounds what a program can fill the disk with that switches it on and off all day. */
const entriesKept = 1000;

/** Notes how the webhook is now, if that is new. Commits and changes come one after the other, so no event is in between. */
export async function noteWebhook(db: Kysely<Database>, id: string, now: number): Promise<void> {
  const row = await db
    .selectFrom('webhooks')
    .select(['enabled', 'events', 'deleted_at'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return;
  const state = row.deleted_at !== null ? 'deleted' : row.enabled === 1 ? 'on' : 'off';
  const last = await db
    .selectFrom('webhook_history')
    .select(['state', 'events'])
    .where('webhook_id', '=', id)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last?.state === state && last.events === row.events) return;
  const { events } = row;
  const after_event_id = (await newestEventId(db)) ?? '';
  await db.insertInto('webhook_history').values({ webhook_id: id, after_event_id, at: now, state, events }).execute();
  const old = db
    .selectFrom('webhook_history')
    .select('seq')
    .where('webhook_id', '=', id)
    .orderBy('seq', 'desc')
    .limit(1_000_000)
    .offset(entriesKept);
  await db.deleteFrom('webhook_history').where('seq', 'in', old).execute();
}

/** Those that have chosen entries of the audit log, now or before. */
export async function adminEventWebhooks(db: Kysely<Database>): Promise<string[]> {
  const rows = await db
    .selectFrom('webhook_history')
    .select('webhook_id')
    .distinct()
    .where('events', 'like', '%"adminEvent"%')
    .execute();
  return rows.map(({ webhook_id }) => webhook_id);
}

/** How each webhook was when the event came; one that is missing was made later. */
export async function webhooksAt(
  db: Kysely<Database>,
  eventId: string,
): Promise<Map<string, Pick<WebhookHistoryRow, 'state' | 'events' | 'at'>>> {
  const rows = await db
    .selectFrom('webhook_history')
    .select(['webhook_id', 'state', 'events', 'at'])
    .where('seq', 'in', (eb) =>
      eb
        .selectFrom('webhook_history')
        .select((inner) => inner.fn.max('seq').as('seq'))
        .where('after_event_id', '<', eventId)
        .groupBy('webhook_id'),
    )
    .execute();
  return new Map(rows.map((row) => [row.webhook_id, row]));
}
