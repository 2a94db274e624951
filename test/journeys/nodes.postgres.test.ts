/**
 * Three nodes on one PostgreSQL: what they do at once is done once, what one changes the others act on, and what one leaves
 * behind the others take up.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Claim } from '../../src/core/delivery.ts';
import { limits } from '../../src/core/limits.ts';
import { nodeSilentMs } from '../../src/store/nodes.ts';
import { eventually } from '../support/bellwire.ts';
import { identifyInput, trackInput } from '../support/event-input.ts';
import { type NodesStand, openNodesStand, type TestNode } from '../support/nodes-stand.ts';
import { startPostgresProxy } from '../support/postgres-proxy.ts';
import { webhookSettings } from '../support/webhook-settings.ts';

let stand: NodesStand;
let nodes: [TestNode, TestNode, TestNode];

beforeEach(async () => {
  stand = await openNodesStand();
  // At once, on an empty database.
  nodes = await Promise.all([stand.open({ name: 'a' }), stand.open({ name: 'b' }), stand.open({ name: 'c' })]);
});
afterEach(() => stand.close());

describe('at once', () => {
  test('visitors and accounts are seen for the first time once, and no node waits for another in a ring', async () => {
    for (let round = 0; round < 6; round += 1) {
      const each = nodes.map(async ({ ledger }, which) => {
        // Each in an order of its own.
        const order = Array.from({ length: 500 }, (_, index) => (index * ([7, 11, 499][which] ?? 1)) % 500);
        const inputs = order.map((id) =>
          trackInput(`visitor ${round} ${id}`, { accountId: `account ${round} ${(id * 3) % 500}` }),
        );
        for (let at = 0; at < 500; at += 50) await ledger.accept(inputs.slice(at, at + 50), []);
      });
      await Promise.all(each);
    }
    const created = await stand.ask(
      `select type, count(*) as events, count(distinct case type when 'visitorCreated' then visitor_id else account_id end) as subjects
        from events where type in ('visitorCreated', 'accountCreated') group by type order by type`,
    );
    expect(created).toEqual([
      { type: 'accountCreated', events: 3000, subjects: 3000 },
      { type: 'visitorCreated', events: 3000, subjects: 3000 },
    ]);
    expect(await stand.count("select count(*) from events where type = 'trackEventReceived'")).toBe(9000);
    expect(await deadlocks()).toBe(0);
  });

  test('changes of one visitor are all kept', async () => {
    await Promise.all(
      nodes.map(async ({ ledger, name }) => {
        for (let index = 0; index < 40; index += 1)
          await ledger.accept([identifyInput('ada', { traits: { [`${name}${index}`]: 'kept' } })], []);
      }),
    );
    const [row] = await stand.ask("select metadata from visitors where id = 'ada'");
    expect(String(row?.['metadata']).split('kept').length - 1).toBe(120);
    expect(await stand.count("select count(*) from events where type = 'visitorCreated'")).toBe(1);
    expect(await deadlocks()).toBe(0);
  });

  test('a message is one event, whichever nodes it is sent to', async () => {
    const answers = await Promise.all(
      nodes.map(({ ledger }, which) =>
        Promise.all(
          Array.from({ length: 100 }, (_, index) => {
            const id = which === 1 ? 99 - index : index;
            // Now, because what is older than the window of repeats is being cleared away.
            const message = { messageId: `message ${id}`, receivedAt: Date.now() };
            return ledger.accept([trackInput(`v${id % 7}`, message)], []);
          }),
        ),
      ),
    );
    const kinds = answers.flat(2).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'accepted')).toHaveLength(100);
    expect(kinds.filter((kind) => kind === 'duplicate')).toHaveLength(200);
    expect(await stand.count("select count(*) from events where type = 'trackEventReceived'")).toBe(100);
  });

  test('commands on one webhook are all done, one after the other', async () => {
    const { id } = await nodes[0].ledger.createWebhook(webhookSettings({}));
    await Promise.all(
      nodes.flatMap(({ ledger }, which) => [
        ledger.changeWebhook(id, { name: `by ${which}` }),
        ledger.changeWebhook(
          id,
          which === 0 ? { timeoutMs: 1234 } : which === 1 ? { ratePerSecond: 7 } : { signaturePrefix: 'sha256=' },
        ),
        ledger.enableWebhook(id, 'send'),
      ]),
    );
    await known(id);
    const [row] = await stand.ask('select timeout_ms, rate_per_second, signature_prefix, enabled from webhooks');
    expect(row).toEqual({ timeout_ms: 1234, rate_per_second: 7, signature_prefix: 'sha256=', enabled: 1 });
    expect(await deadlocks()).toBe(0);
  });
});

describe('what one changes', () => {
  test('another changes on the spot, and knows of when it looks again, also when nobody has told it', async () => {
    const [a] = nodes;
    const proxy = await startPostgresProxy(stand.url, { deaf: true });
    const deaf = await stand.open({ name: 'deaf', url: proxy.url });
    const { id } = await a.ledger.createWebhook(webhookSettings({ headers: { 'X-One': '1' } }));
    expect(await deaf.ledger.changeWebhook(id, { headers: { 'X-Two': '2' } })).toMatchObject({ id });
    await a.ledger.changeWebhook(id, { headers: { 'X-Three': '3' }, name: 'By the other' });
    await deaf.ledger.lookAgain();
    expect(deaf.directory().webhooks.find((one) => one.id === id)).toMatchObject({
      name: 'By the other',
      headers: { 'X-One': '1', 'X-Two': '2', 'X-Three': '3' },
    });
    await deaf.close();
    await proxy.close();
  });

  test.each([true, false])(
    'the others act on within a second, also when nobody tells them (told: %s)',
    async (isTold) => {
      const [a] = nodes;
      const proxy = await startPostgresProxy(stand.url, { deaf: true });
      const others = isTold ? nodes.slice(1) : [await stand.open({ name: 'deaf', url: proxy.url })];
      const id = await webhook(a);
      const tookMs: number[] = [];
      const act = async (change: () => Promise<unknown>, isSeen: (node: TestNode) => boolean): Promise<void> => {
        await change();
        const startedAt = performance.now();
        await eventually(async () => (others.every((node) => isSeen(node)) ? true : null));
        tookMs.push(performance.now() - startedAt);
      };
      const hookAt = (node: TestNode) => node.directory().webhooks.find((one) => one.id === id);
      for (let round = 0; round < 3; round += 1) {
        await act(
          () => a.ledger.disableWebhook(id, null),
          (node) => hookAt(node)?.enabled === false,
        );
        await act(
          () => a.ledger.enableWebhook(id, 'send'),
          (node) => hookAt(node)?.enabled === true,
        );
        const app = await a.ledger.createApp({ name: 'Shop' });
        await act(
          () => a.ledger.rotateTrackSecret(app.id),
          (node) => appAt(node, app.id)?.trackSecretHash === appAt(a, app.id)?.trackSecretHash,
        );
      }
      // In the middle, because a busy machine may hold one of them up.
      expect(tookMs.toSorted((one, other) => one - other)[4]).toBeLessThan(1000);
      await Promise.all(isTold ? [] : others.map((node) => node.close()));
      await proxy.close();
    },
  );

  test('an entry of the exclude list and a mark are heeded by the others', async () => {
    const [a, b, c] = nodes;
    await a.ledger.addExclusion({ kind: 'visitor', pattern: 'bot*' });
    let number = 0;
    await eventually(async () => {
      number += 1;
      const visitors = [`bot b ${number}`, `bot c ${number}`] as const;
      await Promise.all([b, c].map(({ ledger }, which) => ledger.accept([trackInput(visitors[which] ?? '')], [])));
      const withheld = "select count(*) from events where withheld = 'excluded' and visitor_id in ($1, $2)";
      return (await stand.count(withheld, ...visitors)) === 2 ? true : null;
    });
    await a.ledger.accept([trackInput('ada')], []);
    await a.ledger.changeVisitor('ada', { doNotProcess: true });
    // A mark is read with the visitor, and so is heeded at once.
    expect(await b.ledger.accept([trackInput('ada')], [])).toEqual([{ kind: 'not_processed' }]);
    expect(await c.ledger.accept([trackInput('ada')], [])).toEqual([{ kind: 'not_processed' }]);
  });

  test('a delivery that was made for a webhook just deleted elsewhere does not stay pending', async () => {
    const [a, b] = nodes;
    const id = await webhook(a);
    await known(id);
    // Before b has heard of it, and after a has looked what is pending.
    const accepting = Array.from({ length: 30 }, () => b.ledger.accept([trackInput('ada')], []));
    await Promise.all([a.ledger.deleteWebhook(id), ...accepting]);
    // What it has made meanwhile may have been cancelled with the rest: one more, of whom heard of it last of all.
    await eventually(async () => (b.directory().webhooks.length === 0 ? true : null));
    await eventually(async () =>
      (await stand.count('select count(*) from webhooks where discard_through is not null')) === 0 ? true : null,
    );
    await stand.ask(
      "update deliveries set state = 'pending', finished_at = null, claimed_by = null where webhook_id = $1",
      id,
    );
    await eventually(async () =>
      (await stand.count("select count(*) from deliveries where state = 'pending'")) === 0 ? true : null,
    );
    expect(await stand.count("select count(*) from deliveries where state <> 'cancelled'")).toBe(0);
  });
});

describe('what one leaves', () => {
  test('in order is taken up at once', async () => {
    const [a, b, c] = nodes;
    await known(await webhook(a));
    await a.ledger.accept(
      Array.from({ length: 200 }, () => trackInput('ada')),
      [],
    );
    await claimedBy(a, 200);
    const startedAt = performance.now();
    await a.close();
    await eventually(async () => (b.claims.length + c.claims.length === 200 ? true : null));
    // Sooner than it could have been taken for dead.
    expect(performance.now() - startedAt).toBeLessThan(nodeSilentMs);
    expect(new Set([...b.claims, ...c.claims].map(({ eventId }) => eventId)).size).toBe(200);
  });

  test('under its number after it has gone in order is found all the same', async () => {
    const [a, b, c] = nodes;
    await known(await webhook(a));
    await a.ledger.accept([trackInput('ada')], []);
    await claimedBy(a, 1);
    const [number] = await numbersOf('a');
    await a.close();
    await eventually(async () => (b.claims.length + c.claims.length === 1 ? true : null));
    // As if a claim had been on its way while the node gave back what it had.
    const taker = b.claims.length === 1 ? b : c;
    taker.claims.length = 0;
    await stand.ask('update deliveries set claimed_by = $1', number);
    const left = async (): Promise<number> =>
      stand.count('select count(*) from deliveries where claimed_by = $1', number);
    expect(await left()).toBe(1);
    await eventually(async () => ((await left()) === 0 ? true : null), 30_000);
  });

  test('by dying is taken up by one of the others, each delivery once', async () => {
    const [a, b, c] = nodes;
    await known(await webhook(a));
    await a.ledger.accept(
      Array.from({ length: 200 }, () => trackInput('ada')),
      [],
    );
    // As if it had been silent for long: it is taken for dead at the next look, before it can say that it is not.
    const [number] = await numbersOf('a');
    await stand.ask('update nodes set lost_at = clock_timestamp() where id = $1', number);
    await eventually(async () => (a.lostCount > 0 ? true : null));
    await eventually(async () => (a.claims.length + b.claims.length + c.claims.length === 200 ? true : null));
    expect(new Set([...a.claims, ...b.claims, ...c.claims].map(({ eventId }) => eventId)).size).toBe(200);
    await eventually(async () => (a.mayStart() ? true : null));
    expect(await numbersOf('a')).not.toContain(number);
  });

  test('late is no more its own: what it reports then changes nothing', async () => {
    const [a] = nodes;
    await known(await webhook(a));
    await a.ledger.accept([trackInput('ada'), trackInput('bob')], []);
    const former = await claimedBy(a, 2);
    const [number] = await numbersOf('a');
    // Taken for dead and rescued between two of its commits.
    await stand.ask('update nodes set lost_at = clock_timestamp() where id = $1', number);
    await stand.ask('update deliveries set claimed_by = 999999');
    await a.report(former);
    const rows = await stand.ask('select state, attempt_count, claimed_by from deliveries');
    expect(rows).toEqual(former.map(() => ({ state: 'pending', attempt_count: 0, claimed_by: 999_999 })));
  });
});

describe('errands', () => {
  test('of persons are done once by three nodes: a discard, and a replay of what it has cancelled', async () => {
    const [a, b, c] = nodes;
    const id = await webhook(a);
    await known(id);
    const count = limits.discardBatchRows + 200;
    const inputs = Array.from({ length: count }, (_, index) => trackInput(`v${index % 9}`));
    await a.ledger.accept(inputs, []);
    await claimedBy(a, count);
    await b.ledger.disableWebhook(id, null);
    await known(id, false);
    // As lanes do with what they have of a webhook that is off.
    await a.ledger.release(a.claims.splice(0));
    const discarded = await c.ledger.enableWebhook(id, 'discard');
    expect(discarded?.heldCount).toBe(count);
    const cancelled = (): Promise<number> => stand.count("select count(*) from deliveries where state = 'cancelled'");
    await eventually(async () => ((await cancelled()) === count ? true : null));

    const filter = { ...anyOf, states: ['cancelled' as const], webhookId: id };
    await b.ledger.createReplay({ filter, matched: [{ webhookId: id, count }] });
    const sent: string[] = [];
    await eventually(async () => {
      for (const node of nodes) {
        const claims = [...node.claims];
        sent.push(...claims.map(({ eventId }) => eventId));
        if (claims.length > 0) await node.report(claims);
      }
      return (await stand.count("select count(*) from replays where state = 'finished'")) === 1 ? true : null;
    });
    expect([sent.length, new Set(sent).size]).toEqual([count, count]);
    expect(await stand.ask('select requeued, delivered, failed from replay_lines')).toEqual([
      { requeued: count, delivered: count, failed: 0 },
    ]);
    expect(await deadlocks()).toBe(0);
  });

  test('of the house disturb nobody: three nodes clear away the same old rows', async () => {
    const old = Date.now() - 3 * limits.dedupeWindowMs;
    await stand.ask("insert into messages select 1, 'old ' || n, $1::bigint + n from generate_series(1, 1500) n", old);
    // A node clears away when it starts, and then every minute.
    const late = await Promise.all([stand.open({ name: 'd' }), stand.open({ name: 'e' }), stand.open({ name: 'f' })]);
    await eventually(async () => ((await stand.count('select count(*) from messages')) === 0 ? true : null));
    expect(late.flatMap(({ troubles }) => troubles)).toEqual([]);
    expect(await deadlocks()).toBe(0);
  });
});

const anyOf = {
  ids: null,
  eventType: null,
  code: null,
  visitorIds: null,
  accountId: null,
  receivedFrom: null,
  receivedBefore: null,
};

async function webhook({ ledger }: TestNode): Promise<string> {
  const { id } = await ledger.createWebhook(webhookSettings({ events: ['trackEventReceived'] }));
  await ledger.enableWebhook(id, 'send');
  return id;
}

/** When all nodes know of it, and are ready for it. */
async function known(id: string, isOn = true): Promise<void> {
  const isKnown = (node: TestNode): boolean => node.directory().webhooks.find((one) => one.id === id)?.enabled === isOn;
  await eventually(async () => (nodes.every(isKnown) ? true : null));
  // Whatever was pending for it has been looked up by then, and what comes is claimed by who accepts it.
  await Promise.all(nodes.map(({ ledger }) => ledger.probe()));
}

/** What it has claimed, when it is so many. */
async function claimedBy(node: TestNode, count: number): Promise<Claim[]> {
  await eventually(async () => (node.claims.length === count ? true : null));
  return [...node.claims];
}

function appAt(node: TestNode, id: number) {
  return node.directory().apps.find((one) => one.id === id);
}

async function numbersOf(name: string): Promise<number[]> {
  return (await stand.ask('select id from nodes where name = $1 and lost_at is null', name)).map(({ id }) =>
    Number(id),
  );
}

async function deadlocks(): Promise<number> {
  return stand.count('select deadlocks from pg_stat_database where datname = current_database()');
}
