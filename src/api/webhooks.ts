/** Webhooks: add, see, change, switch on and off, delete. Testing them is in webhook-test.ts. */

import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Webhook } from '../core/webhook.ts';
import { type Caller, mayReadAuditLog } from './access.ts';
import type { ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { given } from './given.ts';
import { pageSchema } from './page-schema.ts';
import { type ApiServer, nothingSchema } from './typebox.ts';
import {
  deletedSchema,
  enableSchema,
  hourMs,
  newWebhookSchema,
  rotateSchema,
  toggledSchema,
  webhookAnswer,
  webhookChangesSchema,
  webhookParams,
  webhookSchema,
  webhookWithSecretSchema,
} from './webhook-schema.ts';
import { changesOf, settingsOf } from './webhook-settings.ts';

export function addWebhookRoutes(
  api: ApiServer,
  deps: Pick<ApiDeps, 'ledger' | 'reads' | 'directory' | 'checkUrl' | 'health' | 'clock'>,
): void {
  const { ledger, reads, directory, checkUrl, health, clock } = deps;
  const tags = ['Webhooks'];
  const params = webhookParams;
  const secretOf = (id: string) => directory().webhooks.find((webhook) => webhook.id === id)?.secret ?? null;
  /** `secret` is its own secret, where the directory may not have heard of it yet. */
  const shown = (webhook: Webhook, secret = secretOf(webhook.id)) =>
    webhookAnswer(webhook, secret, health(webhook.id), clock.now());

  api.get(
    '/webhooks',
    {
      schema: {
        operationId: 'listWebhooks',
        summary: 'All webhooks, newest first',
        tags,
        response: { 200: pageSchema(webhookSchema) },
      },
    },
    async () => ({ items: (await reads.webhooks()).map((webhook) => shown(webhook)), nextCursor: null }),
  );

  api.post(
    '/webhooks',
    {
      schema: {
        operationId: 'createWebhook',
        summary: 'Add a webhook',
        description: 'It is made switched off. Its signing secret is in this answer and in no later one.',
        tags,
        body: newWebhookSchema,
        response: { 201: webhookWithSecretSchema },
      },
    },
    async (request, reply) => {
      refuseAdminEvents(request.body, request.caller);
      const settings = await settingsOf(request.body, checkUrl);
      const { signingSecret, ...webhook } = await ledger.createWebhook(settings);
      return reply.code(201).send({ ...shown(webhook, settings.secret), signingSecret });
    },
  );

  api.get(
    '/webhooks/:id',
    { schema: { operationId: 'getWebhook', summary: 'One webhook', tags, params, response: { 200: webhookSchema } } },
    async (request) => shown(found(await reads.webhook(request.params.id), 'webhook')),
  );

  api.patch(
    '/webhooks/:id',
    {
      schema: {
        operationId: 'changeWebhook',
        summary: 'Change a webhook',
        description:
          'What is left out stays. The type cannot change. Deliveries that are pending go by the new settings.',
        tags,
        params,
        body: webhookChangesSchema,
        response: { 200: webhookSchema },
      },
    },
    async (request) => {
      const { id } = request.params;
      // Another node may have added it a moment ago, so that only the database knows of it. Its type never changes.
      const { type } = found(await reads.webhook(id), 'webhook');
      refuseAdminEvents(request.body, request.caller);
      // Whoever may say where it posts to could read what it gets, also what waits since it had chosen otherwise.
      if (!mayReadAuditLog(request.caller) && (await reads.adminEventWebhooks()).includes(id)) throw notForAll();
      const changes = await changesOf(request.body, type, checkUrl);
      const changed = found(await ledger.changeWebhook(id, changes), 'webhook');
      return shown(changed, changes.secret === undefined ? secretOf(id) : changes.secret);
    },
  );

  api.post(
    '/webhooks/:id/rotate-signing-secret',
    {
      schema: {
        operationId: 'rotateSigningSecret',
        summary: 'Make a new signing secret',
        description:
          'The new one signs at once and is in this answer and in no later one. Until the overlap is over the former one signs too, so that `webhook-signature` holds both, the new one first.',
        tags,
        params,
        body: rotateSchema,
        response: { 200: webhookWithSecretSchema },
      },
    },
    async (request) => {
      const { overlapHours } = request.body;
      const overlapMs = overlapHours === undefined ? limits.signingOverlapDefaultMs : Math.round(overlapHours * hourMs);
      const rotated = found(await ledger.rotateSigningSecret(request.params.id, overlapMs), 'webhook');
      const { signingSecret, ...webhook } = rotated;
      return { ...shown(webhook), signingSecret };
    },
  );

  api.post(
    '/webhooks/:id/retire-signing-secret',
    {
      schema: {
        operationId: 'retireSigningSecret',
        summary: 'End the overlap of signing secrets now',
        description: 'From now on only the present one signs. It stays as it is.',
        tags,
        params,
        body: nothingSchema,
        response: { 200: webhookSchema },
      },
    },
    async (request) => shown(found(await ledger.retireSigningSecret(request.params.id), 'webhook')),
  );

  api.delete(
    '/webhooks/:id',
    {
      schema: {
        operationId: 'deleteWebhook',
        summary: 'Delete a webhook for good',
        description: 'What is pending is cancelled. The log of what was sent stays until its time is over.',
        tags,
        params,
        response: { 200: deletedSchema },
      },
    },
    async (request) => found(await ledger.deleteWebhook(request.params.id), 'webhook'),
  );

  api.post(
    '/webhooks/:id/enable',
    {
      schema: {
        operationId: 'enableWebhook',
        summary: 'Switch a webhook on',
        description: 'What was held while it was off is sent, or cancelled when `held` is `discard`.',
        tags,
        params,
        body: enableSchema,
        response: { 200: toggledSchema },
      },
    },
    async (request) => {
      const held = request.body.held ?? 'send';
      const { webhook, heldCount } = found(await ledger.enableWebhook(request.params.id, held), 'webhook');
      return { ...shown(webhook), heldCount };
    },
  );

  api.post(
    '/webhooks/:id/disable',
    {
      schema: {
        operationId: 'disableWebhook',
        summary: 'Switch a webhook off',
        description: 'No delivery is made for events that come while it is off; what is pending is held.',
        tags,
        params,
        body: nothingSchema,
        response: { 200: toggledSchema },
      },
    },
    async (request) => {
      const { webhook, heldCount } = found(await ledger.disableWebhook(request.params.id, null), 'webhook');
      return { ...shown(webhook), heldCount };
    },
  );
}

function refuseAdminEvents({ events }: { events?: Webhook['events'] }, caller: Caller): void {
  if (events !== undefined && events.includes('adminEvent') && !mayReadAuditLog(caller)) throw notForAll('events');
}

function notForAll(field?: string): BellwireError {
  const message =
    'A webhook with adminEvent gets the audit log: setting it up is for Admins, and for integration keys with the scope people.';
  return new BellwireError('forbidden', message, given({ field }));
}
