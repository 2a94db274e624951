/**
 * The management API under /api/v1: everything that people and programs can set and see. Each noun has a file for its
 * routes and one for its schemas; here is what they share: the key, the checking of what is sent, and how errors are told.
 */
import type { FastifyInstance } from 'fastify';
import { BellwireError } from '../core/errors.ts';
import { accessCheck } from './access.ts';
import { addAccountRoutes } from './accounts.ts';
import { addAppRoutes } from './apps.ts';
import { addDeliveryRoutes } from './deliveries.ts';
import type { ApiConfig, ApiDeps } from './deps.ts';
import { addEventRoutes } from './events.ts';
import { addExclusionRoutes } from './exclusions.ts';
import { addOpenapiRoute } from './openapi.ts';
import { addReplayRoutes } from './replays.ts';
import { addSettingsRoutes } from './settings.ts';
import { type ApiServer, errorReference, errorSchema } from './typebox.ts';
import { validatorCompiler } from './validation.ts';
import { addVisitorRoutes } from './visitors.ts';
import { addWarningRoutes } from './warnings.ts';
import { addWebhookTestRoutes } from './webhook-test.ts';
import { addWebhookRoutes } from './webhooks.ts';

export async function registerApi(server: FastifyInstance, config: ApiConfig, deps: ApiDeps): Promise<void> {
  await server.register(
    async (plain) => {
      const api = plain as unknown as ApiServer;
      api.setValidatorCompiler(validatorCompiler);
      api.addSchema(errorSchema);
      const checkAccess = accessCheck(deps.directory);
      api.addHook('onRequest', async (request, reply) => {
        checkAccess(request);
        // Answers hold what people did, and some hold a secret; no cache on the way has any business with them.
        reply.header('cache-control', 'no-store');
      });
      api.addHook('onResponse', async (request, reply) => noteChange(deps.log, request, reply.statusCode));
      api.addHook('onRoute', (route) => {
        const response = route.schema?.response;
        route.schema = { ...route.schema, response: { ...(response as object), '4xx': errorReference } };
      });

      addAppRoutes(api, deps);
      addWebhookRoutes(api, deps);
      addWebhookTestRoutes(api, config, deps);
      addEventRoutes(api, deps);
      addVisitorRoutes(api, deps);
      addAccountRoutes(api, deps);
      addDeliveryRoutes(api, deps);
      addReplayRoutes(api, deps);
      addWarningRoutes(api, deps);
      addExclusionRoutes(api, deps);
      addSettingsRoutes(api, deps);
      addOpenapiRoute(api);
    },
    { prefix: '/api/v1' },
  );
}

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
