/** A receiver that is down for long: what waits, what is tried meanwhile, and in what order everything comes afterwards. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseEgressAllow } from '../../src/core/address.ts';
import { limits } from '../../src/core/limits.ts';
import { createDialer } from '../../src/deliver/connect.ts';
import { createLanes, type Lanes, lanesConfig } from '../../src/deliver/lanes.ts';
import { createSender } from '../../src/deliver/send.ts';
import type { Ledger } from '../../src/ledger/ledger.ts';
import { openLedger } from '../../src/ledger/open.ts';
import type { Reads } from '../../src/ledger/reads.ts';
import { createReads } from '../../src/ledger/reads-store.ts';
import { openForReading } from '../../src/store/open-store.ts';
import { trackInput } from '../support/event-input.ts';
import { type FakeClock, fakeClock } from '../support/fake-clock.ts';
import { until } from '../support/lanes-stand.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { anyQuery } from '../support/replay-stand.ts';
import { type StandDatabase, standDatabase } from '../support/stand-database.ts';
import { webhookSettings } from '../support/webhook-settings.ts';

let database: StandDatabase;
let clock: FakeClock;
let ledger: Ledger;
let lanes: Lanes;
let receiver: Receiver;
let reads: Reads;
let closeSender: () => void;
/** Ids of deliveries in the order in which their requests were begun. */
let begun: string[];

beforeEach(async () => {
  database = await standDatabase();
  clock = fakeClock();
  receiver = await startReceiver(503);
  const dialer = createDialer(
    {
      rules: { allow: parseEgressAllow('127.0.0.1'), http: true, nat64: false, isOwn: () => false },
      dnsServers: null,
      extraCa: null,
    },
    { clock },
  );
  const sender = createSender({ dialer, clock });
  closeSender = () => sender.close();
  const late: { ledger?: Ledger } = {};
  const theLedger = (): Ledger => {
    if (late.ledger === undefined) throw new Error('The ledger is not open yet.');
    return late.ledger;
  };
  begun = [];
  const noted: typeof sender = {
    ...sender,
    send(request, tell) {
      begun.push(/webhook-id: (\S+)/i.exec(String(request.message))?.[1] ?? '');
      sender.send(request, tell);
    },
  };
  lanes = createLanes(lanesConfig, {
    sender: noted,
    clock,
    dice: () => 0.5,
    version: '1.2.3',
    onTrouble: ignore,
    onNews: ignore,
    ledger: {
      record: (reports) => theLedger().record(reports),
      release: (claims) => theLedger().release(claims),
      disableWebhook: (id, reason) => theLedger().disableWebhook(id, reason),
    },
  });
  const opened = await openLedger(
    {
      database: database.address,
      secretKey: randomBytes(32),
      formerSecretKeys: [],
      fixedKeys: {},
      segmentApiUrl: null,
    },
    {
      clock,
      listener: {
        onClaims: (claims) => lanes.take(claims),
        onClaimsLost: () => {},
        onDirectory: ({ webhooks }) => lanes.update(webhooks),
        onTrouble: ignore,
      },
    },
  );
  ledger = late.ledger = opened.ledger;
  reads = createReads(openForReading(database.address), { segmentApiUrl: null });
});
afterEach(async () => {
  const drained = lanes.drain(0);
  // The reports of the last attempts wait for an event to ride with.
  clock.advance(1000);
  await drained;
  closeSender();
  await reads.close();
  await ledger.close();
  await receiver.close();
  await database.drop();
});

const stepMs = 300_000;
const stepCount = 86_400_000 / stepMs;
const waitingMax = limits.claimsPerWebhookMax + limits.retryClaimsMax;

test('a receiver that is down for a day gets everything, oldest first, without a flood', {
  timeout: 60_000,
}, async () => {
  const { id } = await ledger.createWebhook(
    webhookSettings({
      url: receiver.url,
      events: ['trackEventReceived'],
      timeoutMs: limits.attemptTimeoutMaxMs,
      retryDelaysMs: [...limits.retryDelaysDefaultMs],
    }),
  );
  await ledger.enableWebhook(id, 'send');
  const perStep = 22;
  for (let step = 0; step < stepCount; step += 1) {
    const receivedAt = clock.now();
    await ledger.accept(
      Array.from({ length: perStep }, () => trackInput('ada', { receivedAt })),
      [],
    );
    await settled();
    clock.advance(stepMs);
    await settled();
  }
  const eventCount = perStep * stepCount;
  expect(eventCount).toBeGreaterThan(limits.claimsPerWebhookMax + 1000);
  // Ten that failed, what was under way beside the tenth, and one in five minutes.
  const attemptCount = begun.length;
  expect(receiver.requests).toHaveLength(attemptCount);
  expect(attemptCount).toBeLessThan(10 + 4 + 6 + 86_400 / 300 + 1);
  expect(attemptCount).toBeGreaterThan(150);
  const triedIds = new Set(begun);
  expect(lanes.health(id)).toMatchObject({ state: 'waiting', inFlightCount: 0 });
  expect(lanes.stats().queuedCount).toBeLessThanOrEqual(waitingMax);
  expect(await countOf('pending')).toBe(eventCount);

  // No more at once than have been answered before, from one on.
  let answeredCount = 0;
  let tooManyCount = 0;
  receiver.behave((_request, response) => {
    if (receiver.openCount > Math.min(limits.laneInFlightMax, Math.max(1, answeredCount))) tooManyCount += 1;
    setImmediate(() => {
      answeredCount += 1;
      response.writeHead(200).end();
    });
  });
  clock.advance(limits.breakerProbeMaxMs);
  while ((await countOf('delivered')) < eventCount) {
    // What was sent is written, and more is read, while the rest flows.
    clock.advance(20);
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await settled();
  expect(receiver.requests).toHaveLength(attemptCount + eventCount);
  expect(tooManyCount).toBe(0);

  expect(new Set(begun)).toEqual(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])));
  const sent = begun.slice(attemptCount);
  const first = sent.filter((one) => !triedIds.has(one));
  const again = sent.filter((one) => triedIds.has(one));
  expect(first.length + again.length).toBe(eventCount);
  for (const ids of [first, again]) expect(ids).toEqual(ids.toSorted());
  // One turn in eight is a retry's from the start.
  const lastAgain = sent.indexOf(again.at(-1) ?? '');
  expect(lastAgain).toBeLessThan(again.length * 8 + 2 * limits.laneInFlightMax);
});

test('what is sent again to a receiver that is down waits, and comes once when that is back', {
  timeout: 60_000,
}, async () => {
  receiver.behave(400);
  // No step of the clock below is as long as an attempt may take.
  const timeoutMs = limits.attemptTimeoutMaxMs;
  const { id } = await ledger.createWebhook(
    webhookSettings({ url: receiver.url, events: ['trackEventReceived'], timeoutMs }),
  );
  await ledger.enableWebhook(id, 'send');
  const total = 300;
  await accept(total);
  while ((await countOf('failed')) < total) await pass(20);
  const refusedIds = new Set(begun.splice(0));

  // It is down for other events, and then somebody asks for those again.
  receiver.behave(503);
  await accept(12);
  while (lanes.health(id)?.state !== 'waiting') await pass(20);
  await settled();
  begun.splice(0);
  const { filter, webhooks } = await reads.countReplay({ ...anyQuery, states: ['failed'], webhookId: id });
  const replayId = await ledger.createReplay({
    filter,
    matched: webhooks.map(({ webhookId, matched: count }) => ({ webhookId, count })),
  });
  for (let minute = 0; minute < 60; minute += 1) await pass(60_000);
  expect(lanes.health(id)).toMatchObject({ state: 'waiting' });
  // A probe now and then and nothing else, each spending one of the retries of a delivery of its own.
  expect(begun.length).toBeLessThan(20);
  expect(new Set(begun).size).toBe(begun.length);
  expect(await reads.replay(replayId)).toMatchObject({
    state: 'running',
    counts: { matched: total, requeued: limits.replayPendingMax, delivered: 0, failed: 0 },
  });

  begun.splice(0);
  receiver.behave(200);
  for (let round = 0; (await reads.replay(replayId))?.state !== 'finished' && round < 3000; round += 1) {
    await pass(1000);
  }
  expect(await reads.replay(replayId)).toMatchObject({
    state: 'finished',
    counts: { matched: total, requeued: total, delivered: total, failed: 0, cancelled: 0, waiting: 0 },
  });
  const again = begun.filter((one) => refusedIds.has(one));
  expect(again).toHaveLength(total);
  expect(new Set(again)).toEqual(refusedIds);
});

async function accept(count: number): Promise<void> {
  const receivedAt = clock.now();
  await ledger.accept(
    Array.from({ length: count }, () => trackInput('ada', { receivedAt })),
    [],
  );
}

/** Lets so much time pass, and what follows from it happen. */
async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await ledger.changeSettings({});
  await until(() => lanes.stats().inFlightCount === 0);
}

/** When nothing is under way and everything is written. */
async function settled(): Promise<void> {
  await until(() => lanes.stats().inFlightCount === 0);
  await new Promise((resolve) => setImmediate(resolve));
  await ledger.changeSettings({});
}

function countOf(state: string): Promise<number> {
  return database.look.count('select count(*) as n from deliveries where state = ?', state);
}

function ignore(): void {}
