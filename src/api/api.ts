/**
 * The management API under /api/v1: everything that people and programs can set and see. Each noun has a file for its
 * routes and one for its schemas; here is what they share: the key, the checking of what is sent, and how errors are told.
 */
import type { FastifyInstance } from 'fastify';
import { BellwireError } from '../core/errors.ts';
import { accessCheck, permissionOf } from './access.ts';
import { addAccountRoutes } from './accounts.ts';
import { actorOf, createActing } from './acting.ts';
import { addAppRoutes } from './apps.ts';
import { addAuditLogRoutes } from './audit-log.ts';
import { addDeliveryRoutes } from './deliveries.ts';
import type { ApiConfig, ApiDeps } from './deps.ts';
import { addEventRoutes } from './events.ts';
import { addExclusionRoutes } from './exclusions.ts';
import { addFeatureRoutes } from './features.ts';
import { addIntegrationKeyRoutes } from './integration-keys.ts';
import { addOpenapiRoute } from './openapi.ts';
import { addPasswordLinkRoutes } from './password-links.ts';
import { createRefusalNotes } from './refusals.ts';
import { addReplayRoutes } from './replays.ts';
import { addSampleEventRoutes } from './sample-events.ts';
import { addSessionRoutes } from './session.ts';
import { addSessionsRoutes } from './sessions.ts';
import { addSettingsRoutes } from './settings.ts';
import { addressOf } from './signing-in.ts';
import { addStatisticsRoutes } from './statistics.ts';
import { addSystemRoute } from './system.ts';
import { type ApiServer, errorReference, errorSchema } from './typebox.ts';
import { addUserRoutes } from './users.ts';
import { validatorCompiler } from './validation.ts';
import { addVisitorRoutes } from './visitors.ts';
import { addWarningRoutes } from './warnings.ts';
import { addWebhookTestRoutes } from './webhook-test.ts';
import { addWebhookRoutes } from './webhooks.ts';

export async function registerApi(server: FastifyInstance, config: ApiConfig, parts: ApiDeps): Promise<void> {
  const acting = createActing(parts.ledger);
  const deps = { ...parts, ledger: acting.ledger };
  const noteRefusal = createRefusalNotes(deps.ledger, deps.clock);
  await server.register(
    async (plain) => {
      const api = plain as unknown as ApiServer;
      api.setValidatorCompiler(validatorCompiler);
      api.addSchema(errorSchema);
      const checkAccess = accessCheck(config, deps);
      api.decorateRequest('caller');
      api.addHook('onRequest', async (request, reply) => {
        reply.headers(
          config.publicUrl?.startsWith('https://') === true ? { ...closedHeaders, ...httpsOnly } : closedHeaders,
        );
        // Answers hold what people did, and some hold a secret; no cache on the way has any business with them.
        reply.header('cache-control', 'no-store');
        request.caller = { kind: 'anybody' };
        checkAccess(request);
      });
      api.addHook('preValidation', (request, _reply, done) => {
        acting.as(() => actorOf(request.caller, addressOf(request, config)), done);
      });
      api.addHook('onResponse', async (request, reply) => {
        noteChange(deps.log, request, reply.statusCode);
        noteRefusal(request, reply.statusCode, addressOf(request, config));
      });
      api.addHook('onRoute', (route) => {
        const response = route.schema?.response;
        const permission = permissionOf(String(route.method), route.routePath);
        route.config = { ...route.config, permission };
        // Fastify itself knows nothing of `security`: what makes the description reads it.
        const described = {
          security: shownBy[permission],
          response: { ...(response as object), '4xx': errorReference },
        };
        route.schema = { ...route.schema, ...described };
      });

      addSessionRoutes(api, config, deps);
      addPasswordLinkRoutes(api, config, deps);
      addSessionsRoutes(api, deps);
      addUserRoutes(api, deps);
      addIntegrationKeyRoutes(api, deps);
      addAuditLogRoutes(api, deps);
      addAppRoutes(api, deps);
      addSampleEventRoutes(api, deps);
      addWebhookRoutes(api, deps);
      addWebhookTestRoutes(api, config, deps);
      addEventRoutes(api, deps);
      addVisitorRoutes(api, deps);
      addAccountRoutes(api, deps);
      addDeliveryRoutes(api, deps);
      addReplayRoutes(api, deps);
      addStatisticsRoutes(api, deps);
      addWarningRoutes(api, deps);
      addFeatureRoutes(api, deps);
      addExclusionRoutes(api, deps);
      addSettingsRoutes(api, deps);
      addSystemRoute(api, deps);
      addOpenapiRoute(api);
    },
    { prefix: '/api/v1' },
  );
}

/** How whoever may call a route shows who they are, as OpenAPI says it. */
const shownBy = {
  anybody: [],
  self: [{ session: [] }],
  member: [{ session: [] }, { bearer: [] }, { integrationKey: [] }],
  admin: [{ session: [] }, { bearer: [] }, { integrationKey: [] }],
  people: [{ session: [] }, { bearer: [] }, { integrationKey: [] }],
};

/** An answer of the API is no page, and nobody is to make one of it. */
const closedHeaders = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};
const httpsOnly = { 'strict-transport-security': 'max-age=31536000' };

/** On a node that has no management API: nothing is said of what there is on others. */
export function refuseApi(server: FastifyInstance): void {
  const message =
    'This node has no management API, because its BELLWIRE_ROLES leave out admin: ask a node that has it.';
  const refuse = async () => {
    throw new BellwireError('wrong_node', message);
  };
  server.all('/api/v1/*', { onRequest: refuse }, refuse);
}

/** What was changed, by the pattern of its route: addresses can hold visitors' ids, and those do not belong into a log. */
function noteChange(
  log: ApiDeps['log'],
  request: { method: string; routeOptions: { url?: string | undefined } },
  status: number,
): void {
  if (request.method === 'GET' || request.method === 'HEAD' || status >= 400) return;
  log.info({ method: request.method, route: request.routeOptions.url, status }, 'changed through the API');
}
