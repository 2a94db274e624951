/** How long a session holds: while it is used, and never beyond its latest end. */
import { limits } from './limits.ts';
import type { Session } from './user.ts';

export function isSessionOver({ seenAt, endsAt }: Pick<Session, 'seenAt' | 'endsAt'>, now: number): boolean {
  return now >= endsAt || now - seenAt >= limits.sessionIdleMs;
}
