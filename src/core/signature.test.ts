import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { pendoVectors, standardVectors } from '../../test/support/signature-vectors.ts';
import {
  newSigningSecret,
  pendoSignature,
  secretKey,
  signingKey,
  standardSignature,
  verifyPendo,
  verifyStandard,
} from './signature.ts';

describe('pendoSignature', () => {
  it('agrees with every vector', () => {
    expect(pendoVectors.length).toBeGreaterThan(30);
    for (const { secret, body, hex } of pendoVectors) {
      expect(pendoSignature(Buffer.from(body), secretKey(secret), '')).toBe(hex);
      expect(verifyPendo(Buffer.from(body), hex, secretKey(secret))).toBe(true);
    }
  });

  it("agrees with GitHub's example, prefix and all", () => {
    const key = secretKey("It's a Secret to Everybody");
    const expected = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    expect(pendoSignature(Buffer.from('Hello, World!'), key, 'sha256=')).toBe(expected);
    expect(verifyPendo(Buffer.from('Hello, World!'), expected, key)).toBe(true);
  });

  it('is refused for any other body, key or text, and never by an exception', () => {
    const key = secretKey('s3cret');
    const body = Buffer.from('{"a":1}');
    const right = pendoSignature(body, key, '');
    expect(verifyPendo(Buffer.from('{"a":2}'), right, key)).toBe(false);
    expect(verifyPendo(body, right, secretKey('S3cret'))).toBe(false);
    expect(verifyPendo(body, right.toUpperCase(), key)).toBe(false);
    for (const header of [undefined, '', 'sha256=', 'a', right.slice(1), `${right}0`, 'é'.repeat(64)]) {
      expect(verifyPendo(body, header, key)).toBe(false);
    }
    fc.assert(fc.property(fc.string(), (header) => !verifyPendo(body, header, key)));
  });
});

describe('standardSignature', () => {
  it('agrees with every vector', () => {
    expect(standardVectors.length).toBeGreaterThan(5);
    for (const { secret, id, timestamp, body, signature } of standardVectors) {
      expect(standardSignature(id, timestamp, Buffer.from(body), signingKey(secret))).toBe(signature);
    }
  });

  it('is accepted by the standardwebhooks package', () => {
    const secret = newSigningSecret(randomBytes);
    const body = '{"name":"Zoë 🚀"}';
    const seconds = Math.floor(Date.now() / 1000);
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(seconds),
      'webhook-signature': standardSignature('msg_1', seconds, Buffer.from(body), signingKey(secret)),
    };
    expect(new Webhook(secret).verify(body, headers)).toEqual({ name: 'Zoë 🚀' });
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow('No matching signature found');
  });
});

describe('verifyStandard', () => {
  const key = signingKey('whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=');
  const body = Buffer.from('{}');
  const right = {
    id: 'msg_1',
    timestamp: '1700000000',
    signature: standardSignature('msg_1', 1_700_000_000, body, key),
    body,
  };

  it('accepts the right one, also among others, within five minutes', () => {
    for (const offset of [-300, 0, 300])
      expect(verifyStandard(right, key, 1_700_000_000 + offset)).toEqual({ ok: true });
    const several = { ...right, signature: `v1,AAAA v2,x ${right.signature}` };
    expect(verifyStandard(several, key, 1_700_000_000)).toEqual({ ok: true });
  });

  it.each([
    ['stale', {}, 1_700_000_301, 'timestamp'],
    ['from the future', {}, 1_699_999_699, 'timestamp'],
    ['not a time', { timestamp: 'now' }, 1_700_000_000, 'timestamp'],
    ['without an id', { id: undefined }, 1_700_000_000, 'missing'],
    ['with an empty signature', { signature: '' }, 1_700_000_000, 'missing'],
    ['of another id', { id: 'msg_2' }, 1_700_000_000, 'signature'],
    ['of another body', { body: Buffer.from('{ }') }, 1_700_000_000, 'signature'],
    ['of an odd length', { signature: 'v1,x' }, 1_700_000_000, 'signature'],
  ])('refuses one that is %s', (_what, change, nowSeconds, reason) => {
    expect(verifyStandard({ ...right, ...change }, key, nowSeconds)).toEqual({ ok: false, reason });
  });
});

describe('newSigningSecret', () => {
  it('is whsec_ and 32 bytes of base64, never twice the same', () => {
    const secrets = new Set(Array.from({ length: 1000 }, () => newSigningSecret(randomBytes)));
    expect(secrets.size).toBe(1000);
    for (const secret of secrets) expect(signingKey(secret).symmetricKeySize).toBe(32);
  });

  it('is the only thing that makes a signing key', () => {
    for (const text of ['', 'whsec_', 'secret', 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=']) {
      expect(() => signingKey(text)).toThrow(/whsec_/);
    }
  });
});
