/** Apps: the instrumented products and their keys. */

import { appAnswer, appChangesSchema, appParams, appSchema, appWithSecretSchema, newAppSchema } from './app-schema.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { pageSchema } from './page-schema.ts';
import { type ApiServer, nothingSchema } from './typebox.ts';

export function addAppRoutes(api: ApiServer, { ledger, reads }: Pick<ApiDeps, 'ledger' | 'reads'>): void {
  const tags = ['Apps'];

  api.get(
    '/apps',
    { schema: { operationId: 'listApps', summary: 'All apps', tags, response: { 200: pageSchema(appSchema) } } },
    async () => ({ items: (await reads.apps()).map((app) => appAnswer(app)), nextCursor: null }),
  );

  api.post(
    '/apps',
    {
      schema: {
        operationId: 'createApp',
        summary: 'Add an app',
        description: 'The Track Event secret is in this answer and in no later one.',
        tags,
        body: newAppSchema,
        response: { 201: appWithSecretSchema },
      },
    },
    async (request, reply) => {
      const { trackSecret, ...app } = await ledger.createApp(request.body);
      return reply
        .code(201)

        .send({ ...appAnswer(app), trackSecret });
    },
  );

  api.get(
    '/apps/:id',
    {
      schema: {
        operationId: 'getApp',
        summary: 'One app',
        tags,
        params: appParams,
        response: { 200: appSchema },
      },
    },
    async (request) => appAnswer(found(await reads.app(request.params.id), 'app')),
  );

  api.patch(
    '/apps/:id',
    {
      schema: {
        operationId: 'changeApp',
        summary: 'Change an app',
        tags,
        params: appParams,
        body: appChangesSchema,
        response: { 200: appSchema },
      },
    },
    async (request) => appAnswer(found(await ledger.changeApp(request.params.id, request.body), 'app')),
  );

  api.post(
    '/apps/:id/track-secret',
    {
      schema: {
        operationId: 'rotateTrackSecret',
        summary: 'Make a new Track Event secret',
        description: 'The old one stops working at once. The new one is in this answer and in no later one.',
        tags,
        params: appParams,
        body: nothingSchema,
        response: { 200: appWithSecretSchema },
      },
    },
    async (request) => {
      const { trackSecret, ...app } = found(await ledger.rotateTrackSecret(request.params.id), 'app');
      return { ...appAnswer(app), trackSecret };
    },
  );
}
