/** Webhooks: what is asked of the server about them. */
import { queryOptions } from '@tanstack/react-query';
import type { NewWebhook, TestAnswer, Webhook, WebhookChanges, WebhookWithSecret } from './answers.ts';
import { liveEveryMs, queries } from './queries.ts';
import { ask, at } from './request.ts';

export const webhooksQuery = queryOptions({
  queryKey: ['webhooks'],
  queryFn: async () => (await ask<{ items: Webhook[] }>('GET', '/webhooks')).items,
  refetchInterval: liveEveryMs,
});

export function webhookQuery(id: string) {
  return queryOptions({
    queryKey: ['webhooks', id],
    queryFn: () => ask<Webhook>('GET', at('/webhooks', id)),
    refetchInterval: liveEveryMs,
  });
}

export type Toggled = Webhook & { heldCount: number };

export async function enableWebhook(id: string, held: 'send' | 'discard'): Promise<Toggled> {
  return reloading(ask<Toggled>('POST', at('/webhooks', id, 'enable'), { body: { held } }));
}

export async function disableWebhook(id: string): Promise<Toggled> {
  return reloading(ask<Toggled>('POST', at('/webhooks', id, 'disable'), { body: {} }));
}

export async function createWebhook(settings: NewWebhook): Promise<WebhookWithSecret> {
  return reloading(ask<WebhookWithSecret>('POST', '/webhooks', { body: settings }));
}

export async function changeWebhook(id: string, changes: WebhookChanges): Promise<Webhook> {
  return reloading(ask<Webhook>('PATCH', at('/webhooks', id), { body: changes }));
}

export async function deleteWebhook(id: string): Promise<{ cancelledCount: number }> {
  const deleted = await ask<{ cancelledCount: number }>('DELETE', at('/webhooks', id));
  queries.removeQueries({ queryKey: ['webhooks', id] });
  void queries.invalidateQueries({ queryKey: ['webhooks'], exact: true });
  return deleted;
}

/** `settings` are those of the form; null tests the webhook as it is saved. */
export function testWebhook(id: string | null, settings: NewWebhook | null, event: string): Promise<TestAnswer> {
  if (settings !== null) return ask('POST', '/webhooks/test', { body: { ...settings, event } });
  return ask('POST', at('/webhooks', id ?? '', 'test'), { body: { event } });
}

async function reloading<Answer>(asked: Promise<Answer>): Promise<Answer> {
  const answer = await asked;
  void queries.invalidateQueries({ queryKey: ['webhooks'] });
  return answer;
}
