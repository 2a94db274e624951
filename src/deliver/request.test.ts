import { describe, expect, it } from 'vitest';
import { testSigningSecret, webhookTarget } from '../../test/support/webhook-target.ts';
import { secretKey, signingKey, verifyPendo, verifyStandard } from '../core/signature.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import { hiddenValue } from '../core/webhook-headers.ts';
import { buildRequest, type SignedRequest } from './request.ts';

const now = 1_700_000_000_999;
const delivery = { id: 'event_wh_1', body: '{"name":"Zoë 🚀"}' };

describe('buildRequest', () => {
  it('signs the exact bytes in both ways', () => {
    const { headers, body } = built(webhookTarget({ url: 'https://example.com/a?b=c' }));
    expect(body.toString('utf8')).toBe(delivery.body);
    expect(verifyPendo(body, headers['X-Pendo-Signature'], secretKey('s3cret'))).toBe(true);
    const message = {
      id: headers['webhook-id'],
      timestamp: headers['webhook-timestamp'],
      signature: headers['webhook-signature'],
      body,
    };
    expect(verifyStandard(message, signingKey(testSigningSecret), 1_700_000_000)).toEqual({ ok: true });
    expect(headers).toMatchObject({
      'Content-Type': 'application/json',
      'User-Agent': 'Bellwire/1.2.3',
      'webhook-id': 'event_wh_1',
      'webhook-timestamp': '1700000000',
    });
  });

  it('goes where the URL says', () => {
    const request = built(webhookTarget({ url: 'https://example.com:8443/a%20b?c=d#e', timeoutMs: 1234 }));
    expect(request).toMatchObject({ origin: 'https://example.com:8443', path: '/a%20b?c=d', timeoutMs: 1234 });
  });

  it('puts the prefix before the signature when the webhook wants it', () => {
    const { headers } = built(webhookTarget({ url: 'https://example.com', signaturePrefix: 'sha256=' }));
    expect(headers['X-Pendo-Signature']).toMatch(/^sha256=[0-9a-f]{64}$/);
  });

  it('leaves out the Pendo signature, and nothing else, when there is no secret', () => {
    const { headers } = built(webhookTarget({ url: 'https://example.com', secret: null }));
    expect(headers['X-Pendo-Signature']).toBeUndefined();
    expect(headers['webhook-signature']).toMatch(/^v1,/);
  });

  it('shows everything but the values of own headers', () => {
    const target = webhookTarget({
      url: 'https://example.com',
      headers: { 'X-Api-Key': 'hush', Authorization: 'Bearer hush' },
    });
    const { headers, shownHeadersJson } = built(target);
    const shownHeaders = JSON.parse(shownHeadersJson) as Record<string, string>;
    expect(headers).toMatchObject({ 'X-Api-Key': 'hush', Authorization: 'Bearer hush' });
    expect(shownHeaders).toEqual({ ...headers, 'X-Api-Key': hiddenValue, Authorization: hiddenValue });
    expect(shownHeadersJson).not.toContain('hush');
  });

  it('speaks to Segment with the write key, and without a Pendo signature', () => {
    const target = webhookTarget({
      url: 'https://api.segment.io/v1/track',
      type: 'segment',
      writeKey: 'wk',
      secret: 'left over',
    });
    const { headers, shownHeadersJson } = built(target);
    const shownHeaders = JSON.parse(shownHeadersJson) as Record<string, string>;
    expect(headers['Authorization']).toBe(`Basic ${Buffer.from('wk:').toString('base64')}`);
    expect(shownHeaders['Authorization']).toBe(hiddenValue);
    expect(headers['X-Pendo-Signature']).toBeUndefined();
    expect(headers['webhook-signature']).toMatch(/^v1,/);
  });

  it('builds nothing rather than something unsigned', () => {
    expect(() => built(webhookTarget({ url: 'https://example.com', signingSecret: '' }))).toThrow(/whsec_/);
    expect(() => built(webhookTarget({ url: 'https://example.com', type: 'segment', writeKey: null }))).toThrow(
      /write key/,
    );
  });

  it('forgets the old settings when a webhook changes', () => {
    const before = webhookTarget({ url: 'https://example.com/1' });
    expect(built(before).path).toBe('/1');
    expect(built({ ...before, url: 'https://example.com/2' }).path).toBe('/2');
    expect(built(before).path).toBe('/1');
  });
});

function built(target: WebhookTarget): Omit<SignedRequest, 'headers'> & { headers: Record<string, string> } {
  const request = buildRequest(target, delivery, { version: '1.2.3' }, now);
  const headers: Record<string, string> = {};
  for (let at = 0; at < request.headers.length; at += 2)
    headers[request.headers[at] ?? ''] = request.headers[at + 1] ?? '';
  return { ...request, headers };
}
