/**
 * The keys that senders and callers show, how they are made and what of them may be seen again. An app's API key is public
 * (it stands in every page that carries the snippet) and looks like Pendo's, a lower-case UUID. All the others are secrets
 * of 192 bits or more; where we only have to recognise one, its SHA-256 is kept: a slow hash would add nothing to that much chance.
 */
import { createHash, randomBytes, randomInt, randomUUID } from 'node:crypto';

export function newApiKey(): string {
  return randomUUID();
}

/** The Track Event secret of an app. */
export function newTrackSecret(): string {
  return `bwt_${randomBytes(secretBytes).toString('base64url')}`;
}

/** A key of the management API. Its id stands in it, so that a key found in a log can be traced and taken back. */
export function newIntegrationKey(): { id: string; key: string } {
  const id = randomBytes(6).toString('hex');
  return { id, key: `bwi_${id}_${randomBytes(secretBytes).toString('base64url')}` };
}

/** What the cookie of a session holds. */
export function newSessionToken(): string {
  return `bws_${randomBytes(secretBytes).toString('base64url')}`;
}

/** Opens a link by which somebody sets a password, once. */
export function newLinkToken(): string {
  return `bwl_${randomBytes(secretBytes).toString('base64url')}`;
}

/** 16 digits, as Pendo's ids of subscriptions and apps have, and below 2^53, so that every JSON parser reads it exactly. */
export function newNumericId(): number {
  // randomInt spans at most 2^48 at once.
  return 1_000_000_000_000_000 + randomInt(2 ** 47) * 32 + randomInt(32);
}

export function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * What is shown of a secret once it has been handed out: the prefix that says what kind it is and the last four characters,
 * enough to tell two apart. Of a short one, which somebody chose by hand, nothing: four characters could be half of it.
 */
export function hint(secret: string): string {
  const prefix = /^(?:whsec_|bwt_|bwi_[0-9a-f]{12}_)/.exec(secret)?.[0] ?? '';
  const last = secret.length - prefix.length >= hintedCharsMin ? secret.slice(-4) : '';
  return `${prefix}…${last}`;
}

const secretBytes = 24;
const hintedCharsMin = 16;
