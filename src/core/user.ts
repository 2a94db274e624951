/**
 * People who sign in. An Admin does everything; a Member reads, without secrets, delivery bodies, webhooks, keys, users and
 * audit log.
 *
 *   invited   has a link by which to choose a password, and cannot sign in yet
 *   active    signs in
 *   disabled  cannot, and every session has been ended
 */
export const userRoles = ['admin', 'member'] as const;
export type UserRole = (typeof userRoles)[number];

export const userStates = ['invited', 'active', 'disabled'] as const;
export type UserState = (typeof userStates)[number];

export interface User {
  id: string;
  /** In small letters, and nobody else's. */
  email: string;
  name: string;
  role: UserRole;
  state: UserState;
  createdAt: number;
  /** When a session was last begun; null for never. */
  signedInAt: number | null;
}

/** A browser in which somebody is signed in. */
export interface Session {
  id: string;
  userId: string;
  createdAt: number;
  /** When it was last used, to some minutes. */
  seenAt: number;
  /** Latest end, however much it is used. */
  endsAt: number;
  /** Where it was begun, and by which browser. */
  address: string;
  userAgent: string;
}

/** What an address is compared by: nobody is to have two accounts by spelling it in two ways. */
export function emailKey(email: string): string {
  return email.trim().toLowerCase();
}
