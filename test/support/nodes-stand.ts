/**
 * Ledgers that share a PostgreSQL, in one process: each as a node would open it, with its own connections, in real time. What
 * is claimed is noted and sent nowhere; a node can be told to take everything for delivered.
 */
import { reportOf } from '../../src/core/attempt-text.ts';
import type { Clock } from '../../src/core/clock.ts';
import { systemClock } from '../../src/core/clock.ts';
import { correctedClock, offsetCell } from '../../src/core/database-time.ts';
import type { Claim, Verdict } from '../../src/core/delivery.ts';
import type { Role } from '../../src/core/role.ts';
import { roles } from '../../src/core/role.ts';
import type { FirstKeys } from '../../src/ledger/directory.ts';
import { endlessLease, isLeased } from '../../src/ledger/lease.ts';
import type { Directory, Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { attempt } from './api-stand.ts';
import { openTestDatabase } from './test-database.ts';

export interface NodesStand {
  url: string;
  /** The keys that the first node to start has made. */
  keys(): FirstKeys;
  open(options?: NodeOptions): Promise<TestNode>;
  /** Asks the database, over a connection of the test's own. */
  ask(text: string, ...values: unknown[]): Promise<Record<string, unknown>[]>;
  /** The one number that a query answers. */
  count(text: string, ...values: unknown[]): Promise<number>;
  close(): Promise<void>;
}

export interface NodeOptions {
  name?: string;
  /** Another way to the same database. */
  url?: string;
  roles?: readonly Role[];
  /** The machine's own. */
  clock?: Clock;
  /** What is claimed is reported as delivered at once. */
  delivers?: boolean;
}

export interface TestNode {
  name: string;
  ledger: Ledger;
  /** As it goes for the node. */
  clock: Clock;
  directory(): Directory;
  /** What it has claimed and not let go of. */
  claims: Claim[];
  troubles: string[];
  /** How often it was told that its claims are somebody else's. */
  lostCount: number;
  mayStart(): boolean;
  report(claims: readonly Claim[], verdict?: Verdict): Promise<void>;
  close(): Promise<void>;
}

export async function openNodesStand(): Promise<NodesStand> {
  const database = await openTestDatabase();
  if (database.address.kind !== 'postgres') throw new Error('Only a PostgreSQL can be shared.');
  const { url } = database.address;
  const own = openPostgres(url, { name: 'bellwire test' });
  const nodes: TestNode[] = [];
  let keys: FirstKeys | null = null;
  const ask: NodesStand['ask'] = async (text, ...values) => (await own.link.query(text, values)).rows;
  return {
    url,
    keys() {
      if (keys === null) throw new Error('No node has made keys.');
      return keys;
    },
    async open(options = {}) {
      const { node, firstKeys } = await openNode(url, { name: `node-${nodes.length}`, ...options });
      keys ??= firstKeys;
      nodes.push(node);
      return node;
    },
    ask,
    count: async (text, ...values) => Number(Object.values((await ask(text, ...values))[0] ?? {})[0]),
    async close() {
      await Promise.all(nodes.map((node) => node.close()));
      await own.close();
      await database.close();
    },
  };
}

async function openNode(
  shared: string,
  { name = '', url = shared, roles: own = roles, clock: machine = systemClock, delivers = false }: NodeOptions,
): Promise<{ node: TestNode; firstKeys: FirstKeys | null }> {
  const lease = endlessLease();
  const time = { own: machine, offset: offsetCell() };
  const clock = correctedClock(time);
  let directory: Directory | null = null;
  let closing: Promise<void> | null = null;
  const early: Claim[] = [];
  let opened: Ledger | null = null;
  const deliver = (claims: Claim[]): void =>
    void node.report(claims).catch((error: unknown) => node.troubles.push(String(error)));
  const config = {
    database: { kind: 'postgres' as const, url },
    secretKey: Buffer.alloc(32, 1),
    fixedKeys: {},
    segmentApiUrl: null,
    node: { name, roles: own },
  };
  const listener = {
    onClaims(claims: Claim[]) {
      node.claims.push(...claims);
      if (!delivers) return;
      if (opened === null) early.push(...claims);
      else deliver(claims);
    },
    onClaimsLost() {
      node.claims.length = 0;
      node.lostCount += 1;
      void opened?.claimsForgotten();
    },
    onDirectory(told: Directory) {
      directory = told;
    },
    onTrouble: (message: string, detail: Record<string, unknown>) =>
      void node.troubles.push(`${message} ${JSON.stringify(detail)}`),
  };
  const node: Omit<TestNode, 'ledger'> & { ledger: Ledger } = {
    name,
    clock,
    get ledger() {
      if (opened === null) throw new Error('The node is not open yet.');
      return opened;
    },
    directory() {
      if (directory === null) throw new Error('The node has told of no directory.');
      return directory;
    },
    claims: [],
    troubles: [],
    lostCount: 0,
    mayStart: () => isLeased(lease),
    async report(claims, verdict = { kind: 'delivered' }) {
      const given = new Set(claims.map(({ eventId, webhookId }) => `${eventId} ${webhookId}`));
      node.claims = node.claims.filter(({ eventId, webhookId }) => !given.has(`${eventId} ${webhookId}`));
      const code = verdict.kind === 'delivered' ? null : verdict.code;
      const made = attempt(clock.now(), 'http://127.0.0.1:9/', code === null ? 200 : 503, code);
      await node.ledger.record(
        claims.map(({ eventId, webhookId, triesUsed, replayed }) => {
          const record = { eventId, webhookId, verdict, attempt: made };
          return reportOf(triesUsed > 0 || replayed === true ? { ...record, again: true } : record);
        }),
      );
    },
    close: () => (closing ??= node.ledger.close()),
  };
  const { ledger, firstKeys } = await openLedger(config, { clock, time, listener, lease });
  opened = ledger;
  if (early.length > 0) deliver(early);
  return { node, firstKeys };
}
