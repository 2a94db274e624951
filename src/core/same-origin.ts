/**
 * Whether a request that changes something was sent by a page of our own. A browser sends the session's cookie whoever has
 * made it ask, so what it says of the page decides: `Sec-Fetch-Site`, which no page can forge, and `Origin`. Whoever says
 * neither is no browser, and has no business with a cookie.
 */
export interface PageRequest {
  /** `sec-fetch-site`, `origin` and `host`, as they were sent. */
  fetchSite: string | undefined;
  origin: string | undefined;
  host: string | undefined;
}

/** A sentence that says why not, and what can be done; null when it may go on. `publicUrl` is null when nobody has said it. */
export function crossSiteProblem({ fetchSite, origin, host }: PageRequest, publicUrl: string | null): string | null {
  if (fetchSite !== undefined && fetchSite !== 'same-origin' && fetchSite !== 'none') return fromElsewhere;
  if (origin === undefined) return fetchSite === undefined ? unnamed : null;
  if (publicUrl !== null) {
    const own = new URL(publicUrl).origin;
    return origin === own ? null : `${fromElsewhere} This server is reached at ${own} (BELLWIRE_PUBLIC_URL).`;
  }
  const page = URL.parse(origin);
  if (page === null || host === undefined || page.host !== host.toLowerCase()) return fromElsewhere;
  return page.protocol === 'https:' || isLoopbackHost(page.hostname) ? null : unencrypted;
}

/** A host as URLs write it. What is sent there does not leave the machine. */
function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

const fromElsewhere = 'This was asked by a page of another site, and only pages of this server may do that.';
const unnamed =
  'This does not say which page it comes from. Browsers send Origin; programs use an integration key, as "Authorization: Bearer <key>".';
const unencrypted =
  'Signing in over http would show the password to everybody on the way. Use https; or, if that is meant, start the server with BELLWIRE_PUBLIC_URL set to this http address.';
