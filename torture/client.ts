/**
 * A sender that never gives up easily: several at once send events one by one and in batches, under names and messageIds of
 * their own, and write down every acknowledgement. What got no answer is sent again under the same messageId more often
 * than not, as Segment's libraries do, and otherwise left as it is: nobody was promised anything.
 * Where there are many servers each request goes to one of them, as the dice say, and some to all at once.
 */
import type { Dice } from '../src/core/clock.ts';
import type { Sent } from './history.ts';
import { keys } from './server.ts';
import { pause } from './waiting.ts';

export interface Client {
  sent: ReadonlyMap<string, Sent>;
  /** Epoch milliseconds of the last acknowledgement; 0 before there is one. */
  acknowledgedAt(): number;
  /** From now on events are taken at these ports, or nowhere for a while. */
  pointTo(...ports: number[]): void;
  /** Stops sending; resolves when nothing is under way. */
  stop(): Promise<void>;
}

const singleSenders = 3;
const batchSenders = 1;
const batchEvents = 20;
/** Senders to all at once, where there are many servers. */
const everywhereSenders = 2;
/** Between two requests of a sender: a few hundred events a second in all, which leaves both ends time to be hindered. */
const paceMs = 10;
const answerTimeoutMs = 5000;

interface Item {
  name: string;
  visitorId: string;
  accountId: string;
}

export function startClient(dice: Dice, serverCount = 1): Client {
  const sent = new Map<string, Sent>();
  const halt = new AbortController();
  let ports: readonly number[] = [];
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

  async function sendFor(make: () => Item[], send: Send): Promise<void> {
    let items = make();
    for (;;) {
      while (ports.length === 0 && !halt.signal.aborted) await nextPorts();
      if (halt.signal.aborted) return;
      const taken = await send(ports, items).catch(() => false);
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

  function nextPorts(): Promise<void> {
    return new Promise((resolve) => {
      arrived.push(resolve);
    });
  }

  function toOne(post: Post): Send {
    return (known, items) => post(known[Math.floor(dice() * known.length)] ?? 0, items);
  }

  function tellPorts(): void {
    const waiting = arrived;
    arrived = [];
    for (const tell of waiting) tell();
  }

  const senders = [
    ...Array.from({ length: singleSenders * serverCount }, () => sendFor(() => [newItem()], toOne(postSingle))),
    ...Array.from({ length: batchSenders * serverCount }, () =>
      sendFor(() => Array.from({ length: batchEvents }, newItem), toOne(postBatch)),
    ),
    ...Array.from({ length: serverCount > 1 ? everywhereSenders : 0 }, () => sendFor(() => [newItem()], toAll)),
  ];
  return {
    sent,
    acknowledgedAt: () => lastAt,
    pointTo(...next) {
      ports = next;
      tellPorts();
    },
    async stop() {
      halt.abort();
      tellPorts();
      await Promise.all(senders);
    },
  };
}

type Post = (port: number, items: Item[]) => Promise<boolean>;
type Send = (ports: readonly number[], items: Item[]) => Promise<boolean>;

/** Who is first acknowledges it, and the others take it for a repeat. */
async function toAll(ports: readonly number[], items: Item[]): Promise<boolean> {
  const answers = await Promise.all(ports.map((port) => postSingle(port, items).catch(() => false)));
  return answers.includes(true);
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
