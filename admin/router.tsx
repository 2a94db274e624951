/**
 * Every address of the admin, and the page that it shows. Pages are loaded when somebody goes there, or points at a link to
 * one. An address that is new to the server also stands in src/api/admin-pages.ts.
 */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { deliveryFilterNames } from './pages/deliveries/delivery-filter.ts';
import { eventFilterNames } from './pages/events/event-filter.ts';
import { searchOf } from './parts/filters.tsx';
import { Empty, Loading, PageHead, Trouble } from './parts/page.tsx';
import { Gate } from './shell/gate.tsx';

const root = createRootRoute({ component: Outlet });

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  component: lazyRouteComponent(() => import('./pages/people/choose-password-page.tsx'), 'SetupPage'),
});
const password = createRoute({
  getParentRoute: () => root,
  path: '/password',
  component: lazyRouteComponent(() => import('./pages/people/choose-password-page.tsx'), 'PasswordPage'),
});

const signedIn = createRoute({ getParentRoute: () => root, id: 'signed-in', component: Gate });

const overview = createRoute({
  getParentRoute: () => signedIn,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/home/overview-page.tsx'), 'OverviewPage'),
});
const profile = createRoute({
  getParentRoute: () => signedIn,
  path: '/profile',
  component: lazyRouteComponent(() => import('./pages/people/profile-page.tsx'), 'ProfilePage'),
});

const events = createRoute({
  getParentRoute: () => signedIn,
  path: '/events',
  validateSearch: (search) => searchOf(search, eventFilterNames),
  component: lazyRouteComponent(() => import('./pages/events/events-page.tsx'), 'EventsPage'),
});
const event = createRoute({
  getParentRoute: () => signedIn,
  path: '/events/$id',
  component: lazyRouteComponent(() => import('./pages/events/event-page.tsx'), 'EventPage'),
});
const visitors = createRoute({
  getParentRoute: () => signedIn,
  path: '/visitors',
  validateSearch: (search) => searchOf(search, ['search', 'accountId', 'account']),
  component: lazyRouteComponent(() => import('./pages/visitors/visitors-page.tsx'), 'VisitorsPage'),
});
const visitor = createRoute({
  getParentRoute: () => signedIn,
  path: '/visitors/$id',
  component: lazyRouteComponent(() => import('./pages/visitors/visitor-page.tsx'), 'VisitorPage'),
});
const accounts = createRoute({
  getParentRoute: () => signedIn,
  path: '/accounts',
  validateSearch: (search) => searchOf(search, ['search']),
  component: lazyRouteComponent(() => import('./pages/visitors/accounts-page.tsx'), 'AccountsPage'),
});
const account = createRoute({
  getParentRoute: () => signedIn,
  path: '/accounts/$id',
  component: lazyRouteComponent(() => import('./pages/visitors/account-page.tsx'), 'AccountPage'),
});
const warnings = createRoute({
  getParentRoute: () => signedIn,
  path: '/warnings',
  validateSearch: (search) => searchOf(search, ['appId']),
  component: lazyRouteComponent(() => import('./pages/warnings/warnings-page.tsx'), 'WarningsPage'),
});
const deliveries = createRoute({
  getParentRoute: () => signedIn,
  path: '/deliveries',
  validateSearch: (search) => searchOf(search, [...deliveryFilterNames, 'webhookId']),
  component: lazyRouteComponent(() => import('./pages/deliveries/deliveries-page.tsx'), 'DeliveriesPage'),
});
const delivery = createRoute({
  getParentRoute: () => signedIn,
  path: '/deliveries/$id',
  component: lazyRouteComponent(() => import('./pages/deliveries/delivery-page.tsx'), 'DeliveryPage'),
});

const settings = createRoute({
  getParentRoute: () => signedIn,
  path: '/settings',
  component: lazyRouteComponent(() => import('./pages/settings/settings-frame.tsx'), 'SettingsFrame'),
});
const settingsStart = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: () => redirect({ to: '/settings/integrations/webhooks', throw: true }),
});
const integrations = createRoute({
  getParentRoute: () => settings,
  path: '/integrations',
  component: Outlet,
});
const integrationsStart = createRoute({
  getParentRoute: () => integrations,
  path: '/',
  beforeLoad: () => redirect({ to: '/settings/integrations/webhooks', throw: true }),
});
const integrationTabs = createRoute({
  getParentRoute: () => integrations,
  id: 'tabs',
  component: lazyRouteComponent(() => import('./pages/settings/integrations-frame.tsx'), 'IntegrationsFrame'),
});
const webhooks = createRoute({
  getParentRoute: () => integrationTabs,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./pages/webhooks/webhooks-page.tsx'), 'WebhooksPage'),
});
const sources = createRoute({
  getParentRoute: () => integrationTabs,
  path: '/sources',
  validateSearch: (search) => searchOf(search, ['app']),
  component: lazyRouteComponent(() => import('./pages/sources/sources-page.tsx'), 'SourcesPage'),
});
const newWebhook = createRoute({
  getParentRoute: () => integrations,
  path: '/webhooks/new',
  component: lazyRouteComponent(() => import('./pages/webhooks/new-webhook-page.tsx'), 'NewWebhookPage'),
});
const webhook = createRoute({
  getParentRoute: () => integrations,
  path: '/webhooks/$id',
  validateSearch: (search) => searchOf(search, deliveryFilterNames),
  component: lazyRouteComponent(() => import('./pages/webhooks/webhook-page.tsx'), 'WebhookPage'),
});
const editWebhook = createRoute({
  getParentRoute: () => integrations,
  path: '/webhooks/$id/edit',
  component: lazyRouteComponent(() => import('./pages/webhooks/edit-webhook-page.tsx'), 'EditWebhookPage'),
});
const retention = createRoute({
  getParentRoute: () => settings,
  path: '/retention',
  component: lazyRouteComponent(() => import('./pages/settings/retention-page.tsx'), 'RetentionPage'),
});

const subscription = createRoute({
  getParentRoute: () => settings,
  path: '/subscription',
  component: lazyRouteComponent(() => import('./pages/settings/subscription-page.tsx'), 'SubscriptionPage'),
});
const features = createRoute({
  getParentRoute: () => settings,
  path: '/features',
  component: lazyRouteComponent(() => import('./pages/settings/features-page.tsx'), 'FeaturesPage'),
});
const excludeList = createRoute({
  getParentRoute: () => settings,
  path: '/exclude-list',
  component: lazyRouteComponent(() => import('./pages/settings/exclude-list-page.tsx'), 'ExcludeListPage'),
});
const users = createRoute({
  getParentRoute: () => settings,
  path: '/users',
  component: lazyRouteComponent(() => import('./pages/people/users-page.tsx'), 'UsersPage'),
});
const integrationKeys = createRoute({
  getParentRoute: () => settings,
  path: '/integration-keys',
  component: lazyRouteComponent(() => import('./pages/settings/integration-keys-page.tsx'), 'IntegrationKeysPage'),
});
const auditLog = createRoute({
  getParentRoute: () => settings,
  path: '/audit-log',
  validateSearch: (search): { outcome?: 'done' | 'refused' | undefined; targetId?: string | undefined } => ({
    outcome: search['outcome'] === 'done' || search['outcome'] === 'refused' ? search['outcome'] : undefined,
    targetId: typeof search['targetId'] === 'string' ? search['targetId'] : undefined,
  }),
  component: lazyRouteComponent(() => import('./pages/settings/audit-log-page.tsx'), 'AuditLogPage'),
});

const system = createRoute({
  getParentRoute: () => settings,
  path: '/system',
  component: lazyRouteComponent(() => import('./pages/settings/system-page.tsx'), 'SystemPage'),
});

const tree = root.addChildren([
  setup,
  password,
  signedIn.addChildren([
    overview,
    profile,
    events,
    event,
    deliveries,
    delivery,
    visitors,
    visitor,
    accounts,
    account,
    warnings,
    settings.addChildren([
      settingsStart,
      integrations.addChildren([
        integrationsStart,
        integrationTabs.addChildren([webhooks, sources]),
        newWebhook,
        webhook,
        editWebhook,
      ]),
      retention,
      subscription,
      features,
      excludeList,
      users,
      integrationKeys,
      auditLog,
      system,
    ]),
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Loading />,
  defaultNotFoundComponent: Nowhere,
  defaultErrorComponent: ({ error, reset }) => <Trouble error={asError(error)} what="This page" retry={reset} />,
  scrollRestoration: true,
});

function Nowhere() {
  return (
    <>
      <PageHead title="There is no such page" />
      <Empty title="Nothing is at this address">Go on from the menu, or find a page with Ctrl K.</Empty>
    </>
  );
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
