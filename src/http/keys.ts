/**
 * Who is asking: reads a key from a request, and finds whose it is. An API key is public, it stands in every page that
 * carries the snippet, and is looked up as it is. Track Event secrets and integration keys are kept as SHA-256 only, and
 * compared so that the time it takes tells nothing about them.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Keyring<App, IntegrationKey> {
  appByApiKey(apiKey: string): App | null;
  appByTrackSecret(secret: string): App | null;
  integrationKey(key: string): IntegrationKey | null;
}

/** What keys there are; made anew whenever one of them changes. */
export interface KeyDirectory<App, IntegrationKey> {
  apps: readonly App[];
  integrationKeys: readonly IntegrationKey[];
}

export function createKeyring<
  App extends { apiKey: string; trackSecretHash: string },
  IntegrationKey extends { hash: string },
>(directory: () => KeyDirectory<App, IntegrationKey>): Keyring<App, IntegrationKey> {
  let known: KeyDirectory<App, IntegrationKey> | null = null;
  let apps = new Map<string, App>();
  let secrets: Hashed<App>[] = [];
  let keys: Hashed<IntegrationKey>[] = [];

  function refresh(): void {
    const current = directory();
    if (current === known) return;
    known = current;
    apps = new Map(current.apps.map((app) => [app.apiKey, app]));
    secrets = current.apps.map((owner) => ({ owner, hash: Buffer.from(owner.trackSecretHash, 'hex') }));
    keys = current.integrationKeys.map((owner) => ({ owner, hash: Buffer.from(owner.hash, 'hex') }));
  }

  return {
    appByApiKey(apiKey) {
      refresh();
      return apps.get(apiKey) ?? null;
    },
    appByTrackSecret(secret) {
      refresh();
      return ownerOf(secret, secrets);
    },
    integrationKey(key) {
      refresh();
      return ownerOf(key, keys);
    },
  };
}

/** The user name of Basic authentication, where Segment's libraries put the write key; null when there is none. */
export function basicUser(headers: IncomingHttpHeaders): string | null {
  const value = schemeValue(headers, 'basic');
  if (value === null) return null;
  const [user = ''] = Buffer.from(value, 'base64').toString('utf8').split(':', 1);
  return user === '' ? null : user;
}

/** An integration key or Track Event secret: Pendo's own header, or else a Bearer token. */
export function presentedKey(headers: IncomingHttpHeaders): string | null {
  const own = headers['x-pendo-integration-key'];
  return typeof own === 'string' && own !== '' ? own : schemeValue(headers, 'bearer');
}

interface Hashed<Owner> {
  owner: Owner;
  hash: Buffer;
}

/** Looks at all of them even after a match, so that the time does not tell which it was. */
function ownerOf<Owner>(secret: string, candidates: readonly Hashed<Owner>[]): Owner | null {
  const presented = hash('sha256', secret, 'buffer');
  let found: Owner | null = null;
  for (const candidate of candidates) {
    if (candidate.hash.length === presented.length && timingSafeEqual(candidate.hash, presented)) {
      found = candidate.owner;
    }
  }
  return found;
}

function schemeValue(headers: IncomingHttpHeaders, scheme: string): string | null {
  const { authorization } = headers;
  if (authorization === undefined || authorization[scheme.length] !== ' ') return null;
  if (authorization.slice(0, scheme.length).toLowerCase() !== scheme) return null;
  const value = authorization.slice(scheme.length + 1).trim();
  return value === '' ? null : value;
}
