/**
 * What is done to people and their sessions, in the caller's transaction. Commands are done one after the other, on many
 * nodes too, so two who open the setup link at once are not two first Admins.
 */
import type { Kysely } from 'kysely';
import { cleanText } from '../core/canonical-json.ts';
import { BellwireError } from '../core/errors.ts';
import { newSessionId, newUserId } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import { emailKey, type User } from '../core/user.ts';
import { deletePasswordLinks, findPasswordLink, insertPasswordLink } from '../store/password-links.ts';
import type { Database, UserRow } from '../store/schema.ts';
import { deleteSession, deleteSessionsOf, insertSession, noteSessionSeen } from '../store/sessions.ts';
import {
  countUsers,
  deleteUser,
  findUser,
  findUserRow,
  insertUser,
  isSetUp,
  listUsers,
  updateUser,
} from '../store/users.ts';
import type { Ledger, NewSession, PeopleLedger, SignedIn } from './ledger.ts';
import type { CommandDeps } from './webhook-commands.ts';

type PeopleCommands = Pick<Ledger, keyof PeopleLedger>;

export function createPeopleCommands(db: Kysely<Database>, { clock }: Pick<CommandDeps, 'clock'>): PeopleCommands {
  return {
    async openSetup(linkHash) {
      if (await isSetUp(db)) return false;
      await insertPasswordLink(db, { hash: linkHash, user_id: null, ends_at: clock.now() + limits.setupLinkMs });
      return true;
    },

    async completeSetup(linkHash, { email, name, passwordHash }, session) {
      if (await isSetUp(db)) return null;
      const link = await findPasswordLink(db, linkHash, clock.now());
      if (link === null || link.user_id !== null) {
        const message = 'This setup link is not valid, or no longer. Start the server again: it then prints a new one.';
        throw new BellwireError('forbidden', message);
      }
      const user = await add({ email, name, role: 'admin', passwordHash });
      await deletePasswordLinks(db, null);
      return signIn(user.id, session);
    },

    async createFirstAdmin({ email, passwordHash }) {
      if (await isSetUp(db)) return null;
      return add({ email, name: '', role: 'admin', passwordHash });
    },

    async inviteUser(settings, linkHash) {
      if ((await countUsers(db)) >= limits.usersMax) {
        throw new BellwireError('conflict', `There can be at most ${limits.usersMax} users. Delete one first.`);
      }
      const user = await add({ ...settings, passwordHash: null });
      return { user, linkEndsAt: await makeLink(user.id, linkHash) };
    },

    async renewPasswordLink(userId, linkHash) {
      const user = await findUser(db, userId);
      if (user === null) return null;
      if (user.state === 'disabled') {
        throw new BellwireError('conflict', 'This user is disabled. Enable them before they are given a link.');
      }
      await deletePasswordLinks(db, userId);
      return { user, linkEndsAt: await makeLink(userId, linkHash) };
    },

    async redeemPasswordLink(linkHash, { passwordHash, name }, session) {
      const userId = (await findPasswordLink(db, linkHash, clock.now()))?.user_id ?? null;
      const row = userId === null ? null : await findUserRow(db, userId);
      if (row === null || row.disabled === 1) return null;
      await updateUser(db, row.id, {
        password_hash: passwordHash,
        ...(name === null ? {} : { name: cleanText(name) }),
      });
      await deletePasswordLinks(db, row.id);
      await deleteSessionsOf(db, row.id, null);
      return signIn(row.id, session);
    },

    async changeUser(id, changes) {
      const row = await findUserRow(db, id);
      if (row === null) return null;
      const { name, role = row.role, disabled = row.disabled === 1 } = changes;
      if (role !== 'admin' || disabled) await refuseLastAdmin(id);
      const values = { ...(name === undefined ? {} : { name: cleanText(name) }), role, disabled: disabled ? 1 : 0 };
      // What somebody may do is decided anew for each request; but whoever holds a session of theirs should not gain by it.
      if (disabled || role !== row.role) await deleteSessionsOf(db, id, null);
      if (disabled) await deletePasswordLinks(db, id);
      return updateUser(db, id, values);
    },

    async deleteUser(id) {
      if ((await findUserRow(db, id)) === null) return false;
      await refuseLastAdmin(id);
      await deleteSessionsOf(db, id, null);
      await deletePasswordLinks(db, id);
      await deleteUser(db, id);
      return true;
    },

    async startSession({ userId, passwordHash, newPasswordHash }, session) {
      const row = await findUserRow(db, userId);
      // Meanwhile somebody may have changed the password that was checked, or disabled its owner.
      if (row === null || row.disabled === 1 || row.password_hash !== passwordHash) return null;
      if (newPasswordHash !== null) await updateUser(db, userId, { password_hash: newPasswordHash });
      return signIn(userId, session);
    },

    async changePassword({ userId, passwordHash, newPasswordHash }, session) {
      const row = await findUserRow(db, userId);
      if (row === null || row.disabled === 1 || row.password_hash !== passwordHash) return null;
      await updateUser(db, userId, { password_hash: newPasswordHash });
      await deletePasswordLinks(db, userId);
      await deleteSessionsOf(db, userId, null);
      return signIn(userId, session);
    },

    noteSessionSeen: (id) => noteSessionSeen(db, id, clock.now()),
    endSession: (id) => deleteSession(db, id),
    endSessionsOf: (userId, exceptId) => deleteSessionsOf(db, userId, exceptId),
  };

  async function add(settings: Pick<User, 'email' | 'name' | 'role'> & { passwordHash: string | null }): Promise<User> {
    const row: UserRow = {
      id: newUserId(),
      email: emailKey(cleanText(settings.email)),
      name: cleanText(settings.name),
      role: settings.role,
      password_hash: settings.passwordHash,
      disabled: 0,
      created_at: clock.now(),
      signed_in_at: null,
    };
    const user = await insertUser(db, row);
    if (user === null) {
      throw new BellwireError('conflict', 'There is a user with this e-mail address already.', { field: 'email' });
    }
    return user;
  }

  async function makeLink(userId: string, hash: string): Promise<number> {
    const endsAt = clock.now() + limits.passwordLinkMs;
    await insertPasswordLink(db, { hash, user_id: userId, ends_at: endsAt });
    return endsAt;
  }

  async function signIn(userId: string, { tokenHash, address, userAgent, endsId }: NewSession): Promise<SignedIn> {
    const now = clock.now();
    if (endsId !== null) await deleteSession(db, endsId);
    const session = await insertSession(db, {
      id: newSessionId(),
      hash: tokenHash,
      user_id: userId,
      created_at: now,
      seen_at: now,
      ends_at: now + limits.sessionMaxMs,
      address,
      user_agent: cleanText(userAgent).slice(0, limits.sessionUserAgentCharsMax),
    });
    const user = await updateUser(db, userId, { signed_in_at: now });
    if (user === null) throw new Error('Whoever signs in is not there.');
    return { user, session };
  }

  /** Somebody must be left who can invite others. */
  async function refuseLastAdmin(id: string): Promise<void> {
    const admins = (await listUsers(db)).filter(({ role, state }) => role === 'admin' && state === 'active');
    if (admins.some((admin) => admin.id !== id) || !admins.some((admin) => admin.id === id)) return;
    const message = 'This is the only Admin who can sign in. Make somebody else an Admin first.';
    throw new BellwireError('conflict', message);
  }
}
