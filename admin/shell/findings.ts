/** What the command palette finds: pages by their names, and what the server knows by name or by the start of an id. */
import type { Account, Event, Page, Visitor, Webhook } from '../api/answers.ts';
import { ask, at, Refused } from '../api/request.ts';

export interface Find {
  kind: string;
  name: string;
  to: string;
}

/** Every page there is; `words` are others by which people look for it. */
const pages: readonly { name: string; to: string; words: string; forAdmins?: true }[] = [
  { name: 'Overview', to: '/', words: 'home start' },
  { name: 'Events', to: '/events', words: 'live' },
  { name: 'Deliveries', to: '/deliveries', words: 'log attempts failed retries' },
  { name: 'Visitors', to: '/visitors', words: 'people users' },
  { name: 'Accounts', to: '/accounts', words: 'companies groups' },
  { name: 'Warnings', to: '/warnings', words: 'ingestion problems refused' },
  { name: 'Webhooks', to: '/settings/integrations/webhooks', words: 'integrations receivers', forAdmins: true },
  { name: 'Add Webhook', to: '/settings/integrations/webhooks/new', words: 'create new', forAdmins: true },
  { name: 'Sources', to: '/settings/integrations/sources', words: 'install snippet segment recipes connect' },
  { name: 'Subscription', to: '/settings/subscription', words: 'apps api key track secret write key' },
  { name: 'Tagged features', to: '/settings/features', words: 'clicks feature' },
  { name: 'Exclude list', to: '/settings/exclude-list', words: 'block ignore' },
  { name: 'Retention', to: '/settings/retention', words: 'days keep delete' },
  { name: 'Users', to: '/settings/users', words: 'people invite members admins', forAdmins: true },
  { name: 'Integration keys', to: '/settings/integration-keys', words: 'api token', forAdmins: true },
  { name: 'Audit log', to: '/settings/audit-log', words: 'history changes', forAdmins: true },
  { name: 'System', to: '/settings/system', words: 'nodes queue disk version', forAdmins: true },
  { name: 'Your profile', to: '/profile', words: 'password sessions' },
];

export function pagesFor(text: string, isAdmin: boolean): Find[] {
  const wanted = text.trim().toLowerCase();
  return pages
    .filter(({ forAdmins }) => isAdmin || forAdmins !== true)
    .filter(({ name, words }) => `${name} ${words}`.toLowerCase().includes(wanted))
    .map(({ name, to }) => ({ kind: 'Page', name, to }));
}

export async function findings(text: string, isAdmin: boolean, signal: AbortSignal): Promise<Find[]> {
  const lower = text.toLowerCase();
  const [webhooks, visitors, accounts, event] = await Promise.all([
    isAdmin ? ask<{ items: Webhook[] }>('GET', '/webhooks', { signal }) : { items: [] },
    ask<Page<Visitor>>('GET', '/visitors', { query: { search: text, limit: 5 }, signal }),
    ask<Page<Account>>('GET', '/accounts', { query: { search: text, limit: 5 }, signal }),
    /^[0-9a-f]{40}$/.test(lower) ? eventOf(lower, signal) : null,
  ]);
  const delivery = /^[0-9a-f]{40}_wh_[0-9a-z]{12}$/.test(lower) ? lower : null;
  return [
    ...(event === null ? [] : [{ kind: 'Event', name: `${event.type} ${event.id}`, to: at('/events', event.id) }]),
    ...(delivery === null ? [] : [{ kind: 'Delivery', name: delivery, to: at('/deliveries', delivery) }]),
    ...webhooks.items
      .filter(({ id, name }) => name.toLowerCase().includes(lower) || id.startsWith(lower))
      .slice(0, 5)
      .map(({ id, name }) => ({ kind: 'Webhook', name, to: at('/settings/integrations/webhooks', id) })),
    ...visitors.items.map(({ id }) => ({ kind: 'Visitor', name: id, to: at('/visitors', id) })),
    ...accounts.items
      .filter(({ id }) => id !== '')
      .map(({ id }) => ({ kind: 'Account', name: id, to: at('/accounts', id) })),
  ];
}

async function eventOf(id: string, signal: AbortSignal): Promise<Event | null> {
  try {
    return await ask<Event>('GET', at('/events', id), { signal });
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}
