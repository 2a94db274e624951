import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventAct, trackInput } from '../../test/support/event-input.ts';
import { anyQuery, delivered, failed, openReplayStand, type ReplayStand } from '../../test/support/replay-stand.ts';
import { isOnPostgres } from '../../test/support/stand-database.ts';
import { type Claim, deliveryId } from '../core/delivery.ts';
import { limits } from '../core/limits.ts';
import type { ReplayQuery } from './reads.ts';
import { trailQuietMs } from './trails.ts';

let stand: ReplayStand;
beforeEach(async () => {
  stand = await openReplayStand();
});
afterEach(() => stand.close());

/** Events of a visitor who has been seen before, in calls of a thousand. */
async function accept(count: number, over: Parameters<typeof trackInput>[1] = {}, visitorId = 'ada'): Promise<void> {
  const receivedAt = stand.clock.now();
  for (let left = count; left > 0; left -= 1000) {
    const inputs = Array.from({ length: Math.min(left, 1000) }, () => trackInput(visitorId, { receivedAt, ...over }));
    await stand.ledger.accept(inputs, []);
  }
  // What comes first after a webhook was switched on is claimed from the database.
  await stand.settled();
}

/** Events of three visitors, two of them in accounts. */
async function acceptOfThree(): Promise<void> {
  await accept(300, { accountId: 'acme' });
  await accept(40, { accountId: 'other' }, 'bob');
  await accept(3, {}, 'eve');
}

function bytesOf(claims: readonly Claim[]): string[][] {
  return claims.map(({ eventId, body }) => [eventId, body]);
}

function take(): Claim[] {
  return stand.claims.splice(0);
}

/** So many deliveries of one webhook that have failed. */
async function failedDeliveries(count: number): Promise<string> {
  const hook = await stand.addWebhook({ events: ['trackEventReceived'] });
  await accept(count);
  while (stand.claims.length > 0) await stand.finish(take(), failed);
  return hook;
}

/** Works a replay off, with a receiver that answers at once; answers the claims in the order in which they came. */
async function workOff(id: string, verdict = delivered): Promise<Claim[]> {
  const seen: Claim[] = [];
  for (let round = 0; round < 2000; round += 1) {
    await stand.step();
    const claims = take();
    seen.push(...claims);
    if (claims.length > 0) await stand.finish(claims, verdict);
    else if ((await stand.find(id)).state === 'finished') return seen;
  }
  throw new Error('The replay did not come to its end.');
}

async function matched(over: Partial<ReplayQuery>): Promise<number> {
  return (await stand.count(over)).webhooks.reduce((sum, webhook) => sum + webhook.matched, 0);
}

test('what failed is sent again under its own id, with its own bytes, oldest first, and counted', async () => {
  const hook = await stand.addWebhook({ events: ['trackEventReceived'] });
  await accept(450);
  const first = take();
  await stand.finish(first.slice(0, 300), failed);
  await stand.finish(first.slice(300), delivered);
  expect(await matched({ states: ['failed'], webhookId: hook })).toBe(300);

  const id = await stand.replay({ states: ['failed'], webhookId: hook });
  expect(await stand.find(id)).toMatchObject({ state: 'running', counts: { matched: 300, requeued: 0 } });
  const again = await workOff(id);
  expect(bytesOf(again)).toEqual(bytesOf(first.slice(0, 300)));
  expect(again.every(({ replayed, triesUsed }) => replayed === true && triesUsed === 0)).toBe(true);
  expect(await stand.find(id)).toMatchObject({
    state: 'finished',
    finishedAt: expect.any(Number),
    counts: { matched: 300, requeued: 300, delivered: 300, failed: 0, cancelled: 0, waiting: 0 },
  });
  expect(await matched({ states: ['failed'] })).toBe(0);
  expect(stand.troubles).toEqual([]);
});

test('what fails again has its retries anew, is waited for, and counted as failed', async () => {
  await failedDeliveries(2);
  const id = await stand.replay({ states: ['failed'] });
  await stand.step();
  const claims = take();
  expect(claims.map(({ triesUsed }) => triesUsed)).toEqual([0, 0]);
  await stand.finish(claims, { kind: 'retry', dueAt: stand.clock.now() + 5000, code: 'http_503' });
  await stand.settled();
  expect(await stand.find(id)).toMatchObject({ state: 'running', counts: { requeued: 2, waiting: 2 } });
  stand.clock.advance(6000);
  await stand.settled();
  const retries = take();
  expect(retries.map(({ triesUsed }) => triesUsed)).toEqual([1, 1]);
  await stand.finish(retries, failed);
  await workOff(id);
  expect((await stand.find(id)).counts).toMatchObject({ delivered: 0, failed: 2, waiting: 0 });
});

test('events are made up for a webhook that was off, made later, or had not chosen the type', async () => {
  const off = await stand.addWebhook({ name: 'Off', events: ['trackEventReceived'] });
  await stand.ledger.disableWebhook(off, null);
  const picky = await stand.addWebhook({ name: 'Picky', events: ['npsSubmitted'] });
  await accept(3);
  const later = await stand.addWebhook({
    name: 'Later',
    type: 'segment',
    url: null,
    region: 'us',
    writeKey: 'a write key',
    events: ['trackEventReceived'],
  });
  await stand.ledger.enableWebhook(off, 'send');
  await stand.ledger.changeWebhook(picky, { events: ['trackEventReceived'] });
  take();

  const id = await stand.replay({ states: ['never_attempted'], eventType: 'trackEventReceived' });
  const claims = await workOff(id);
  for (const hook of [off, picky, later]) {
    const own = claims.filter(({ webhookId }) => webhookId === hook);
    expect(own).toHaveLength(3);
    expect(own.map(({ eventId }) => eventId)).toEqual(own.map(({ eventId }) => eventId).toSorted());
    for (const { body } of own) expect(body).toContain(hook === later ? '"type":"track"' : '"app":{"id":-323232');
  }
  expect((await stand.find(id)).counts).toMatchObject({ matched: 9, delivered: 9 });
  expect(await matched({ states: ['never_attempted'], eventType: 'trackEventReceived' })).toBe(0);
});

function refused(message: RegExp) {
  return { code: 'conflict', message: expect.stringMatching(message) };
}

test('nothing is sent of what is excluded or kept, of visitors that must not be processed, or to a type not chosen', async () => {
  const hook = await stand.addWebhook();
  await stand.ledger.addExclusion({ kind: 'visitor', pattern: 'robot*' });
  await accept(1, {}, 'robot-1');
  await accept(1, { act: { ...eventAct('x'), type: 'click' } }, 'clicker');
  for (const visitor of ['private', 'later-excluded', 'fine']) await accept(1, {}, visitor);
  while (stand.claims.length > 0) await stand.finish(take(), failed);
  await stand.ledger.changeVisitor('private', { doNotProcess: true });
  await stand.ledger.addExclusion({ kind: 'visitor', pattern: 'later-*' });
  const newcomer = await stand.addWebhook({ name: 'New', events: ['npsSubmitted'] });

  const id = await stand.replay({});
  const visitors = (await workOff(id)).map(({ body }) => (JSON.parse(body) as { visitorId: string }).visitorId);
  expect(new Set(visitors)).toEqual(new Set(['fine', 'clicker']));
  expect((await stand.find(id)).webhooks).toMatchObject([{ webhookId: hook }]);
  expect(newcomer).toMatch(/^wh_/);
  // The same goes for one alone, which says why.
  const alone = async (visitorId: string) => {
    const { items } = await stand.reads.deliveries({ visitorId }, { limit: 1, cursor: null });
    return stand.ledger.replayDelivery(items[0]?.id ?? '');
  };
  await expect(alone('private')).rejects.toMatchObject(refused(/must not be processed/));
  await expect(alone('later-excluded')).rejects.toMatchObject(refused(/exclude list/));
  while (stand.claims.length > 0) await stand.finish(take(), failed);
  expect(await alone('fine')).toEqual({ state: 'pending' });
  await expect(alone('fine')).rejects.toMatchObject(refused(/still pending/));
});

describe('the filter', () => {
  test.each<[string, (events: string[], hook: string) => Partial<ReplayQuery>, number]>([
    ['an event', ([a = '']) => ({ ids: [a] }), 1],
    ['a delivery and one that there is not', ([a = ''], hook) => ({ ids: [deliveryId(a, hook), 'f'.repeat(40)] }), 1],
    ['a code', () => ({ code: 'http_400' }), 4],
    ['a code that nothing has', () => ({ code: 'timeout' }), 0],
    ['a visitor', () => ({ visitorId: 'bob' }), 2],
    ['an account', () => ({ accountId: 'acme' }), 1],
    ['a type', () => ({ eventType: 'trackEventReceived' }), 4],
    ['time', () => ({ receivedFrom: Date.UTC(2026, 0, 5, 12, 2) }), 1],
    ['time that was over', () => ({ receivedBefore: Date.UTC(2026, 0, 5, 12, 2) }), 3],
  ])('by %s counts what is then sent', async (_, queryOf, count) => {
    const hook = await stand.addWebhook({ events: ['trackEventReceived'] });
    await accept(1);
    await accept(2, {}, 'bob');
    stand.clock.advance(120_000);
    await accept(1, { accountId: 'acme' });
    const all = take();
    await stand.finish(all, failed);
    const query = queryOf(
      all.map(({ eventId }) => eventId),
      hook,
    );
    expect(await matched(query)).toBe(count);
    expect(await matched({ ...query, states: ['failed'] })).toBe(count);
    expect(await workOff(await stand.replay(query))).toHaveLength(count);
  });

  test('by visitor or account goes by the trails as far as they are, and by the events from there', async () => {
    const hook = await stand.addWebhook({ events: ['trackEventReceived'] });
    await acceptOfThree();
    stand.clock.advance(trailQuietMs);
    for (let turn = 0; turn < 5; turn += 1) await stand.settled();
    expect(await stand.look.count('select count(*) as n from trail_windows')).toBe(isOnPostgres ? 0 : 1);
    await acceptOfThree();
    while (stand.claims.length > 0) await stand.finish(take(), failed);

    const filters: [Partial<ReplayQuery>, number][] = [
      [{ visitorId: 'ada' }, 600],
      [{ accountId: 'other' }, 80],
      [{ visitorId: 'bob', accountId: 'acme' }, 0],
      [{ visitorId: 'eve' }, 6],
      [{ visitorId: 'nobody' }, 0],
    ];
    for (const [filter, count] of filters) {
      expect(await matched({ ...filter, webhookId: hook, states: ['failed'] })).toBe(count);
      expect(await matched({ ...filter, webhookId: hook })).toBe(count);
    }
    const again = await workOff(await stand.replay({ visitorId: 'bob', webhookId: hook }), failed);
    expect(again).toHaveLength(80);
    expect(again.map(({ eventId }) => eventId)).toEqual(again.map(({ eventId }) => eventId).toSorted());

    // Were they not gone by, nothing would be missed when they are gone; where there are none, nothing is.
    await stand.look.change("delete from trails where subject in ('v:ada', 'a:other')");
    expect(await matched({ visitorId: 'ada', webhookId: hook })).toBe(isOnPostgres ? 600 : 300);
    expect(await matched({ accountId: 'other', webhookId: hook })).toBe(isOnPostgres ? 80 : 40);
  });

  test('names a webhook that there is', async () => {
    await expect(stand.count({ webhookId: 'wh_000000000009' })).rejects.toMatchObject({ field: 'webhookId' });
  });
});

test('new events come out of their commit while 50,000 are sent again, and only a few hundred wait at a time', async () => {
  const total = 50_000;
  const hook = await failedDeliveries(total);
  const id = await stand.replay({ states: ['failed'], webhookId: hook });
  const freshCounts: number[] = [];
  const waitingCounts: number[] = [];
  const seen: string[] = [];
  for (let round = 0; round < 3000; round += 1) {
    await stand.step();
    const out = take();
    waitingCounts.push(out.length);
    seen.push(...out.map(({ eventId }) => eventId));
    if (round % 50 === 0) {
      // With a replay at work, a new event still needs no more than its own commit.
      await stand.ledger.accept([trackInput('ada')], []);
      const fresh = take();
      freshCounts.push(fresh.filter(({ replayed }) => replayed !== true).length);
      seen.push(...fresh.filter(({ replayed }) => replayed === true).map(({ eventId }) => eventId));
      out.push(...fresh);
    }
    if (out.length > 0) await stand.finish(out, delivered);
    else if ((await stand.find(id)).state === 'finished') break;
  }
  expect(freshCounts.length).toBeGreaterThan(5);
  expect(new Set(freshCounts)).toEqual(new Set([1]));
  expect(Math.max(...waitingCounts)).toBeLessThanOrEqual(limits.replayPendingMax);
  expect(seen).toHaveLength(total);
  expect(new Set(seen).size).toBe(total);
  expect((await stand.find(id)).counts).toMatchObject({
    matched: total,
    requeued: total,
    delivered: total,
    waiting: 0,
  });
}, 180_000);

test('goes on after a crash where it was, and sends nothing twice but what was under way', async () => {
  await failedDeliveries(700);
  const id = await stand.replay({ states: ['failed'] });
  await stand.step();
  await stand.step();
  const before = take();
  await stand.finish(before.slice(0, 50), delivered);
  await stand.crash();
  const underWay = before.slice(50).map(({ eventId }) => eventId);
  const after = take();
  // What waits behind new events does so after a restart too.
  expect(after.every(({ replayed }) => replayed)).toBe(true);
  expect(after.map(({ eventId }) => eventId)).toEqual(expect.arrayContaining(underWay));
  await stand.finish(after, delivered);
  const rest = await workOff(id);
  const ids = [...before.slice(0, 50), ...after, ...rest].map(({ eventId }) => eventId);
  expect(new Set(ids).size).toBe(700);
  expect(ids).toHaveLength(700);
  expect((await stand.find(id)).counts).toMatchObject({ requeued: 700, delivered: 700, waiting: 0 });
});

test('what a replay has made late stays behind new events after a crash', async () => {
  const hook = await stand.addWebhook({ events: ['trackEventReceived'] });
  await stand.ledger.disableWebhook(hook, null);
  await accept(5);
  await stand.ledger.enableWebhook(hook, 'send');
  const id = await stand.replay({ states: ['never_attempted'], webhookId: hook, eventType: 'trackEventReceived' });
  await stand.step();
  expect(take()).toHaveLength(5);
  await stand.crash();
  expect(take().map(({ replayed }) => replayed)).toEqual([true, true, true, true, true]);
  expect((await stand.find(id)).counts.waiting).toBe(5);
});

test('a cancelled one puts nothing more back, and what was out is still counted', async () => {
  await failedDeliveries(700);
  const id = await stand.replay({ states: ['failed'] });
  await stand.step();
  expect(await stand.ledger.cancelReplay(id)).toBe(true);
  for (let round = 0; round < 5; round += 1) await stand.step();
  const out = take();
  expect(out.length).toBeGreaterThan(0);
  expect(out.length).toBeLessThanOrEqual(limits.replayPendingMax);
  expect(await stand.find(id)).toMatchObject({
    state: 'cancelled',
    counts: { requeued: out.length, waiting: out.length },
  });
  await stand.finish(out, delivered);
  for (let round = 0; round < 60; round += 1) await stand.step();
  expect(take()).toEqual([]);
  expect((await stand.find(id)).counts).toMatchObject({ delivered: out.length, waiting: 0 });
  expect(await stand.ledger.cancelReplay(id)).toBe(false);
  expect(await stand.ledger.cancelReplay('rp_none')).toBeNull();
});

test('two that overlap never have one delivery out twice', async () => {
  const hook = await failedDeliveries(500);
  const ids = [await stand.replay({}), await stand.replay({})];
  const out = new Set<string>();
  let sent = 0;
  for (let round = 0; round < 400; round += 1) {
    await stand.step();
    const claims = take();
    for (const { eventId } of claims) {
      expect(out.has(eventId)).toBe(false);
      out.add(eventId);
    }
    sent += claims.length;
    if (round % 2 === 1 && out.size > 0) {
      const done = [...out].map((eventId) => ({ eventId, webhookId: hook, triesUsed: 0, body: '' }));
      out.clear();
      await stand.finish(done, delivered);
    }
    const states = await Promise.all(ids.map(async (id) => (await stand.find(id)).state));
    if (states.every((state) => state === 'finished')) break;
  }
  const counts = await Promise.all(ids.map(async (id) => (await stand.find(id)).counts));
  expect(counts.every(({ waiting }) => waiting === 0)).toBe(true);
  expect(counts.reduce((sum, { requeued }) => sum + requeued, 0)).toBe(sent);
  expect(sent).toBeGreaterThanOrEqual(500);
}, 60_000);

test('what was discarded while it was out is not out a second time when it is sent again: one end settles both', async () => {
  const hook = await stand.addWebhook({ events: ['trackEventReceived'] });
  await accept(20);
  const out = take();
  expect(out).toHaveLength(20);
  await stand.ledger.disableWebhook(hook, null);
  await stand.ledger.enableWebhook(hook, 'discard');
  await stand.step();
  const id = await stand.replay({ states: ['cancelled'] });
  for (let round = 0; round < 5; round += 1) await stand.step();
  expect((await stand.find(id)).counts).toMatchObject({ requeued: 20, waiting: 20 });
  expect(take()).toEqual([]);
  await stand.finish(out, delivered);
  for (let round = 0; round < 5; round += 1) await stand.step();
  expect(take()).toEqual([]);
  expect(await stand.find(id)).toMatchObject({ state: 'finished', counts: { delivered: 20, waiting: 0 } });
});

test('waits while its webhook is off, is shown as paused, and goes on', async () => {
  const off = await failedDeliveries(300);
  await stand.ledger.disableWebhook(off, null);
  const id = await stand.replay({ states: ['failed'] });
  for (let round = 0; round < 5; round += 1) await stand.step();
  expect(take()).toEqual([]);
  expect(await stand.find(id)).toMatchObject({ state: 'paused', counts: { requeued: 0 } });
  await stand.ledger.enableWebhook(off, 'send');
  expect(await workOff(id)).toHaveLength(300);
});

test('one whose webhook is deleted ends', async () => {
  const gone = await failedDeliveries(300);
  const id = await stand.replay({ states: ['failed'] });
  await stand.step();
  await stand.ledger.deleteWebhook(gone);
  for (let round = 0; round < 5; round += 1) await stand.step();
  const { state, counts } = await stand.find(id);
  expect([state, counts.waiting, counts.cancelled]).toEqual(['finished', 0, counts.requeued]);
});

test('there can be only so many at once, and one that matches nothing is over at once', async () => {
  const empty = await stand.replay({ code: 'nothing' });
  expect(await stand.find(empty)).toMatchObject({ state: 'finished', counts: { matched: 0 } });
  const off = await failedDeliveries(1);
  await stand.ledger.disableWebhook(off, null);
  for (let index = 0; index < limits.replaysRunningMax; index += 1) await stand.replay({});
  await expect(stand.replay({})).rejects.toMatchObject({ code: 'conflict' });
  const { items } = await stand.reads.replays({}, { limit: 5, cursor: null });
  expect(items).toHaveLength(5);
  expect(anyQuery.states).toHaveLength(4);
});
