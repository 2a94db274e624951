import { afterEach, describe, expect, it } from 'vitest';
import { type FakeClock, fakeClock } from '../../test/support/fake-clock.ts';
import { claims, closeAll, idOf, setUp, start, targetOf, until } from '../../test/support/lanes-stand.ts';
import { hang } from '../../test/support/receiver.ts';
import { webhookTarget } from '../../test/support/webhook-target.ts';
import { limits } from '../core/limits.ts';
import type { Lanes } from './lanes.ts';

afterEach(closeAll);

/** Lets the time pass until one is sent, and what follows from it, and waits for what comes of that. */
async function nextProbe(lanes: Lanes, clock: FakeClock): Promise<void> {
  while (lanes.stats().inFlightCount === 0) clock.advance(1000);
  await until(() => lanes.stats().inFlightCount === 0);
}

describe('a receiver that is down', () => {
  it('is sent a probe now and then, another delivery each time, and then what has waited, a few at a time', async () => {
    const clock = fakeClock();
    const receiver = await start(503);
    const { lanes, ledger, troubles, news } = setUp([targetOf(1, receiver)], {}, clock);
    const before = clock.now();
    lanes.take(claims(1, 300));
    await until(() => lanes.health(idOf(1))?.state === 'waiting');
    await until(() => lanes.stats().inFlightCount === 0);
    const opened = receiver.requests.length;
    // Ten that failed, and what was under way beside the tenth.
    expect(opened).toBeGreaterThanOrEqual(10);
    expect(opened).toBeLessThan(14);
    expect(lanes.health(idOf(1))).toMatchObject({
      failuresInARow: 10,
      width: 1,
      since: before,
      nextProbeAt: before + 5000,
      lastError: 'http_503',
    });
    expect([lanes.stats().states, troubles.length]).toEqual([{ flowing: 0, slowed: 0, waiting: 1 }, 1]);

    let waitMs = 5000;
    for (let probes = 1; probes <= 4; probes += 1) {
      clock.advance(waitMs - 1);
      expect(lanes.stats().inFlightCount).toBe(0);
      clock.advance(1);
      expect(lanes.stats().inFlightCount).toBe(1);
      await ledger.recorded(opened + probes);
      await until(() => lanes.stats().inFlightCount === 0);
      waitMs *= 2;
    }
    expect(receiver.requests).toHaveLength(opened + 4);
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(opened + 4);

    const answers: (() => void)[] = [];
    receiver.behave((_request, response) => void answers.push(() => response.writeHead(200).end()));
    clock.advance(waitMs);
    // What is in flight after each round of good answers: one, two, four, eight.
    let recorded = opened + 4;
    for (const width of [1, 1, 2, 4, 8]) {
      await until(() => answers.length === width);
      expect(lanes.stats().inFlightCount).toBe(width);
      for (const answer of answers.splice(0)) answer();
      recorded += width;
      await ledger.recorded(recorded);
    }
    expect([lanes.health(idOf(1))?.state, news.length, troubles.length]).toEqual(['flowing', 1, 1]);
    receiver.behave(200);
    await until(() => answers.length > 0 || lanes.stats().inFlightCount === 0);
    for (const answer of answers.splice(0)) answer();
    await ledger.recorded(300);
  });

  it('delays nobody else: with 20 of 100 that hang, all that is for the others is sent, and each of the 20 holds few requests', async () => {
    const clock = fakeClock();
    const [dead, alive] = [await start(hang()), await start(200)];
    const numbers = Array.from({ length: 100 }, (_, index) => index + 1);
    const { lanes, ledger } = setUp(
      numbers.map((number) => targetOf(number, number <= 20 ? dead : alive)),
      { sharedInFlightMax: 40 },
      clock,
    );
    // Those that hang would have all that is shared, if nothing were done.
    for (const number of numbers.slice(0, 20)) lanes.take(claims(number, 50));
    const before = lanes.stats();
    expect(before).toMatchObject({ sharedInFlightCount: 40, inFlightCount: 60 });
    for (const number of numbers.slice(20)) lanes.take(claims(number, 10));
    await ledger.recorded(800);
    clock.advance(2000);
    // What hangs is forgotten, and a lane that had only its own slot may try one more.
    expect(lanes.stats().sharedInFlightCount).toBeLessThan(20);
    expect(lanes.stats().inFlightCount).toBeLessThanOrEqual(20 * 4);
    for (const number of numbers.slice(20)) lanes.take(claims(number, 10));
    await ledger.recorded(1600);
    expect(ledger.records.every(({ verdict }) => verdict.kind === 'delivered')).toBe(true);
    const widths = numbers.map((number) => lanes.health(idOf(number))?.width ?? 0);
    expect(Math.max(...widths.slice(0, 20))).toBeLessThanOrEqual(2);
    expect(Math.min(...widths.slice(20))).toBeGreaterThanOrEqual(4);
  });

  it('is met anew at another address', async () => {
    const [dead, alive] = [await start(503), await start(200)];
    const { lanes, ledger } = setUp([targetOf(1, dead)], {}, fakeClock());
    lanes.take(claims(1, 40));
    await until(() => lanes.health(idOf(1))?.state === 'waiting');
    lanes.update([targetOf(1, alive)]);
    await ledger.recorded(40);
    expect(lanes.health(idOf(1))?.state).toBe('flowing');
  });

  it('takes no last retry from a delivery by a probe', async () => {
    const clock = fakeClock();
    const receiver = await start(200);
    const { lanes, ledger } = setUp([targetOf(1, receiver)], {}, clock);
    lanes.take(claims(1, 1));
    await ledger.recorded(1);
    receiver.behave(503);
    lanes.take(claims(1, 10, { triesUsed: 2 }));
    await ledger.recorded(11);
    expect(ledger.records.slice(1).every(({ verdict }) => verdict.kind === 'failed')).toBe(true);
    lanes.take(claims(1, 1, { triesUsed: 2 }));
    clock.advance(5000);
    await ledger.recorded(12);
    expect(ledger.records.at(-1)).toMatchObject({ verdict: { kind: 'retry' }, uncounted: true });
  });

  it('is asked by one request first, where nothing is known of it and all that waits has failed before', async () => {
    const clock = fakeClock();
    const receiver = await start(503);
    const { lanes, ledger, troubles } = setUp([targetOf(1, receiver)], {}, clock);
    // As a server hands them out that starts in the middle of an outage.
    lanes.take(claims(1, 40, { triesUsed: 3 }));
    await ledger.recorded(1);
    expect(lanes.health(idOf(1))).toMatchObject({ state: 'waiting', failuresInARow: 1 });
    expect(troubles).toEqual([expect.stringContaining('A receiver is down')]);
    for (let round = 0; round < 20; round += 1) await nextProbe(lanes, clock);
    expect(ledger.records.length).toBeGreaterThan(5);
    expect(ledger.records.every(({ verdict, uncounted }) => verdict.kind === 'retry' && uncounted)).toBe(true);
    receiver.behave(200);
    const triedCount = ledger.records.length;
    const left = lanes.stats().queuedCount;
    expect(left).toBeGreaterThan(10);
    await nextProbe(lanes, clock);
    await ledger.recorded(triedCount + left);
    expect(lanes.health(idOf(1))?.state).toBe('flowing');
  });

  it('takes no last retry either while it comes back, well and not well by turns', async () => {
    const clock = fakeClock();
    const receiver = await start(503);
    const { lanes, ledger } = setUp([targetOf(1, receiver)], {}, clock);
    lanes.take(claims(1, 30, { triesUsed: 2 }));
    await ledger.recorded(1);
    let count = 0;
    receiver.behave((_request, response) => void response.writeHead((count += 1) % 2 === 1 ? 200 : 503).end());
    while (lanes.stats().queuedCount > 0) await nextProbe(lanes, clock);
    const kinds = ledger.records.map(({ verdict }) => verdict.kind);
    expect(kinds).not.toContain('failed');
    expect(kinds.filter((kind) => kind === 'delivered').length).toBeGreaterThan(10);
  });

  it('is not the new one: what was sent to an address before says nothing of the next', async () => {
    const waiting: (() => void)[] = [];
    const old = await start((_request, response) => void waiting.push(() => response.writeHead(503).end()));
    const next = await start(200);
    const { lanes, ledger } = setUp([targetOf(1, old)], {}, fakeClock());
    lanes.take(claims(1, limits.laneInFlightStart));
    await until(() => waiting.length === limits.laneInFlightStart);
    lanes.update([targetOf(1, next)]);
    for (const answer of waiting) answer();
    await ledger.recorded(limits.laneInFlightStart);
    expect(lanes.health(idOf(1))).toMatchObject({ state: 'flowing', failuresInARow: 0 });
    lanes.take(claims(1, 20));
    await ledger.recorded(limits.laneInFlightStart + 20);
    expect(next.requests).toHaveLength(20);
  });

  it('is not one delivery that alone keeps failing', async () => {
    const { lanes, ledger } = setUp([targetOf(1, await start(500))], {}, fakeClock());
    for (let count = 1; count <= 30; count += 1) {
      lanes.take(claims(1, 1, { eventId: 'e'.repeat(40), triesUsed: count }));
      await ledger.recorded(count);
    }
    expect(lanes.health(idOf(1))).toMatchObject({ state: 'flowing', failuresInARow: 1 });
  });

  it('has no health while it is off', () => {
    expect(
      setUp([webhookTarget({ id: idOf(1), url: 'http://127.0.0.1:9/', enabled: false })]).lanes.health(idOf(1)),
    ).toBeNull();
  });
});
