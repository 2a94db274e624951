/**
 * What must hold of people, keys and the audit log, each as a trial that is passed by the API as it is and failed by one with a
 * fault planted in it: a trial that cannot fail would say nothing.
 */
import { describe, expect, test } from 'vitest';
import type { ApiDeps } from '../../src/api/deps.ts';
import type { Directory } from '../../src/ledger/ledger.ts';
import { type ApiStand, openApiStand } from '../support/api-stand.ts';
import { type Browser, openBrowser } from '../support/browser.ts';
import { firstAdmin, goodPassword, invited } from '../support/people.ts';

interface Trial {
  /** Whether it holds. */
  holds: (stand: ApiStand, admin: Browser) => Promise<boolean>;
  fault: (parts: ApiDeps) => Partial<ApiDeps>;
}

const right = { email: 'ada@example.com', password: goodPassword };
const wrong = { email: 'ada@example.com', password: 'a lighthouse in the sun' };

async function signIn(stand: ApiStand, as: object): Promise<number> {
  return (await openBrowser(stand.server).ask('POST', '/session', as)).status;
}

const trials: Record<string, Trial> = {
  'a wrong password lets nobody in': {
    holds: async (stand) => (await signIn(stand, wrong)) === 401,
    fault: ({ passwords }) => ({
      passwords: { ...passwords, check: async () => ({ isRight: true, newHash: null }) },
    }),
  },
  'whether an address is known does not show in whether a password is hashed': {
    async holds(stand) {
      hashed.length = 0;
      await signIn(stand, wrong);
      await signIn(stand, { ...wrong, email: 'nobody@example.com' });
      return hashed.length === 2;
    },
    fault: ({ passwords }) => ({
      passwords: {
        ...passwords,
        check: async (password, hash) =>
          hash === null ? { isRight: false, newHash: null } : passwords.check(password, hash),
      },
    }),
  },
  'guessing is slowed down': {
    async holds(stand) {
      const statuses = [];
      for (let count = 0; count < 8; count += 1) statuses.push(await signIn(stand, wrong));
      return statuses.includes(429);
    },
    // To it an hour goes by between any two tries.
    fault: ({ clock }) => {
      let hours = 0;
      return { clock: { now: () => clock.now(), monotonicMs: () => (hours += 1) * 3_600_000 } };
    },
  },
  'a session that was ended opens nothing': {
    async holds(stand) {
      const browser = openBrowser(stand.server);
      await browser.ask('POST', '/session', right);
      const cookies = [...browser.cookies];
      await browser.ask('DELETE', '/session');
      for (const [name, value] of cookies) browser.cookies.set(name, value);
      return (await browser.ask('GET', '/session')).status === 401;
    },
    fault: ({ directory }) => ({ directory: neverForgets(directory, 'sessions') }),
  },
  'a session that was not used for long opens nothing': {
    async holds(stand, admin) {
      stand.clock.advance(13 * 3_600_000);
      return (await admin.ask('GET', '/session')).status === 401;
    },
    fault: ({ clock }) => {
      const stopped = clock.now();
      return { clock: { monotonicMs: () => clock.monotonicMs(), now: () => stopped } };
    },
  },
  'a key that was revoked opens nothing': {
    async holds(stand, admin) {
      const { body } = await admin.ask('POST', '/integration-keys', { name: 'x', scopes: ['read'] });
      const key = String(body['key']);
      await stand.ask('GET', '/settings', undefined, key);
      await admin.ask('DELETE', `/integration-keys/${String(body['id'])}`);
      return (await stand.ask('GET', '/settings', undefined, key)).status === 401;
    },
    fault: ({ directory }) => ({ directory: neverForgets(directory, 'integrationKeys') }),
  },
  'a member is not let in where Admins are': {
    async holds(stand, admin) {
      const { browser } = await invited(stand, admin, { email: 'bob@example.com', role: 'member' });
      return (await browser.ask('GET', '/webhooks')).status === 403;
    },
    fault: ({ directory }) => ({
      directory() {
        const users = directory().users.map((user) => Object.assign({}, user, { role: 'admin' as const }));
        return { ...directory(), users };
      },
    }),
  },
  'what is changed is in the audit log': {
    async holds(_stand, admin) {
      await admin.ask('PATCH', '/settings', { retentionDays: 7 });
      const { body } = await admin.ask('GET', '/audit-log?action=settings.changed');
      return (body['items'] as unknown[]).length === 1;
    },
    fault: ({ ledger }) => ({
      ledger: {
        ...ledger,
        audited: (_by, { name, args }) =>
          (Reflect.get(ledger, name) as (...given: unknown[]) => Promise<unknown>)(...args),
      },
    }),
  },
};

/** The passwords that the real thing was asked to hash, whatever stands before it. */
const hashed: string[] = [];

function counting({ passwords }: ApiDeps): Pick<ApiDeps, 'passwords'> {
  return {
    passwords: {
      hash: (password) => passwords.hash(password),
      check(password, hash) {
        hashed.push(password);
        return passwords.check(password, hash);
      },
    },
  };
}

/** Once something has been in the directory, it stays. */
function neverForgets(directory: () => Directory, what: 'sessions' | 'integrationKeys'): () => Directory {
  const kept = new Map<string, unknown>();
  return () => {
    const now = directory();
    for (const item of now[what]) kept.set(item.id, item);
    return { ...now, [what]: [...kept.values()] };
  };
}

async function outcomeOf({ holds }: Trial, fault: Trial['fault']): Promise<boolean> {
  const stand = await openApiStand({}, (parts) => {
    const counted = { ...parts, ...counting(parts) };
    return { ...counted, ...fault(counted) };
  });
  const admin = await firstAdmin(stand);
  const outcome = await holds(stand, admin);
  await stand.close();
  return outcome;
}

describe.each(Object.entries(trials))('%s', (_, trial) => {
  test('and so it is', async () => {
    expect(await outcomeOf(trial, () => ({}))).toBe(true);
  });
  test('and a fault in it is found out', async () => {
    expect(await outcomeOf(trial, trial.fault)).toBe(false);
  });
});
