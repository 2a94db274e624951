/** What the API shows of a person who signs in, and what an Admin can set. */
import { Object as ObjectOf, type Static, String as Text } from 'typebox';
import { limits } from '../core/limits.ts';
import { type User, userRoles, userStates } from '../core/user.ts';
import { moment, momentOrNull, momentOrNullSchema, momentSchema, oneOf } from './typebox.ts';

export const roleSchema = oneOf(userRoles, {
  description:
    'An admin does everything; a member reads, without secrets, delivery bodies, webhooks, keys, users and audit log.',
});
export const personNameSchema = Text({ maxLength: limits.namesCharsMax });

export const userSchema = ObjectOf({
  id: Text(),
  email: Text(),
  name: Text({ description: 'Empty when nobody has said it.' }),
  role: roleSchema,
  state: oneOf(userStates, { description: '`invited` until a password has been chosen by the link.' }),
  createdAt: momentSchema,
  signedInAt: { ...momentOrNullSchema, description: 'When they last signed in; null for never.' },
});

const linkFields = {
  link: Text({
    description:
      'Opens the page on which they choose a password, once. It is in this answer and in no later one; no e-mail is sent.',
  }),
  linkEndsAt: momentSchema,
};
export const userWithLinkSchema = ObjectOf({ user: userSchema, ...linkFields });

export function userAnswer(user: User): Static<typeof userSchema> {
  return { ...user, createdAt: moment(user.createdAt), signedInAt: momentOrNull(user.signedInAt) };
}
