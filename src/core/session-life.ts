/** How long a session holds: while it is used, and never beyond its latest end. */
import { limits } from './limits.ts';
import type { Session } from './user.ts';

type Times = Pick<Session, 'seenAt' | 'endsAt'>;

export function isSessionOver({ seenAt, endsAt }: Times, now: number): boolean {
  return now >= endsAt || now - seenAt >= limits.sessionIdleMs;
}

/** Whether it should be noted that it is in use: that costs a commit, and so it is not done at every request. */
export function isSeenLongAgo({ seenAt }: Pick<Times, 'seenAt'>, now: number): boolean {
  return now - seenAt >= limits.sessionSeenEveryMs;
}
