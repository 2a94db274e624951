/**
 * Who may call the API: whoever shows an integration key, as far as its scopes go; and people, by the cookie of their session,
 * as far as their role does. This stands before every route; permissions.ts says what each asks for.
 */
import type { FastifyRequest } from 'fastify';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { crossSiteProblem } from '../core/same-origin.ts';
import { allows } from '../core/scope.ts';
import { createKeyring, presentedKey } from '../http/keys.ts';
import type { Directory } from '../ledger/ledger.ts';
import type { ApiConfig, ApiDeps } from './deps.ts';
import { type Permission, permissions } from './permissions.ts';
import { createSessionBook, type SessionOwner } from './session-book.ts';
import { sessionTokenOf } from './session-cookie.ts';

export type Caller =
  | { kind: 'anybody' }
  | { kind: 'key'; key: Directory['integrationKeys'][number] }
  | ({ kind: 'user' } & SessionOwner);

declare module 'fastify' {
  interface FastifyContextConfig {
    permission?: Permission;
  }
  interface FastifyRequest {
    /** Set before any route of the API is reached. */
    caller: Caller;
  }
}

/** What a route asks for. Throws for one that nobody has thought of. */
export function permissionOf(method: string, path: string): Permission {
  const permission = permissions[`${method} ${path}`];
  if (permission !== undefined) return permission;
  throw new Error(`Nobody has said who may call ${method} ${path}: add it to permissions.ts.`);
}

type AccessDeps = Pick<ApiDeps, 'directory' | 'clock' | 'ledger'>;

/** What it gives back says on the request who calls, and throws when it may not go on. */
export function accessCheck({ publicUrl }: Pick<ApiConfig, 'publicUrl'>, deps: AccessDeps) {
  const keyring = createKeyring(deps.directory);
  const ownerOf = createSessionBook(deps.directory);
  const noteUse = useNotes(deps.clock);
  const { ledger } = deps;

  function callerOf({ headers }: FastifyRequest): Caller {
    const presented = presentedKey(headers);
    if (presented !== null) {
      const key = keyring.integrationKey(presented);
      if (key === null) throw new BellwireError('unauthorized', 'This integration key is not known.');
      noteUse(`key ${key.id}`, key.lastUsedAt ?? 0, limits.keyUsedEveryMs, () => ledger.noteKeyUsed(key.id));
      return { kind: 'key', key };
    }
    const token = sessionTokenOf(headers, publicUrl);
    if (token === null) return { kind: 'anybody' };
    const owner = ownerOf(token, deps.clock.now());
    if (owner === null) return { kind: 'anybody' };
    const { id, seenAt } = owner.session;
    noteUse(`session ${id}`, seenAt, limits.sessionSeenEveryMs, () => ledger.noteSessionSeen(id));
    return { kind: 'user', ...owner };
  }

  return (request: FastifyRequest): void => {
    const { permission } = request.routeOptions.config;
    if (permission === 'anybody') {
      const token = sessionTokenOf(request.headers, publicUrl);
      const owner = token === null ? null : ownerOf(token, deps.clock.now());
      if (owner !== null) request.caller = { kind: 'user', ...owner };
      // Whoever signs somebody in from a page of theirs could read what that person does as theirs.
      if (!isReading(request.method)) refuseOtherSites(request.headers, publicUrl);
      return;
    }
    request.caller = callerOf(request);
    if (request.caller.kind === 'user' && !isReading(request.method)) refuseOtherSites(request.headers, publicUrl);
    const problem = accessProblem(request.caller, permission, isReading(request.method));
    if (problem !== null) throw problem;
  };
}

/** Why a caller may not go on. Without a permission nobody may. */
export function accessProblem(
  caller: Caller,
  permission: Permission | undefined,
  isReading: boolean,
): BellwireError | null {
  if (permission === 'anybody') return null;
  if (caller.kind === 'anybody') {
    const message =
      'Sign in, or send an integration key, as "Authorization: Bearer <key>" or in x-pendo-integration-key.';
    return new BellwireError('unauthorized', message);
  }
  if (caller.kind === 'key') {
    if (permission === undefined || permission === 'self') {
      return new BellwireError('forbidden', 'This is for people who are signed in. An integration key is nobody.');
    }
    const wanted = permission === 'people' ? 'people' : isReading ? 'read' : 'write';
    if (allows(caller.key.scopes, wanted)) return null;
    const message = `This integration key may not do that: it needs the scope ${wanted}.`;
    return new BellwireError('forbidden', message);
  }
  if (permission === 'self' || permission === 'member') return null;
  if ((permission === 'admin' || permission === 'people') && caller.user.role === 'admin') return null;
  return new BellwireError('forbidden', 'This is for Admins. Ask one to do it, or to make you one.');
}

/** Whether it is shown entries of the audit log, where they stand among other things. */
export function mayReadAuditLog(caller: Caller): boolean {
  return accessProblem(caller, 'people', true) === null;
}

function isReading(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function refuseOtherSites(headers: FastifyRequest['headers'], publicUrl: string | null): void {
  const { origin, host } = headers;
  const fetchSite = headers['sec-fetch-site'];
  const page = { origin, host, fetchSite: typeof fetchSite === 'string' ? fetchSite : undefined };
  const problem = crossSiteProblem(page, publicUrl);
  if (problem !== null) throw new BellwireError('cross_site', problem);
}

/** Has it noted now and then that something is in use: that costs a commit, and so it is not done at every request. */
function useNotes({ now }: Pick<ApiDeps['clock'], 'now'>) {
  const underWay = new Set<string>();
  return (name: string, notedAt: number, everyMs: number, note: () => Promise<void>): void => {
    if (underWay.has(name) || now() - notedAt < everyMs) return;
    underWay.add(name);
    // A database that is away ends nobody's session: the next request notes it.
    void note()
      .catch(() => {})
      .finally(() => underWay.delete(name));
  };
}
