/** The settings of a webhook of the URL type, and what a test changes of them. */
import type { WebhookSettings } from '../../src/core/webhook.ts';

export function webhookSettings(changes: Partial<WebhookSettings>): WebhookSettings {
  return {
    name: 'Test',
    type: 'url',
    url: 'http://127.0.0.1:9/',
    secret: null,
    writeKey: null,
    region: null,
    events: 'all',
    headers: {},
    timeoutMs: 1000,
    retryDelaysMs: [5000, 5000, 5000],
    signaturePrefix: '',
    hubSignature: false,
    ratePerSecond: null,
    rateBurst: null,
    ...changes,
  };
}
