/**
 * Whose session a request shows. Held in memory, made anew whenever the directory is; a session that has been ended on any
 * node is in it no more. Found by the hash of what was shown, of which nobody can choose how it begins, so that looking it up
 * tells nothing about those that there are.
 */
import { sha256Hex } from '../core/app-keys.ts';
import { isSessionOver } from '../core/session-life.ts';
import type { Session, User } from '../core/user.ts';
import type { Directory } from '../ledger/ledger.ts';

export interface SessionOwner {
  user: User;
  session: Session;
}

export function createSessionBook(directory: () => Directory): (token: string, now: number) => SessionOwner | null {
  let known: Directory | null = null;
  let owners = new Map<string, SessionOwner>();

  return (token, now) => {
    const current = directory();
    if (current !== known) {
      known = current;
      const users = new Map(current.users.map((user) => [user.id, user]));
      owners = new Map();
      for (const { hash, ...session } of current.sessions) {
        const user = users.get(session.userId);
        if (user !== undefined) owners.set(hash, { user, session });
      }
    }
    const owner = owners.get(sha256Hex(token));
    if (owner === undefined || owner.user.state !== 'active' || isSessionOver(owner.session, now)) return null;
    return owner;
  };
}
