import { afterEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { claims, closeAll, idOf, setUp, start, targetOf, until } from '../../test/support/lanes-stand.ts';
import { answerWith, type Behaviour, hang } from '../../test/support/receiver.ts';

afterEach(closeAll);

describe('a lane', () => {
  it('delivers what it is given and brings each record back', async () => {
    const receiver = await start(200);
    const { lanes, ledger } = setUp([targetOf(1, receiver)]);
    lanes.take(claims(1, 50));
    await ledger.recorded(50);
    expect(receiver.requests).toHaveLength(50);
    expect(ledger.records.every(({ verdict }) => verdict.kind === 'delivered')).toBe(true);
    expect(new Set(ledger.records.map(({ eventId }) => eventId)).size).toBe(50);
    expect(ledger.recordCalls).toBeLessThan(50);
    expect(lanes.stats()).toMatchObject({ queuedCount: 0, inFlightCount: 0, sharedInFlightCount: 0 });
  });

  it('sends the oldest first, one after the other when it may send only one', async () => {
    const receiver = await start(200);
    const { lanes, ledger } = setUp([targetOf(1, receiver)], { laneInFlightMax: 1 });
    const given = claims(1, 20);
    lanes.take(given.toReversed());
    await ledger.recorded(20);
    const ids = receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(ids).toEqual(given.map(({ eventId }) => `${eventId}_${idOf(1)}`));
  });

  it('has no more in flight than it may', async () => {
    const receiver = await start(hang());
    const { lanes } = setUp([targetOf(1, receiver)], { laneInFlightMax: 3 });
    lanes.take(claims(1, 10));
    for (let count = 0; count < 3; count += 1) await receiver.next();
    expect(lanes.stats()).toMatchObject({ inFlightCount: 3, queuedCount: 7 });
    expect(receiver.openCount).toBe(3);
  });

  it.each([
    ['its secret cannot be read', { secretsUnreadable: true }],
    ['its URL is none', { url: 'nonsense' }],
    ['its address is forbidden', { url: 'http://127.0.0.3/' }],
  ])('fails thousands in a row when %s', async (_what, changes) => {
    const { lanes, ledger } = setUp([targetOf(1, await start(200), changes)]);
    lanes.take(claims(1, 4000));
    await ledger.recorded(4000);
    expect(ledger.records.every(({ verdict }) => verdict.kind === 'failed')).toBe(true);
    expect(lanes.stats()).toMatchObject({ queuedCount: 0, inFlightCount: 0 });
  });

  it('keeps to its rate', async () => {
    const receiver = await start(200);
    const clock = fakeClock();
    const { lanes, ledger } = setUp([targetOf(1, receiver, { ratePerSecond: 2 })], {}, clock);
    // Nothing has been sent for a while.
    clock.advance(1000);
    lanes.take(claims(1, 5));
    await ledger.recorded(2);
    expect(lanes.stats()).toMatchObject({ inFlightCount: 0, queuedCount: 3 });
    clock.advance(499);
    expect(lanes.stats().inFlightCount).toBe(0);
    clock.advance(1);
    await ledger.recorded(3);
    expect(lanes.stats()).toMatchObject({ inFlightCount: 0, queuedCount: 2 });
    lanes.update([targetOf(1, receiver, { ratePerSecond: null })]);
    await ledger.recorded(5);
  });

  it('starts as many at once as its burst says, and then keeps to its rate', async () => {
    const receiver = await start(200);
    const clock = fakeClock();
    const rate = { ratePerSecond: 2, rateBurst: 4 };
    const { lanes, ledger } = setUp([targetOf(1, receiver, rate)], {}, clock);
    clock.advance(2000);
    lanes.take(claims(1, 8));
    await ledger.recorded(4);
    expect(lanes.stats()).toMatchObject({ inFlightCount: 0, queuedCount: 4 });
    clock.advance(500);
    await ledger.recorded(5);
    expect(lanes.stats()).toMatchObject({ inFlightCount: 0, queuedCount: 3 });
    // Another burst is a new beginning.
    lanes.update([targetOf(1, receiver, { ...rate, rateBurst: 1 })]);
    await ledger.recorded(6);
    expect(lanes.stats()).toMatchObject({ inFlightCount: 0, queuedCount: 2 });
  });
});

describe('lanes beside each other', () => {
  it('always leave each other one slot', async () => {
    const [dead, alive] = [await start(hang()), await start(200)];
    const { lanes, ledger } = setUp([targetOf(1, dead), targetOf(2, alive)], { sharedInFlightMax: 4 });
    lanes.take(claims(1, 50));
    for (let count = 0; count < 3; count += 1) await dead.next();
    expect(lanes.stats()).toMatchObject({ inFlightCount: 3, sharedInFlightCount: 2, waitingLaneCount: 1 });
    lanes.take(claims(2, 20));
    await ledger.recorded(20);
    expect(ledger.records.every(({ webhookId }) => webhookId === idOf(2))).toBe(true);
  });

  it('get the shared slots back from a receiver that hangs, after two seconds, and it is sent half as many from then on', async () => {
    const [dead, other] = [await start(hang()), await start(hang())];
    const clock = fakeClock();
    const targets = [targetOf(1, dead), targetOf(2, other), targetOf(3, other)];
    const { lanes } = setUp(targets, { sharedInFlightMax: 4 }, clock);
    lanes.take(claims(1, 9));
    lanes.take(claims(2, 9));
    for (let count = 0; count < 3; count += 1) await dead.next();
    for (let count = 0; count < 2; count += 1) await other.next();
    clock.advance(1999);
    expect(lanes.stats()).toMatchObject({ inFlightCount: 5, sharedInFlightCount: 3 });
    clock.advance(1);
    expect(lanes.stats()).toMatchObject({ inFlightCount: 5, sharedInFlightCount: 0 });
    expect([lanes.health(idOf(1))?.width, lanes.health(idOf(2))?.width]).toEqual([2, 2]);
    lanes.take(claims(3, 9));
    for (let count = 0; count < 3; count += 1) await other.next();
    expect(lanes.stats()).toMatchObject({ inFlightCount: 8, sharedInFlightCount: 2 });
  });

  it('take turns when slots are short', async () => {
    const answers: (() => void)[] = [];
    const later: Behaviour = (_request, response) => {
      answers.push(() => response.writeHead(200).end());
    };
    const receivers = [await start(later), await start(later), await start(later)];
    const { lanes, ledger } = setUp(
      receivers.map((receiver, index) => targetOf(index + 1, receiver)),
      {
        sharedInFlightMax: 1,
      },
    );
    for (const number of [1, 2, 3]) lanes.take(claims(number, 30));
    let answered = 0;
    while (answered < 60) {
      await until(() => answers.length > 0);
      answers.shift()?.();
      answered += 1;
      await ledger.recorded(answered);
    }
    for (const receiver of receivers) expect(receiver.requests.length).toBeGreaterThan(15);
  });
});

describe('what the ledger is told', () => {
  it('is that a webhook is gone, once, when its receiver says 410', async () => {
    const receiver = await start(410);
    const { lanes, ledger } = setUp([targetOf(1, receiver)], { laneInFlightMax: 4 });
    lanes.take(claims(1, 4));
    await ledger.recorded(4);
    expect(ledger.disabled).toEqual([idOf(1)]);
    expect(ledger.records[0]?.verdict).toMatchObject({ kind: 'failed', code: 'http_410' });
  });

  it('is what waits for a webhook that was switched off or deleted, or that nobody knows', async () => {
    const receiver = await start(hang());
    const { lanes, ledger } = setUp([targetOf(1, receiver), targetOf(2, receiver)], { laneInFlightMax: 1 });
    lanes.take([...claims(1, 3), ...claims(2, 3), ...claims(3, 1)]);
    expect(ledger.released).toEqual([idOf(3)]);
    lanes.update([targetOf(1, receiver, { enabled: false })]);
    expect(ledger.released.toSorted()).toEqual([idOf(1), idOf(1), idOf(2), idOf(2), idOf(3)].toSorted());
    expect(lanes.stats()).toMatchObject({ laneCount: 0, queuedCount: 0, inFlightCount: 2 });
    lanes.take(claims(1, 1));
    expect(ledger.released).toHaveLength(6);
  });

  it('is told again when it could not take it', async () => {
    const receiver = await start(200);
    const clock = fakeClock();
    const { lanes, ledger, troubles } = setUp([targetOf(1, receiver)], {}, clock);
    ledger.failNext = 1;
    lanes.take(claims(1, 1));
    await until(() => troubles.length === 1);
    expect(ledger.records).toHaveLength(0);
    clock.advance(1000);
    await ledger.recorded(1);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('update', () => {
  it('sends to the new address from then on', async () => {
    const [before, after] = [await start(200), await start(200)];
    const { lanes, ledger } = setUp([targetOf(1, before)]);
    lanes.take(claims(1, 1));
    await ledger.recorded(1);
    lanes.update([targetOf(1, after)]);
    lanes.take(claims(1, 1));
    await ledger.recorded(2);
    expect([before.requests.length, after.requests.length]).toEqual([1, 1]);
  });
});

describe('test', () => {
  it('sends to a webhook that is not saved, and records nothing', async () => {
    const receiver = await start(answerWith(200, {}, 'pong'));
    const { lanes, ledger } = setUp([]);
    const attempt = await lanes.test(targetOf(9, receiver, { enabled: false }), { id: 'test_1', body: '{}' });
    expect(attempt).toMatchObject({ status: 200, responseBody: 'pong', code: null });
    expect(ledger.records).toHaveLength(0);
  });
});

describe('drain', () => {
  it('lets what is in flight finish, and releases the rest', async () => {
    let finish = ignore;
    const receiver = await start((_request, response) => {
      finish = () => response.writeHead(200).end();
    });
    const { lanes, ledger } = setUp([targetOf(1, receiver)], { laneInFlightMax: 1 });
    lanes.take(claims(1, 3));
    await receiver.next();
    const drained = lanes.drain(60_000);
    expect(ledger.released).toHaveLength(2);
    lanes.take(claims(1, 1));
    expect(ledger.released).toHaveLength(3);
    finish();
    await drained;
    expect(ledger.records).toHaveLength(1);
  });

  it('ends also when the ledger takes no more, and leaves it at that', async () => {
    const receiver = await start(200);
    const clock = fakeClock();
    const { lanes, ledger, troubles } = setUp([targetOf(1, receiver)], {}, clock);
    ledger.failNext = 100;
    lanes.take(claims(1, 1));
    await until(() => troubles.length === 1);
    await lanes.drain(1000);
    const calls = ledger.recordCalls;
    clock.advance(60_000);
    expect(calls).toBe(2);
    expect(ledger.recordCalls).toBe(2);
  });

  it('breaks off what does not finish, without a record of it', async () => {
    const receiver = await start(hang());
    const clock = fakeClock();
    const { lanes, ledger } = setUp([targetOf(1, receiver)], {}, clock);
    lanes.take(claims(1, 2));
    await receiver.next();
    const drained = lanes.drain(10_000);
    clock.advance(10_000);
    await drained;
    await receiver.brokenOff();
    expect(ledger.records).toHaveLength(0);
    expect(ledger.recordCalls).toBe(0);
  });
});

function ignore(): void {}
