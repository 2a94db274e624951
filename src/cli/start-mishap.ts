/** Why a server cannot start, or its database cannot be brought up to date, for the person who has to mend it. */
import { type DatabaseAddress, shownDatabase } from '../core/database-address.ts';
import { Mishap } from './request.ts';

/** The usual reasons why a server cannot start, in a sentence that says how to mend it; all others as they are. */
export function explained(error: unknown, database: DatabaseAddress): unknown {
  if (!(error instanceof Error)) return error;
  // What the ledger and the store say is a sentence already; errors cross from the data thread without their code.
  if (/^(?:The database|The PostgreSQL|Another Bellwire|BELLWIRE_\w+) /.test(error.message))
    return new Mishap(error.message);
  if (/^(unable to open database file|attempt to write a readonly database)$/.test(error.message) || 'path' in error) {
    return new Mishap(
      `The database cannot be opened or made at ${shownDatabase(database)} (${error.message}): ` +
        'check that its folder can be written, or choose another place with --database-url.',
    );
  }
  if (!('code' in error)) return error;
  const address = 'port' in error ? `port ${String(error.port)}` : 'the port';
  switch (error.code) {
    case 'EADDRINUSE':
      return new Mishap(`Something else already listens on ${address}: stop it, or choose another with --port.`);
    case 'EACCES':
      if ('port' in error)
        return new Mishap(`Listening on ${address} is not allowed: choose one above 1023 with --port.`);
      return error;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new Mishap('This machine does not have the address to listen on: check --host.');
    default:
      return error;
  }
}
