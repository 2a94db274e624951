/**
 * Who it is that a route changes something for, without any route having to say so: the ledger that routes are given asks for
 * the one whose request is being answered. One that changes something outside of any request does not get through.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Actor } from '../core/audit.ts';
import type { AuditedName, Ledger } from '../ledger/ledger.ts';
import type { Caller } from './access.ts';
import type { ApiDeps } from './deps.ts';

/** Commands that nobody needs to hear of. */
const unnoted: ReadonlySet<string> = new Set<keyof Ledger>([
  'noteSessionSeen',
  'noteKeyUsed',
  'noteRefusal',
  'lookAgain',
]);

export interface Acting {
  ledger: ApiDeps['ledger'];
  /** All that `go` leads to is done by this one. */
  as(actor: () => Actor, go: () => void): void;
}

export function createActing(ledger: ApiDeps['ledger']): Acting {
  const storage = new AsyncLocalStorage<() => Actor>();
  const noted = new Proxy(ledger, {
    get(target, name, receiver) {
      if (typeof name !== 'string' || unnoted.has(name)) return Reflect.get(target, name, receiver);
      return (...args: unknown[]) => {
        const actor = storage.getStore();
        if (actor === undefined) throw new Error(`Nobody is known to call ${name} for.`);
        return target.audited(actor(), { name: name as AuditedName, args });
      };
    },
  });
  return { ledger: noted, as: (actor, go) => storage.run(actor, go) };
}

export function actorOf(caller: Caller, address: string): Actor {
  if (caller.kind === 'user') return { kind: 'user', id: caller.user.id, name: caller.user.email, address };
  if (caller.kind === 'key') return { kind: 'key', id: caller.key.id, name: caller.key.name, address };
  return { kind: 'anybody', id: '', name: '', address };
}
