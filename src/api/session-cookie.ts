/**
 * The cookie of a session. Over https its name begins with `__Host-`, which browsers let nobody set from another host or
 * without encryption; over plain http they would refuse it, so there it has another name, and is looked at only where the
 * operator has said that http is meant, or has said nothing.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { limits } from '../core/limits.ts';

const secureName = '__Host-bellwire';
const plainName = 'bellwire';

/** What the browser shows of a session; null when it shows none. */
export function sessionTokenOf({ cookie }: IncomingHttpHeaders, publicUrl: string | null): string | null {
  if (cookie === undefined) return null;
  const cookies = new Map<string, string>();
  for (const pair of cookie.split(';')) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    // Of several with one name the first is the one that fits best; a second was put there by somebody else.
    if (at > 0 && !cookies.has(name)) cookies.set(name, pair.slice(at + 1).trim());
  }
  const names = publicUrl === null ? [secureName, plainName] : [isHttps(publicUrl) ? secureName : plainName];
  for (const name of names) {
    const token = cookies.get(name);
    if (token !== undefined && token !== '') return token;
  }
  return null;
}

/** `origin` is the header of the request that signs in. */
export function sessionCookie(token: string, origin: string | undefined, publicUrl: string | null): string {
  return cookieOf(token, limits.sessionMaxMs / 1000, isHttps(publicUrl ?? origin ?? ''));
}

/** Takes away what the browser has, under either name. */
export function noSessionCookie(): string[] {
  return [cookieOf('', 0, true), cookieOf('', 0, false)];
}

function cookieOf(value: string, maxAgeSeconds: number, isSecure: boolean): string {
  const name = isSecure ? secureName : plainName;
  const flags = `Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
  return `${name}=${value}; ${flags}`;
}

function isHttps(url: string): boolean {
  return url.startsWith('https://');
}
