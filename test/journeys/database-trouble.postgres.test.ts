/**
 * What nodes do while their PostgreSQL cuts them off in the middle of a commit, hangs, is full, may not be written or lets
 * nobody in: doors say so, nothing that was acknowledged is lost, nothing is claimed for ever, and all goes on by itself.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { BellwireError } from '../../src/core/errors.ts';
import type { EventInput } from '../../src/core/event-input.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openPostgres, type Postgres } from '../../src/store/postgres.ts';
import { type Bellwire, eventually, startBellwire, track } from '../support/bellwire.ts';
import { trackInput } from '../support/event-input.ts';
import { type NodesStand, openNodesStand, type TestNode } from '../support/nodes-stand.ts';
import { type PostgresProxy, startPostgresProxy } from '../support/postgres-proxy.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { webhookSettings } from '../support/webhook-settings.ts';

describe('a connection that is cut', () => {
  let stand: NodesStand;
  let proxy: PostgresProxy;
  let node: TestNode;

  beforeEach(async () => {
    stand = await openNodesStand();
    proxy = await startPostgresProxy(stand.url);
    node = await stand.open({ name: 'cut', url: proxy.url, clock: hurried(20), delivers: true });
    const { id } = await node.ledger.createWebhook(webhookSettings({ events: ['trackEventReceived'] }));
    await node.ledger.enableWebhook(id, 'send');
    await node.ledger.accept([trackInput('first')], []);
  });
  afterEach(async () => {
    await stand.close();
    await proxy.close();
  });

  test('at any message of a commit loses nothing and does nothing twice', { timeout: 120_000 }, async () => {
    let sent = 0;
    let unheard = 0;
    for (const when of ['before', 'after'] as const) {
      const refusals: number[] = [];
      for (let at = 1; at < 200; at += 1) {
        // The first statement of every commit of events.
        proxy.arm('bellwire cut', at, when, 'together');
        const taken = await acceptAtLast(node.ledger, batch(`${when} ${at}`));
        sent += 3;
        // After its last message it is over.
        if (!proxy.hasCut) break;
        refusals.push(taken.refusals);
        unheard += +taken.kinds.every((kind) => kind === 'duplicate');
      }
      // Each statement is several: bind, describe, execute and sync.
      expect(refusals.length).toBeGreaterThan(20);
      expect(Math.min(...refusals)).toBeGreaterThan(0);
    }
    // At least the commit itself was done and its answer lost: what is sent again is known.
    expect(unheard).toBeGreaterThan(0);
    await allDelivered(stand);
    const kept =
      'select count(*) as all, count(distinct message_id) as different from events where message_id is not null';
    expect(await stand.ask(kept)).toEqual([{ all: sent, different: sent }]);
    const seen =
      "select count(*) as all, count(distinct visitor_id) as different from events where type = 'visitorCreated'";
    expect(await stand.ask(seen)).toEqual([{ all: sent + 1, different: sent + 1 }]);
    expect(await stand.count('select count(*) from deliveries')).toBe(sent + 1);
  });

  test('again and again under load, everywhere at once, loses nothing either', { timeout: 60_000 }, async () => {
    const end = new AbortController();
    let sent = 0;
    const senders = Array.from({ length: 4 }, async (_, which) => {
      for (let index = 0; !end.signal.aborted; index += 1) {
        await acceptAtLast(node.ledger, batch(`load ${which} ${index}`));
        sent += 3;
      }
    });
    for (let cut = 0; cut < 25; cut += 1) {
      await pause(60);
      proxy.cutAll();
    }
    end.abort();
    await Promise.all(senders);
    await allDelivered(stand);
    expect(await stand.count('select count(distinct message_id) from events')).toBe(sent);
    expect(await stand.count('select count(*) from deliveries')).toBe(sent + 1);
  });

  test('and a way that is shut for a while are told once, and it is up again by itself', async () => {
    node.troubles.length = 0;
    proxy.shut();
    for (let index = 0; index < 5; index += 1)
      await expect(node.ledger.accept(batch(`shut ${index}`), [])).rejects.toMatchObject({
        code: 'storage_unavailable',
        retryAfterSeconds: expect.any(Number) as number,
      });
    await pause(1000);
    const told = [...node.troubles];
    proxy.open();
    await acceptAtLast(node.ledger, batch('open'));
    await allDelivered(stand);
    // By the loop of events, by that of reports, and by who looks at the others.
    expect(told.length, told.join('\n')).toBeLessThanOrEqual(3);
    await eventually(async () => (node.troubles.some((line) => line.includes('that is over')) ? true : null));
  });
});

describe('a whole server whose database', () => {
  let postgres: PostgresServer;
  let admin: Postgres;
  let receiver: Receiver;
  let bellwire: Bellwire;

  beforeEach(async () => {
    postgres = await startPostgres({ settings: { max_connections: '12', superuser_reserved_connections: '0' } });
    admin = openPostgres(postgres.url(), { name: 'bellwire test' });
    receiver = await startReceiver(200);
    bellwire = await startBellwire({
      database: { kind: 'postgres', url: postgres.url() },
      secretKey: Buffer.alloc(32, 3),
    });
    await bellwire.addWebhook({ url: receiver.url, events: ['trackEventReceived'] });
    await track(bellwire.url, 'before');
    // Rejects when it does not come.
    await receiver.next();
  }, 60_000);
  afterEach(async () => {
    postgres.thaw();
    await bellwire.close();
    await admin.close();
    await receiver.close();
    await postgres.close();
  });

  const harms: readonly [string, () => Promise<() => Promise<void>>][] = [
    [
      'may not be written',
      async () => {
        await admin.link.query('alter system set default_transaction_read_only = on');
        await admin.link.query('select pg_reload_conf()');
        return async () => {
          await admin.link.query('set default_transaction_read_only = off');
          await admin.link.query('alter system reset default_transaction_read_only');
          await admin.link.query('select pg_reload_conf()');
        };
      },
    ],
    [
      'is full',
      async () => {
        // What the database itself says when its disk takes no more, at the same statements.
        await admin.link.query(`create function no_room() returns trigger language plpgsql as
          $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`);
        for (const table of ['events', 'facts'])
          await admin.link.query(
            `create trigger no_room before insert or update on ${table} for each row execute function no_room()`,
          );
        return async () => void (await admin.link.query('drop function no_room() cascade'));
      },
    ],
    [
      'lets nobody in any more',
      async () => {
        const others = Array.from({ length: 14 }, (_, index) =>
          openPostgres(postgres.url(), { name: `other ${index}` }),
        );
        await admin.link.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'bellwire %' and pid <> pg_backend_pid()",
        );
        const taken = await Promise.allSettled(others.map(({ link }) => link.query('select 1')));
        if (taken.every(({ status }) => status === 'fulfilled')) throw new Error('There is room for others still.');
        return async () => void (await Promise.all(others.map((other) => other.close())));
      },
    ],
    [
      'is not there',
      async () => {
        await postgres.stop('immediate');
        return () => postgres.start();
      },
    ],
    [
      'hangs',
      async () => {
        postgres.freeze();
        return async () => postgres.thaw();
      },
    ],
  ];

  test.each(harms)('%s says so at its doors, and is up again by itself', { timeout: 120_000 }, async (_, harm) => {
    const before = bellwire.log.length;
    const mend = await harm();
    const refused = await eventuallyRefused();
    expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
    const unready = await fetch(`${bellwire.url}/readyz`);
    expect(unready.status).toBe(503);
    for (let index = 0; index < 3; index += 1) expect((await track(bellwire.url, 'while')).status).toBe(503);
    const told = bellwire.log.slice(before);
    await mend();
    const startedAt = performance.now();
    await eventually(async () => ((await track(bellwire.url, 'after')).status === 200 ? true : null));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await eventually(async () => ((await fetch(`${bellwire.url}/readyz`)).status === 200 ? true : null));
    await eventually(async () =>
      receiver.requests.some(({ body }) => body.toString().includes('"after"')) ? true : null,
    );
    // By each that has found it, once: the loop of events, that of reports, who looks at the others, and the requests.
    const messages = told.map((line) => (JSON.parse(line) as { message: string }).message);
    const ofIt = messages.filter((message) => /database|nodes/.test(message));
    expect(ofIt).not.toEqual([]);
    for (const message of ofIt)
      expect(ofIt.filter((other) => other === message).length, message).toBeLessThanOrEqual(2);
  });

  async function eventuallyRefused(): Promise<Response> {
    return eventually(async () => {
      const answer = await track(bellwire.url, 'at first');
      return answer.status === 503 ? answer : null;
    });
  }
});

/** Real time, so many times as fast. */
function hurried(times: number): Clock {
  return {
    now: () => systemClock.now(),
    monotonicMs: () => systemClock.monotonicMs() * times,
    after: (delayMs, act) => systemClock.after(delayMs / times, act),
  };
}

/** Three of new visitors, whose messages nobody else sends. */
function batch(name: string): EventInput[] {
  return [1, 2, 3].map((number) =>
    trackInput(`visitor ${name} ${number}`, {
      messageId: `${name} ${number}`,
      receivedAt: Date.now(),
      occurredAt: Date.now(),
    }),
  );
}

/** Sends it again until it is taken, as every library does; answers how often it was refused, and what became of it. */
async function acceptAtLast(ledger: Ledger, inputs: EventInput[]): Promise<{ refusals: number; kinds: string[] }> {
  for (let refusals = 0; ; refusals += 1) {
    try {
      const results = await ledger.accept(inputs, []);
      return { refusals, kinds: results.map(({ kind }) => kind) };
    } catch (error) {
      const isTrouble = error instanceof BellwireError && error.code === 'storage_unavailable';
      if (!isTrouble || refusals > 200) throw error;
      await pause(10);
    }
  }
}

async function allDelivered(stand: NodesStand): Promise<void> {
  await eventually(async () =>
    (await stand.count("select count(*) from deliveries where state <> 'delivered'")) === 0 ? true : null,
  );
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
