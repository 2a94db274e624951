/**
 * Encryption of the secrets that must be read again (webhook secrets, write keys, header values): AES-256-GCM with a key
 * that lies outside the database. A sealed text names the place it belongs to, so a row that was swapped with another, or
 * copied from another installation, opens to nothing instead of to somebody else's secret.
 *
 *   v1.<key id>.<iv>.<ciphertext>.<tag>      the last three in base64url
 *
 * It seals with one key, and still opens what is under those that were there before it, so that a key can be changed.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export interface Vault {
  /** The first eight hex digits of the key's SHA-256: tells keys apart and gives nothing away. */
  keyId: string;
  /** `context` is where the text is kept, such as `webhooks.<id>.secret`. */
  seal(text: string, context: string): string;
  /** Null when none of the keys, for this place, sealed it: fail, and never go on without the secret. */
  open(sealed: string, context: string): string | null;
  /** Whether it is under the key that is sealed with now. */
  isCurrent(sealed: string): boolean;
}

export function createVault(key: Uint8Array, formerKeys: readonly Uint8Array[] = []): Vault {
  const keyId = idOf(key);
  const keys = new Map([...formerKeys, key].map((each) => [idOf(each), each]));

  return {
    keyId,
    seal(text, context) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes });
      cipher.setAAD(boundTo(context, keyId));
      const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const parts = [iv, ciphertext, cipher.getAuthTag()].map((part) => part.toString('base64url'));
      return ['v1', keyId, ...parts].join('.');
    },
    open(sealed, context) {
      const [version, sealedBy = '', ...rest] = sealed.split('.');
      const opener = keys.get(sealedBy);
      const [iv, ciphertext, tag] = rest.map((part) => Buffer.from(part, 'base64url'));
      if (version !== 'v1' || opener === undefined || rest.length !== 3) return null;
      if (iv?.length !== ivBytes || ciphertext === undefined || tag?.length !== tagBytes) return null;
      const decipher = createDecipheriv('aes-256-gcm', opener, iv, { authTagLength: tagBytes });
      decipher.setAAD(boundTo(context, sealedBy));
      decipher.setAuthTag(tag);
      try {
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch {
        // The only thing that can fail here is the tag, and Node says so by throwing.
        return null;
      }
    },
    isCurrent: (sealed) => sealed.split('.')[1] === keyId,
  };
}

function idOf(key: Uint8Array): string {
  if (key.length !== keyBytes) throw new Error(`The secret key must have ${keyBytes} bytes and has ${key.length}.`);
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}

function boundTo(context: string, keyId: string): Buffer {
  return Buffer.from(`${context}.${keyId}`);
}

const keyBytes = 32;
/** 96 bits, fresh for every seal: the size GCM is made for. */
const ivBytes = 12;
const tagBytes = 16;
