/**
 * A sender that never gives up easily: several at once send events one by one and in batches, under names and messageIds of
 * their own, and write down every acknowledgement. What got no answer is sent again under the same messageId more often
 * than not, as Segment's libraries do, and otherwise left as it is: nobody was promised anything.
 */
import type { Dice } from '../src/core/clock.ts';
import type { Sent } from './history.ts';
import { keys } from './server.ts';

export interface Client {
  sent: ReadonlyMap<string, Sent>;
  /** Epoch milliseconds of the last acknowledgement; 0 before there is one. */
  acknowledgedAt(): number;
  /** From now on the server is at this port, or nowhere for a while. */
  pointTo(port: number | null): void;
  /** Stops sending; resolves when nothing is under way. */
  stop(): Promise<void>;
}

const singleSenders = 3;
const batchSenders = 1;
const batchEvents = 20;
/** Between two requests of a sender: a few hundred events a second in all, which leaves both ends time to be hindered. */
const paceMs = 10;
const answerTimeoutMs = 5000;

interface Item {
  name: string;
  visitorId: string;
  accountId: string;
}

export function startClient(dice: Dice): Client {
  const sent = new Map<string, Sent>();
  const halt = new AbortController();
  let port: number | null = null;
  let arrived: (() => void)[] = [];
  let count = 0;
  let lastAt = 0;

  function newItem(): Item {
    count += 1;
    // Many come back and some are new, so that first sights are made in every round.
    const name = `event ${count}`;
    sent.set(name, { acknowledgedAt: null });
    const visitor = dice() < 0.1 ? `new ${count}` : `old ${Math.floor(dice() * 50)}`;
    return { name, visitorId: `visitor ${visitor}`, accountId: `account ${Math.floor(dice() * 5)}` };
  }

  async function sendFor(make: () => Item[], post: (port: number, items: Item[]) => Promise<boolean>): Promise<void> {
    let items = make();
    while (!halt.signal.aborted) {
      const target = port ?? (await nextPort());
      if (target === null) return;
      const taken = await post(target, items).catch(() => false);
      const now = Date.now();
      if (taken) {
        lastAt = now;
        for (const { name } of items) sent.set(name, { acknowledgedAt: now });
      }
      // Now and then also what was acknowledged, as by a sender whose answer got lost on the way.
      if (dice() < (taken ? 0.95 : 0.3)) items = make();
      await pause(taken ? paceMs : paceMs * 5);
    }
  }

  function nextPort(): Promise<number | null> {
    return new Promise((resolve) => {
      arrived.push(() => resolve(port));
    });
  }

  function tellPort(): void {
    const waiting = arrived;
    arrived = [];
    for (const tell of waiting) tell();
  }

  const senders = [
    ...Array.from({ length: singleSenders }, () => sendFor(() => [newItem()], postSingle)),
    ...Array.from({ length: batchSenders }, () =>
      sendFor(() => Array.from({ length: batchEvents }, newItem), postBatch),
    ),
  ];
  return {
    sent,
    acknowledgedAt: () => lastAt,
    pointTo(next) {
      port = next;
      if (next !== null) tellPort();
    },
    async stop() {
      halt.abort();
      tellPort();
      await Promise.all(senders);
    },
  };
}

function postSingle(port: number, [item]: Item[]): Promise<boolean> {
  if (item === undefined) throw new Error('There is nothing to send.');
  const { name, visitorId, accountId } = item;
  const call = { type: 'track', event: name, messageId: `message of ${name}`, visitorId, accountId };
  return post(port, '/data/track', { 'x-pendo-integration-key': keys.trackSecret }, call);
}

function postBatch(port: number, items: Item[]): Promise<boolean> {
  const batch = items.map(({ name, visitorId, accountId }) => ({
    type: 'track',
    event: name,
    messageId: `message of ${name}`,
    userId: visitorId,
    context: { groupId: accountId },
  }));
  const authorization = `Basic ${Buffer.from(`${keys.apiKey}:`).toString('base64')}`;
  return post(port, '/v1/batch', { authorization }, { batch });
}

async function post(port: number, path: string, headers: Record<string, string>, body: object): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  await response.arrayBuffer();
  return response.status === 200;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
