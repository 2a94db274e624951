/**
 * Why a PostgreSQL could not be used when it was first needed, in a sentence that says which and how to mend it. Neither it
 * nor what the database said about it holds a password.
 */
import { shownDatabase } from '../core/database-address.ts';

class RefusedDatabase extends Error {
  override readonly name = 'RefusedDatabase';
}

/** Null for an error that is not the database's; one that is a sentence already is itself. */
export function refusalOf(error: unknown, url: string): Error | null {
  if (error instanceof RefusedDatabase) return error;
  const codes = codesOf(error);
  const message = messagesOf(error).join(' ');
  const known =
    codes.map((code) => byCode[code]).find((reason) => reason !== undefined) ??
    byMessage.find(([pattern]) => pattern.test(message))?.[1] ??
    // Of an SQLSTATE that is not known here, what the database says has to do.
    (codes.some((code) => /^[0-9A-Z]{5}$/.test(code)) ? `says: ${message}.` : undefined);
  if (known === undefined) return null;
  const shown = shownDatabase({ kind: 'postgres', url });
  return new RefusedDatabase(`The database ${shown} ${known} It is named by BELLWIRE_DATABASE_URL.`, { cause: error });
}

const notThere = 'does not answer: check host and port, that it runs, and that no firewall stands between.';
const notTrusted =
  'shows a certificate that is not trusted: name its authority with sslrootcert=<file>, and the host as the certificate does; or say sslmode=no-verify where the network is your own.';
const full = 'has no connection left: raise its max_connections, or run fewer nodes. A node takes a handful.';
const readOnly = 'takes no writes: it is a standby, or set so. Name the primary.';
const starting = 'is starting, stopping or recovering: try again in a moment.';
const noRights =
  'does not let this user make its tables: make the user the owner of the database, or grant it CREATE on the schema.';

const byCode: Readonly<Record<string, string>> = {
  ENOTFOUND: 'cannot be found: no address is known for its host.',
  EAI_AGAIN: 'cannot be found: the name server does not answer for its host.',
  ECONNREFUSED: notThere,
  ECONNRESET: notThere,
  EHOSTUNREACH: notThere,
  ENETUNREACH: notThere,
  ETIMEDOUT: notThere,
  EACCES: 'may not be reached by this user of the system: check the rights of its socket.',
  // Of a socket, and of a file that `sslrootcert` and the like name.
  ENOENT:
    'cannot be reached, because there is no such file: check host (the folder of its socket), sslrootcert, sslcert and sslkey.',
  '28P01': 'refuses user or password. Signs such as @ : / # ? % in them are written as %40 %3A %2F %23 %3F %25.',
  '28000': 'does not let this user in from here: see its pg_hba.conf. It may want sslmode=require.',
  '3D000': 'is not there: make it with `createdb`, in UTF8, for this user.',
  '42501': noRights,
  '25006': readOnly,
  '53300': full,
  '57P01': starting,
  '57P02': starting,
  '57P03': starting,
  SELF_SIGNED_CERT_IN_CHAIN: notTrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: notTrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: notTrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notTrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: notTrusted,
  CERT_HAS_EXPIRED: notTrusted,
};

const pooled =
  'is reached through a connection pooler that lends out sessions for a transaction: name the database itself, or have the pooler keep a session for each connection (PgBouncer: pool_mode = session).';

/** What the client says without a code. */
const byMessage: readonly (readonly [RegExp, string])[] = [
  [/Two connections have one session/, pooled],
  [/client password must be/, 'wants a password, and none is given: postgres://<user>:<password>@<host>/<name>.'],
  [
    /does not support SSL/,
    'does not speak TLS: set it up there, or say sslmode=disable where the network is your own.',
  ],
  [/timeout expired|connection timeout|terminated unexpectedly|Query read timeout/i, notThere],
];

/** Of the error and of all that led to it; the first first. */
function chainOf(error: unknown): Error[] {
  const chain: Error[] = [];
  for (let one = error; one instanceof Error && chain.length < 5; one = one.cause) {
    chain.push(one);
    // A host with several addresses has been tried at each.
    if (one instanceof AggregateError) chain.push(...one.errors.filter((each) => each instanceof Error).slice(0, 1));
  }
  return chain;
}

function codesOf(error: unknown): string[] {
  return chainOf(error).flatMap((one) => ('code' in one && typeof one.code === 'string' ? [one.code] : []));
}

function messagesOf(error: unknown): string[] {
  return [...new Set(chainOf(error).map(({ message }) => message))].filter((message) => message !== '');
}
