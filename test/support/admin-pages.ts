/**
 * Every page of the admin that somebody who is signed in opens, by its name and its address. A test that goes through them
 * has sent an event of visitor grace in account navy to a webhook, and puts in front of them or behind what it alone knows.
 */

export interface ShownIds {
  event: string;
  delivery: string;
  webhook: string;
}

export type AdminPage = readonly [name: string, path: (ids: ShownIds) => string];

export const adminPages: readonly AdminPage[] = [
  ['the overview', () => '/'],
  ['events', () => '/events'],
  ['an event', ({ event }) => `/events/${event}`],
  ['deliveries', () => '/deliveries'],
  ['a delivery', ({ delivery }) => `/deliveries/${delivery}`],
  ['visitors', () => '/visitors'],
  ['visitors of an account', () => '/visitors?accountId=navy'],
  ['a visitor', () => '/visitors/grace'],
  ['accounts', () => '/accounts'],
  ['an account', () => '/accounts/navy'],
  ['warnings', () => '/warnings'],
  ['webhooks', () => '/settings/integrations/webhooks'],
  ['a new webhook', () => '/settings/integrations/webhooks/new'],
  ['a webhook', ({ webhook }) => `/settings/integrations/webhooks/${webhook}`],
  ['a webhook that is edited', ({ webhook }) => `/settings/integrations/webhooks/${webhook}/edit`],
  ['sources', () => '/settings/integrations/sources'],
  ['the subscription', () => '/settings/subscription'],
  ['tagged features', () => '/settings/features'],
  ['the exclude list', () => '/settings/exclude-list'],
  ['retention', () => '/settings/retention'],
  ['users', () => '/settings/users'],
  ['integration keys', () => '/settings/integration-keys'],
  ['the audit log', () => '/settings/audit-log'],
  ['the system', () => '/settings/system'],
  ['the profile', () => '/profile'],
];
