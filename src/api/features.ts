/** Features: by which rule a click becomes the event `featureClicked`, and under which name. */
import { Null, Object as ObjectOf, Optional, type Static, String as Text } from 'typebox';
import type { Feature } from '../core/feature.ts';
import { limits } from '../core/limits.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { given } from './given.ts';
import { pageSchema } from './page-schema.ts';
import { type ApiServer, closed, moment, momentSchema, nullable } from './typebox.ts';

const nameSchema = Text({ minLength: 1, maxLength: limits.namesCharsMax, pattern: '\\S' });
const ruleSchema = Text({
  minLength: 1,
  maxLength: limits.featureRuleCharsMax,
  description:
    'A CSS selector: a click is on the feature when the clicked element matches, or one of those around it. `*` matches every click.',
  examples: ['#checkout', 'nav a[href^="/pricing"]', '[data-action="export"]'],
});
const appIdOptions = { description: 'The app it is in; null for all apps.' };

const newFeatureSchema = ObjectOf(
  { appId: Optional(nullable('integer', { ...appIdOptions, default: null })), name: nameSchema, rule: ruleSchema },
  closed,
);
const featureChangesSchema = ObjectOf(
  {
    appId: Optional(nullable('integer', appIdOptions)),
    name: Optional(nameSchema),
    rule: Optional(ruleSchema),
  },
  closed,
);
export const featureSchema = ObjectOf({
  id: Text({ description: '`featureId` in the event.' }),
  appId: nullable('integer', appIdOptions),
  name: nameSchema,
  rule: ruleSchema,
  createdAt: momentSchema,
  changedAt: momentSchema,
});
const featureParams = ObjectOf({ id: Text({ minLength: 1, maxLength: limits.idCharsMax }) });

export function addFeatureRoutes(api: ApiServer, { ledger, reads }: Pick<ApiDeps, 'ledger' | 'reads'>): void {
  const tags = ['Features'];

  api.get(
    '/features',
    {
      schema: {
        operationId: 'listFeatures',
        summary: 'All features, oldest first',
        tags,
        response: { 200: pageSchema(featureSchema) },
      },
    },
    async () => ({ items: (await reads.features()).map((feature) => featureAnswer(feature)), nextCursor: null }),
  );

  api.post(
    '/features',
    {
      schema: {
        operationId: 'createFeature',
        summary: 'Tag a feature',
        description:
          'Clicks that come from now on are matched. A click makes one `featureClicked`: of the features whose rule matches, the ' +
          'one with the most specific rule, as CSS counts, and of those the oldest. A click that matches none is kept and sent to nobody.',
        tags,
        body: newFeatureSchema,
        response: { 201: featureSchema },
      },
    },
    async (request, reply) => {
      const { appId = null, name, rule } = request.body;
      return reply.code(201).send(featureAnswer(await ledger.createFeature({ appId, name, rule })));
    },
  );

  api.get(
    '/features/:id',
    {
      schema: {
        operationId: 'getFeature',
        summary: 'One feature',
        tags,
        params: featureParams,
        response: { 200: featureSchema },
      },
    },
    async (request) => featureAnswer(found(await reads.feature(request.params.id), 'feature')),
  );

  api.patch(
    '/features/:id',
    {
      schema: {
        operationId: 'changeFeature',
        summary: 'Change a feature',
        tags,
        params: featureParams,
        body: featureChangesSchema,
        response: { 200: featureSchema },
      },
    },
    async (request) =>
      featureAnswer(found(await ledger.changeFeature(request.params.id, given(request.body)), 'feature')),
  );

  api.delete(
    '/features/:id',
    {
      schema: {
        operationId: 'deleteFeature',
        summary: 'Delete a feature',
        description: 'Events that were made by it stay as they are.',
        tags,
        params: featureParams,
        response: { 204: Null() },
      },
    },
    async (request, reply) => {
      found((await ledger.deleteFeature(request.params.id)) || null, 'feature');
      return reply.code(204).send(null);
    },
  );
}

function featureAnswer(feature: Feature): Static<typeof featureSchema> {
  return { ...feature, createdAt: moment(feature.createdAt), changedAt: moment(feature.changedAt) };
}
