/**
 * Who may call the API: whoever shows an integration key, and to change anything, one with write access. This stands
 * before every route; one is open only if it says so itself.
 */
import type { FastifyRequest } from 'fastify';
import { BellwireError } from '../core/errors.ts';
import { createKeyring, presentedKey } from '../http/keys.ts';
import type { Directory } from '../ledger/ledger.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Needs no key. */
    open?: boolean;
  }
}

/** What it gives back throws when the request may not go on. */
export function accessCheck(directory: () => Directory): (request: FastifyRequest) => void {
  const keyring = createKeyring(directory);
  return (request) => {
    if (request.routeOptions.config.open === true) return;
    const presented = presentedKey(request.headers);
    if (presented === null) {
      const message = 'Send an integration key, as "Authorization: Bearer <key>" or in x-pendo-integration-key.';
      throw new BellwireError('unauthorized', message);
    }
    const key = keyring.integrationKey(presented);
    if (key === null) throw new BellwireError('unauthorized', 'This integration key is not known.');
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (!reads && !key.write) {
      throw new BellwireError('forbidden', 'This integration key may only read. Use one with write access.');
    }
  };
}
