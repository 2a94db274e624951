/** How the installation is, as an Admin is told. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { firstAdmin, invited } from '../../test/support/people.ts';
import { version } from '../core/version.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

test('version, database, queue and nodes', async () => {
  const { status, body } = await stand.ask('GET', '/system');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    version,
    node: { name: 'stand', roles: ['ingest', 'deliver', 'admin'] },
    queue: { pendingCount: 0, oldestPendingAt: null },
  });
  const { bytes, kind } = body['database'] as { bytes: number; kind: string };
  expect(bytes).toBeGreaterThan(50_000);
  const nodes = body['nodes'] as { roles: string[]; silentSeconds: number; lost: boolean }[];
  expect(nodes).toHaveLength(kind === 'postgres' ? 1 : 0);
  for (const node of nodes) {
    expect(node.lost).toBe(false);
    expect(node.silentSeconds).toBeLessThan(10);
  }
});

test('is for Admins', async () => {
  const admin = await firstAdmin(stand);
  expect((await admin.ask('GET', '/system')).status).toBe(200);
  const { browser } = await invited(stand, admin, { email: 'mia@example.com', role: 'member' });
  expect((await browser.ask('GET', '/system')).status).toBe(403);
});
