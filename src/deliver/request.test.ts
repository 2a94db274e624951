import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testSigningSecret, webhookTarget } from '../../test/support/webhook-target.ts';
import { secretKey, signingKey, standardSignature, verifyPendo, verifyStandard } from '../core/signature.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import { hiddenValue } from '../core/webhook-headers.ts';
import { buildRequest } from './request.ts';

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
      'Accept-Encoding': 'identity',
      'webhook-id': 'event_wh_1',
      'webhook-timestamp': '1700000000',
    });
  });

  it('sends any body as its UTF-8, with a length and signatures that are right for it', () => {
    const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }), fc.string());
    fc.assert(
      fc.property(text, (text) => {
        const { headers, body } = built(webhookTarget({ url: 'https://example.com' }), { ...delivery, body: text });
        expect(body.equals(Buffer.from(text, 'utf8'))).toBe(true);
        expect(headers['content-length']).toBe(String(body.length));
        expect(verifyPendo(body, headers['X-Pendo-Signature'], secretKey('s3cret'))).toBe(true);
        expect(headers['webhook-signature']).toBe(
          standardSignature(delivery.id, Math.floor(now / 1000), body, signingKey(testSigningSecret)),
        );
      }),
    );
  });

  it('goes where the URL says', () => {
    const request = built(webhookTarget({ url: 'https://example.com:8443/a%20b?c=d#e', timeoutMs: 1234 }));
    expect(request).toMatchObject({ origin: 'https://example.com:8443', path: '/a%20b?c=d', timeoutMs: 1234 });
  });

  it('puts the prefix before the signature when the webhook wants it', () => {
    const { headers } = built(webhookTarget({ url: 'https://example.com', signaturePrefix: 'sha256=' }));
    expect(headers['X-Pendo-Signature']).toMatch(/^sha256=[0-9a-f]{64}$/);
  });

  it("adds GitHub's signature when the webhook wants it", () => {
    const github = { secret: "It's a Secret to Everybody", hubSignature: true };
    const expected = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const target = webhookTarget({ url: 'http://127.0.0.1/', ...github });
    const request = buildRequest(target, { id: 'd', body: 'Hello, World!' }, { version: '0' }, 0);
    expect(String(request.message)).toContain(`\r\nX-Hub-Signature-256: ${expected}\r\n`);
    expect(JSON.parse(request.shownHeadersJson)).toMatchObject({ 'X-Hub-Signature-256': expected });
    expect(String(request.message)).toContain(`\r\nX-Pendo-Signature: ${expected.slice(7)}\r\n`);
  });

  it.each([
    ['', 'invalid_url'],
    ['http://a b/', 'invalid_url'],
    ['javascript:alert(1)', 'blocked_scheme'],
    ['http://user:pw@127.0.0.1/', 'credentials_in_url'],
  ])('builds nothing for %j, and says %s', (url, code) => {
    const build = () => buildRequest(webhookTarget({ url }), { id: 'd', body: '{}' }, { version: '0' }, 0);
    expect(build).toThrow(expect.objectContaining({ code }));
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
    const { host, connection, 'content-length': length, ...told } = headers;
    expect([host, connection, length]).toEqual(['example.com', 'keep-alive', '20']);
    expect(shownHeaders).toEqual({ ...told, 'X-Api-Key': hiddenValue, Authorization: hiddenValue });
    expect(Object.keys(shownHeaders)).toEqual(Object.keys(told));
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

interface Built {
  origin: string;
  timeoutMs: number;
  shownHeadersJson: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** The request as its receiver reads it. */
function built(target: WebhookTarget, { id, body }: { id: string; body: string } = delivery): Built {
  const { message, ...rest } = buildRequest(target, { id, body }, { version: '1.2.3' }, now);
  const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message;
  const bodyAt = bytes.indexOf('\r\n\r\n') + 4;
  const [start = '', ...lines] = bytes.toString('latin1', 0, bodyAt - 4).split('\r\n');
  const entries = lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]);
  return {
    ...rest,
    path: start.split(' ')[1] ?? '',
    headers: Object.fromEntries(entries) as Record<string, string>,
    body: bytes.subarray(bodyAt),
  };
}
