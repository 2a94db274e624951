/**
 * Encryption of the secrets that must be read again (webhook secrets, write keys, header values): AES-256-GCM with a key
 * that lies outside the database. A sealed text names the place it belongs to, so a row that was swapped with another, or
 * copied from another installation, opens to nothing instead of to somebody else's secret.
 *
 *   v1.<key id>.<iv>.<ciphertext>.<tag>      the last three in base64url
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export interface Vault {
  /** The first eight hex digits of the key's SHA-256: tells keys apart and gives nothing away. */
  keyId: string;
  /** `context` is where the text is kept, such as `webhooks.<id>.secret`. */
  seal(text: string, context: string): string;
  /** Null when this key, for this place, did not seal it: fail, and never go on without the secret. */
  open(sealed: string, context: string): string | null;
}

export function createVault(key: Uint8Array): Vault {
  if (key.length !== keyBytes) throw new Error(`The secret key must have ${keyBytes} bytes and has ${key.length}.`);
  const keyId = createHash('sha256').update(key).digest('hex').slice(0, 8);
  const boundTo = (context: string) => Buffer.from(`${context}.${keyId}`);

  return {
    keyId,
    seal(text, context) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
      cipher.setAAD(boundTo(context));
      const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
      return ['v1', keyId, ...parts].join('.');
    },
    open(sealed, context) {
      const [version, sealedBy, ...rest] = sealed.split('.');
      const [iv, ciphertext, tag] = rest.map((part) => Buffer.from(part, 'base64url'));
      if (version !== 'v1' || sealedBy !== keyId || rest.length !== 3) return null;
      if (iv?.length !== ivBytes || ciphertext === undefined || tag?.length !== tagBytes) return null;
      const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
      decipher.setAAD(boundTo(context));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch {
        // The only thing that can fail here is the tag, and Node says so by throwing.
        return null;
      }
    },
  };
}

const keyBytes = 32;
/** 96 bits, fresh for every seal: the size GCM is made for. */
const ivBytes = 12;
const tagBytes = 16;
