/**
 * Test sends: a sample event through the very code of real deliveries, to a webhook that is saved or to settings that are
 * not, and what the receiver answered. Nothing of it is kept but that it was done, and a webhook that is off can be tested too.
 */
import { randomBytes } from 'node:crypto';
import { Boolean as Flag, Object as ObjectOf, Optional, type Static, String as Text } from 'typebox';
import { chosenTypes } from '../core/event.ts';
import { newWebhookId } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import { pendoBody, segmentBody } from '../core/payload.ts';
import { sampleEvent, samplePing } from '../core/sample.ts';
import { newSigningSecret } from '../core/signature.ts';
import { formatOf, type WebhookSettings, type WebhookTarget } from '../core/webhook.ts';
import { webhookUrl } from '../core/webhook-url.ts';
import { attemptAnswer, attemptSchema } from './attempt-schema.ts';
import type { ApiConfig, ApiDeps } from './deps.ts';
import { found } from './found.ts';
import { type ApiServer, closed, oneOf } from './typebox.ts';
import { newWebhookFields, webhookParams } from './webhook-schema.ts';
import { settingsOf } from './webhook-settings.ts';

const testTypes = ['ping', ...chosenTypes] as const;
const event = Optional(
  oneOf(testTypes, { default: 'ping', description: "The sample to send: Pendo's ping, or an event type." }),
);
export const testedSchema = ObjectOf({
  delivered: Flag({ description: 'Whether the receiver answered with a 2xx.' }),
  body: Text({ description: 'The exact bytes that were sent.' }),
  attempt: attemptSchema,
});

type Deps = Pick<ApiDeps, 'ledger' | 'directory' | 'checkUrl' | 'testSend' | 'clock'>;

export function addWebhookTestRoutes(api: ApiServer, config: ApiConfig, deps: Deps): void {
  const tags = ['Webhooks'];
  const response = { 200: testedSchema };

  api.post(
    '/webhooks/test',
    {
      schema: {
        operationId: 'testWebhookSettings',
        summary: 'Send a sample by settings that are not saved',
        description:
          'Signed with a secret made for this one request in place of the signing secret, which only a saved webhook has.',
        tags,
        body: ObjectOf({ ...newWebhookFields, name: Optional(newWebhookFields.name), event }, closed),
        response,
      },
    },
    async (request) => {
      const { event: type = 'ping', name = 'Test', ...sent } = request.body;
      const settings = await settingsOf({ ...sent, name }, deps.checkUrl);
      return test(unsavedTarget(settings, config), '', type, deps);
    },
  );

  api.post(
    '/webhooks/:id/test',
    {
      schema: {
        operationId: 'testWebhook',
        summary: 'Send a sample to a webhook',
        tags,
        params: webhookParams,
        body: ObjectOf({ event }, closed),
        response,
      },
    },
    async (request) => {
      // It goes by what is saved, also if that was done on another node a moment ago.
      await deps.ledger.lookAgain();
      const target = deps.directory().webhooks.find((webhook) => webhook.id === request.params.id) ?? null;
      return test(found(target, 'webhook'), request.params.id, request.body.event ?? 'ping', deps);
    },
  );
}

async function test(
  target: WebhookTarget,
  savedId: string,
  type: (typeof testTypes)[number],
  deps: Deps,
): Promise<Static<typeof testedSchema>> {
  const body = sampleBody(target, type, deps);
  const timeoutMs = Math.min(target.timeoutMs, limits.testTimeoutMaxMs);
  const attempt = await deps.testSend({ ...target, timeoutMs }, body);
  const { status, code } = attempt;
  await deps.ledger.testSent(savedId, { event: type, url: target.url.replace(/\?.*$/, '?…'), status, code });
  return { delivered: attempt.code === null, body, attempt: attemptAnswer(attempt) };
}

function sampleBody({ format }: WebhookTarget, type: (typeof testTypes)[number], deps: Deps): string {
  const { subscription, apps } = deps.directory();
  const now = deps.clock.now();
  if (type === 'ping') return samplePing(format, now, subscription);
  const app = apps[0] ?? { id: 1, name: 'My app' };
  const sample = sampleEvent(type, now, { appId: app.id });
  return format === 'segment' ? segmentBody(sample) : pendoBody(sample, app, subscription);
}

function unsavedTarget(settings: WebhookSettings, config: ApiConfig): WebhookTarget {
  return {
    ...settings,
    id: newWebhookId(),
    format: formatOf(settings.type),
    url: webhookUrl(settings, config.segmentApiUrl),
    signingSecret: newSigningSecret(randomBytes),
    formerSigning: null,
    secretsUnreadable: false,
    enabled: false,
  };
}
