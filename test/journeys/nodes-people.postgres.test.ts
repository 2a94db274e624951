/** Two nodes on one PostgreSQL: there is one first Admin, and who is signed out or has a key revoked on one is so on the other. */
import { expect, test } from 'vitest';
import { createSessionBook } from '../../src/api/session-book.ts';
import { newLinkToken, newSessionToken, sha256Hex } from '../../src/core/app-keys.ts';
import { createKeyring } from '../../src/http/keys.ts';
import { eventually } from '../support/bellwire.ts';
import { openNodesStand, type TestNode } from '../support/nodes-stand.ts';

test('sessions and keys begin and end on all nodes', async () => {
  const stand = await openNodesStand();
  const nodes = [await stand.open(), await stand.open()] as const;
  const [one, two] = nodes;
  const link = newLinkToken();
  expect(await one.ledger.openSetup(sha256Hex(link))).toBe(true);
  // Both are asked at once, each by a browser of its own.
  const tokens = [newSessionToken(), newSessionToken()];
  const made = await Promise.allSettled(
    nodes.map((node, index) => {
      const admin = { email: `admin-${index}@example.com`, name: '', passwordHash: 'x' };
      const session = { tokenHash: sha256Hex(tokens[index] ?? ''), address: '192.0.2.1', userAgent: '', endsId: null };
      return node.ledger.completeSetup(sha256Hex(link), admin, session);
    }),
  );
  const winner = made.findIndex((each) => each.status === 'fulfilled' && each.value !== null);
  expect(winner).toBeGreaterThanOrEqual(0);
  expect(await stand.count('select count(*) from users')).toBe(1);
  expect(await two.ledger.openSetup(sha256Hex(newLinkToken()))).toBe(false);

  const token = tokens[winner] ?? '';
  const owners = await Promise.all(nodes.map((node) => eventually(async () => ownerOn(node, token))));
  expect(owners.map(({ user }) => user.email)).toEqual(nodes.map(() => `admin-${winner}@example.com`));
  const { key, id } = await one.ledger.createIntegrationKey({ name: 'CRM', scopes: ['read'] });
  expect(await eventually(async () => keyOn(two, key))).toMatchObject({ id, scopes: ['read'] });

  expect(await two.ledger.endSession(owners[0]?.session.id ?? '')).toBe(true);
  expect(await two.ledger.revokeIntegrationKey(id)).toBe(true);
  expect([ownerOn(two, token), keyOn(two, key)]).toEqual([null, null]);
  await eventually(async () => (ownerOn(one, token) === null && keyOn(one, key) === null ? true : null));
  await stand.close();
});

function ownerOn(node: TestNode, token: string) {
  return createSessionBook(() => node.directory())(token, Date.now());
}

function keyOn(node: TestNode, key: string) {
  return createKeyring(() => node.directory()).integrationKey(key);
}
