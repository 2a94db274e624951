/**
 * The two signatures of a delivery, and how to check them. Both are HMAC-SHA256 over the exact bytes that are sent:
 * `X-Pendo-Signature` over the body alone, as hex, with the receiver's own secret; `webhook-signature` (Standard Webhooks)
 * over `id.timestamp.body`, as base64, with a secret that we made.
 *
 * A body given as text is signed as UTF-8. Keys are KeyObjects, made once and kept: with a fresh Buffer as key createHmac took 10 µs instead of 2 on Node 24, and
 * crypto.subtle takes 10 to 18 µs.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';

/** The value of `X-Pendo-Signature`: lower-case hex, behind the prefix that the webhook's settings name. */
export function pendoSignature(body: string | Buffer, key: KeyObject, prefix: string): string {
  return prefix + createHmac('sha256', key).update(body).digest('hex');
}

/** The value of `webhook-signature`. The timestamp is the attempt's, in Unix seconds, and stands in `webhook-timestamp`. */
export function standardSignature(id: string, timestampSeconds: number, body: string | Buffer, key: KeyObject): string {
  const start = `${id}.${timestampSeconds}.`;
  const hmac = createHmac('sha256', key);
  if (typeof body === 'string') hmac.update(start + body);
  else hmac.update(start).update(body);
  return `v1,${hmac.digest('base64')}`;
}

/** The key of a receiver's own, free-form secret: its UTF-8 bytes. */
export function secretKey(secret: string): KeyObject {
  return createSecretKey(Buffer.from(secret, 'utf8'));
}

/** The key in a `whsec_…` secret. Throws when it is none: a webhook must never be signed with something else instead. */
export function signingKey(secret: string): KeyObject {
  const encoded = secret.startsWith(signingSecretPrefix) ? secret.slice(signingSecretPrefix.length) : '';
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length === 0) throw new Error('A signing secret is whsec_ followed by base64.');
  return createSecretKey(bytes);
}

/** A new signing secret of 32 random bytes; `randomBytes` is node:crypto's. */
export function newSigningSecret(randomBytes: (count: number) => Buffer): string {
  return signingSecretPrefix + randomBytes(32).toString('base64');
}

/** Whether an `X-Pendo-Signature` is right, with `sha256=` before it or without. */
export function verifyPendo(body: Buffer, header: string | undefined, key: KeyObject): boolean {
  if (header === undefined) return false;
  const given = header.startsWith('sha256=') ? header.slice('sha256='.length) : header;
  return equalText(given, pendoSignature(body, key, ''));
}

export type StandardVerdict = { ok: true } | { ok: false; reason: 'missing' | 'timestamp' | 'signature' };

/**
 * Checks the three Standard Webhooks headers. `webhook-signature` may hold several signatures, apart by spaces, while a
 * secret is being changed; one that is right is enough. A timestamp more than five minutes off is refused as a replay.
 */
export function verifyStandard(
  message: {
    id: string | undefined;
    timestamp: string | undefined;
    signature: string | undefined;
    body: Buffer;
  },
  key: KeyObject,
  nowSeconds: number,
): StandardVerdict {
  const { id, timestamp, signature, body } = message;
  if (!id || !timestamp || !signature) return { ok: false, reason: 'missing' };
  const seconds = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  if (!(Math.abs(nowSeconds - seconds) <= toleranceSeconds)) return { ok: false, reason: 'timestamp' };
  const expected = standardSignature(id, seconds, body, key);
  const matches = signature.split(' ').some((given) => equalText(given, expected));
  return matches ? { ok: true } : { ok: false, reason: 'signature' };
}

const signingSecretPrefix = 'whsec_';
const toleranceSeconds = 300;

/** In constant time; timingSafeEqual throws on different lengths, and the right length is no secret. */
function equalText(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
