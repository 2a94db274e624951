/** What the API shows of whoever is signed in and where, and what it takes to sign in. */
import { Boolean as Flag, Array as ListOf, Object as ObjectOf, type Static, String as Text } from 'typebox';
import { limits } from '../core/limits.ts';
import type { Session, User } from '../core/user.ts';
import { closed, moment, momentSchema } from './typebox.ts';
import { userAnswer, userSchema } from './user-schema.ts';

export const emailSchema = Text({
  minLength: 3,
  maxLength: limits.emailCharsMax,
  pattern: '^\\s*[^\\s@]+@[^\\s@]+\\s*$',
  description: 'An e-mail address. Large and small letters are the same. Nothing is sent there.',
});
/** Of one that is chosen: what may be is said by password-rules.ts, in words. */
export const newPasswordSchema = Text({
  minLength: 1,
  maxLength: limits.passwordCharsMax,
  description: `At least ${limits.passwordCharsMin} characters of any kind, and none of those that are tried first.`,
});
/** Of one that is given: whatever it was chosen as. */
const passwordSchema = Text({ minLength: 1, maxLength: limits.passwordCharsMax });

export const signInSchema = ObjectOf({ email: emailSchema, password: passwordSchema }, closed);
export const changePasswordSchema = ObjectOf({ current: passwordSchema, password: newPasswordSchema }, closed);

export const sessionSchema = ObjectOf({
  id: Text({ description: 'Says which is meant, and opens nothing.' }),
  current: Flag({ description: 'It is the one that asks.' }),
  createdAt: momentSchema,
  seenAt: Text({ format: 'date-time', description: 'When it was last used, to some minutes.' }),
  endsAt: Text({
    format: 'date-time',
    description: 'Its latest end; it ends before when it is not used for 12 hours.',
  }),
  address: Text({ description: 'From where it was begun.' }),
  userAgent: Text({ description: 'The browser in which it was begun, as that calls itself.' }),
});
export const sessionsSchema = ObjectOf({ items: ListOf(sessionSchema) });
export const signedInSchema = ObjectOf({ user: userSchema, session: sessionSchema });

export function sessionAnswer(session: Session, currentId: string | null): Static<typeof sessionSchema> {
  const { id, createdAt, seenAt, endsAt, address, userAgent } = session;
  return {
    id,
    current: id === currentId,
    createdAt: moment(createdAt),
    seenAt: moment(seenAt),
    endsAt: moment(endsAt),
    address,
    userAgent,
  };
}

export function signedInAnswer({ user, session }: { user: User; session: Session }): Static<typeof signedInSchema> {
  return { user: userAnswer(user), session: sessionAnswer(session, session.id) };
}
