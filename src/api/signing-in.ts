/** What all ways of signing in have in common: what is noted of the browser, and the cookie that it is given. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { newSessionToken, sha256Hex } from '../core/app-keys.ts';
import { BellwireError } from '../core/errors.ts';
import { passwordProblem } from '../core/password-rules.ts';
import { addressBehind } from '../http/address-of.ts';
import type { NewSession } from '../ledger/ledger.ts';
import type { ApiConfig } from './deps.ts';
import type { SessionOwner } from './session-book.ts';
import { sessionCookie } from './session-cookie.ts';

export function addressOf(
  { socket, headers }: Pick<FastifyRequest, 'socket' | 'headers'>,
  { trustedProxies }: Pick<ApiConfig, 'trustedProxies'>,
): string {
  return addressBehind(trustedProxies)(socket.remoteAddress ?? '', headers) ?? '';
}

/** A session that the ledger can begin, and what gives its browser the cookie once it has. */
export function newSession(
  request: FastifyRequest,
  config: Pick<ApiConfig, 'publicUrl' | 'trustedProxies'>,
): { session: NewSession; give: (reply: FastifyReply) => void } {
  const token = newSessionToken();
  const { caller, headers } = request;
  const session = {
    tokenHash: sha256Hex(token),
    address: addressOf(request, config),
    userAgent: headers['user-agent'] ?? '',
    endsId: caller.kind === 'user' ? caller.session.id : null,
  };
  return {
    session,
    give: (reply) => void reply.header('set-cookie', sessionCookie(token, headers.origin, config.publicUrl)),
  };
}

/** Throws when somebody chooses a password that may not be. */
export function insistOnGoodPassword(password: string, email: string): void {
  const problem = passwordProblem(password, email);
  if (problem !== null) throw new BellwireError('invalid_field', problem, { field: 'password' });
}

/** Whoever is signed in; the routes that ask are open to nobody else. */
export function signedIn({ caller }: Pick<FastifyRequest, 'caller'>): SessionOwner {
  if (caller.kind === 'user') return caller;
  throw new BellwireError('unauthorized', 'Nobody is signed in here.');
}
