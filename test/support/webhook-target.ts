/** A webhook as the sending side knows it, of the URL type with both secrets, and what a test changes of it. */
import type { WebhookTarget } from '../../src/core/webhook.ts';

export const testSigningSecret = 'whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';

export function webhookTarget(changes: Partial<WebhookTarget> & { url: string }): WebhookTarget {
  return {
    id: 'wh_000000000001',
    name: 'Test',
    type: 'url',
    format: 'pendo',
    headers: {},
    secret: 's3cret',
    writeKey: null,
    signingSecret: testSigningSecret,
    formerSigning: null,
    secretsUnreadable: false,
    events: 'all',
    enabled: true,
    timeoutMs: 30_000,
    retryDelaysMs: [5000, 30_000],
    signaturePrefix: '',
    hubSignature: false,
    ratePerSecond: null,
    rateBurst: null,
    ...changes,
  };
}
