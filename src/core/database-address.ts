/**
 * Where everything is kept: a file of the embedded database, or a PostgreSQL that many nodes share. An address of
 * PostgreSQL can hold a password, so it is shown by `shownDatabase` alone, and no sentence about a wrong one repeats it.
 */
import type { Reading } from './setting-values.ts';

export type DatabaseAddress =
  | { kind: 'sqlite'; path: string }
  /** As it was given, with the parameters that libpq knows, such as `sslmode`. */
  | { kind: 'postgres'; url: string };

/** Reads `sqlite:<path>`, `postgres://…` or `postgresql://…`. */
export function databaseAddress(text: string): Reading<DatabaseAddress> {
  if (/^postgres(?:ql)?:/i.test(text)) return postgresAddress(text);
  const path = text.startsWith('sqlite:') ? text.slice('sqlite:'.length) : '';
  if (path === '' || path.startsWith('//')) {
    return wrong(
      'must be sqlite:<path>, such as sqlite:data/bellwire.db, or postgres://<user>:<password>@<host>/<name>',
    );
  }
  if (path === ':memory:') return wrong('must name a file: what is only in memory would be lost');
  return { ok: true, value: { kind: 'sqlite', path } };
}

/** For people: the path, or host, port and name without user, password and parameters. */
export function shownDatabase(address: DatabaseAddress): string {
  if (address.kind === 'sqlite') return address.path;
  const url = parsed(address.url);
  if (url === null) return 'postgres://';
  const host = url.searchParams.get('host') ?? decoded(url.hostname) ?? url.hostname;
  const port = url.searchParams.get('port') ?? url.port;
  return `postgres://${host}${port === '' ? '' : `:${port}`}${url.pathname}`;
}

/**
 * The address as our client takes it. It checks the certificate with any of these modes, today; said plainly, it will go on to
 * do so, and does not warn of it on every start. `uselibpqcompat=true` has them mean what they mean to libpq.
 */
export function dialledUrl(url: string): string {
  if (/[?&]uselibpqcompat=true(?=&|$)/.test(url)) return url;
  return url.replace(/([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}

function postgresAddress(text: string): Reading<DatabaseAddress> {
  const url = /^postgres(?:ql)?:\/\/\S*$/i.test(text) ? parsed(text) : null;
  // The usual reason is a password with a sign that parts a URL.
  const encode = 'and signs such as @ : / # ? % in user and password are written as %40 %3A %2F %23 %3F %25';
  // What follows a `/` or `?` in a password would be taken for the name of the database, and be shown.
  const isSplit = url !== null && (url.hash !== '' || `${url.pathname}${url.search}`.includes('@'));
  if (url === null || isSplit || [url.username, url.password, url.hostname, url.pathname].some(isUndecodable)) {
    return wrong(`must be a URL such as postgres://<user>:<password>@<host>/<name>, ${encode}`);
  }
  if (url.hostname === '' && (url.searchParams.get('host') ?? '') === '') {
    return wrong(
      'names no host: postgres://<user>:<password>@<host>/<name>, or ?host=/<folder of its socket> at its end',
    );
  }
  const mode = url.searchParams.get('sslmode');
  if (mode !== null && !sslModes.includes(mode)) return wrong(`has an sslmode that is none of ${sslModes.join(', ')}`);
  return { ok: true, value: { kind: 'postgres', url: text } };
}

/** Those of libpq, but for `allow`, which would send a password in the clear before it tries better. And the client's own. */
const sslModes = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** libpq takes user and password also without a host (`user:password@/name?host=/tmp`), which is no URL by the standard. */
function parsed(text: string): URL | null {
  const url = URL.parse(text);
  if (url !== null) return url;
  const hostless = URL.parse(text.replace(/@(?=[/?]|$)/, `@${nobody}`));
  if (hostless?.hostname !== nobody) return null;
  return URL.parse(`${hostless.protocol}//${hostless.pathname}${hostless.search}${hostless.hash}`);
}

const nobody = 'nobody.invalid';

function isUndecodable(part: string): boolean {
  return decoded(part) === null;
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function wrong(problem: string): { ok: false; problem: string } {
  return { ok: false, problem };
}
