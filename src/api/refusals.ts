/**
 * Notes in the audit log what was not allowed: wrong passwords and keys, and what a role or a scope does not reach to. Each note
 * costs a commit, so there are only so many in a second, and fewer from one network.
 */
import type { FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { networkOf } from '../core/network.ts';
import { presentedKey } from '../http/keys.ts';
import { createRateLimit } from '../http/rate-limit.ts';
import { actorOf } from './acting.ts';
import type { ApiDeps } from './deps.ts';

export function createRefusalNotes(ledger: Pick<ApiDeps['ledger'], 'noteRefusal'>, clock: Pick<Clock, 'monotonicMs'>) {
  const all = createRateLimit({ perSecond: limits.refusalNotesPerSecond, namesMax: 1 }, clock);
  const perNetwork = createRateLimit(
    { perSecond: limits.refusalNotesPerNetworkSecond, namesMax: limits.rateLimitKeysMax },
    clock,
  );
  return (request: FastifyRequest, status: number, address: string): void => {
    const { method, routeOptions, headers, caller, body } = request;
    const tried = method === 'POST' && routeOptions.url === '/api/v1/session';
    const isRefused = status === 403 || (status === 401 && (tried || presentedKey(headers) !== null));
    if (!isRefused && !(tried && status === 429)) return;
    if (perNetwork.waitSeconds(networkOf(address)) > 0 || all.waitSeconds('') > 0) return;
    const email = tried ? (body as { email?: unknown } | undefined)?.email : undefined;
    const entry = {
      actor: actorOf(caller, address),
      action: `${method} ${routeOptions.url?.replace('/api/v1', '') ?? ''}`,
      // The address that somebody tried to sign in with.
      targetId: typeof email === 'string' ? email : ((request.params as { id?: string } | undefined)?.id ?? ''),
    };
    // What cannot be noted now is in the log of requests; nobody is to wait for it.
    void ledger.noteRefusal(entry).catch(() => {});
  };
}
