/** All that is pending of a webhook is cancelled at once for whoever looks, and its rows follow in batches. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { aliasInput, trackInput } from '../../test/support/event-input.ts';
import { webhookSettings } from '../../test/support/webhook-settings.ts';
import { limits } from '../core/limits.ts';

const eventCount = limits.discardBatchRows * 2 + 100;
let stand: ApiStand;
let hook: string;

beforeEach(async () => {
  stand = await openApiStand();
  hook = (await stand.ledger.createWebhook(webhookSettings({ events: ['trackEventReceived'] }))).id;
  await stand.ledger.enableWebhook(hook, 'send');
  await stand.ledger.accept(
    Array.from({ length: eventCount }, () => trackInput('ada')),
    [],
  );
  await stand.ledger.disableWebhook(hook, null);
});
afterEach(() => stand.close());

test('what is discarded is cancelled at once; what comes afterwards is not, and the rows follow', async () => {
  const { heldCount } = (await stand.ledger.enableWebhook(hook, 'discard')) ?? {};
  expect(heldCount).toBe(eventCount);
  await stand.ledger.accept([trackInput('ada')], []);
  await stand.settled();
  expect(await shownIn('pending')).toBe(1);
  expect(await shownIn('held')).toBe(0);
  expect(await shownIn('cancelled')).toBe(limits.pageSizeMax);
  const [newest] = (await stand.reads.deliveries({ webhookId: hook, state: 'pending' }, page)).items;
  const backlog = { pendingCount: 1, oldestPendingAt: newest?.createdAt };
  expect(await stand.reads.queue()).toEqual(backlog);
  await followed();
  expect(await stand.reads.queue()).toEqual(backlog);
  expect([await storedIn('cancelled'), await storedIn('pending')]).toEqual([eventCount, 1]);
});

test('what is pending of a visitor is cancelled when it must not be processed, and of nobody else', async () => {
  await stand.ledger.enableWebhook(hook, 'send');
  const other = (await stand.ledger.createWebhook(webhookSettings({ events: ['trackEventReceived'] }))).id;
  await stand.ledger.enableWebhook(other, 'send');
  await stand.ledger.accept([trackInput('_PENDO_T_x'), aliasInput('ada', '_PENDO_T_x'), trackInput('bob')], []);
  await stand.settled();
  await stand.ledger.disableWebhook(hook, null);
  await stand.ledger.changeVisitor('ada', { doNotProcess: true });
  expect([await storedIn('cancelled'), await storedIn('pending')]).toEqual([eventCount + 1, 1]);
  for (const state of ['pending', 'held'] as const) {
    const { items } = await stand.reads.deliveries({ state }, page);
    expect(items.map(({ visitorId }) => visitorId)).toEqual(['bob']);
  }
  // They can be sent again when it may be processed again, and not before.
  const cancelled = (await stand.reads.deliveries({ state: 'cancelled', webhookId: other }, page)).items[0];
  expect(cancelled).toMatchObject({ visitorId: '_PENDO_T_x', finishedAt: stand.clock.now() });
  await expect(stand.ledger.replayDelivery(cancelled?.id ?? '')).rejects.toMatchObject({ code: 'conflict' });
  await stand.ledger.changeVisitor('ada', { doNotProcess: false });
  expect(await storedIn('pending')).toBe(1);
  expect(await stand.ledger.replayDelivery(cancelled?.id ?? '')).toEqual({ state: 'pending' });
});

test('what is left of it after a crash is as good as done, is done, and nothing is put back meanwhile', async () => {
  const [last] = (await stand.reads.deliveries({ webhookId: hook }, page)).items;
  await stand.look.change(
    'update webhooks set enabled = 1, discard_at = ?, discard_through = ? where id = ?',
    7,
    last?.eventId ?? '',
    hook,
  );
  const { items } = await stand.reads.deliveries({ webhookId: hook }, page);
  expect(
    items.every(({ state, finishedAt, dueAt }) => state === 'cancelled' && finishedAt === 7 && dueAt === null),
  ).toBe(true);
  expect(await storedIn('pending')).toBe(eventCount);
  // Any command makes the ledger look how things stand, as a start does.
  await stand.ledger.changeSettings({});
  await expect(stand.ledger.replayDelivery(last?.id ?? '')).rejects.toMatchObject({ code: 'conflict' });
  await followed();
  expect([await storedIn('cancelled'), await storedIn('pending')]).toEqual([eventCount, 0]);
  expect(await stand.ledger.replayDelivery(last?.id ?? '')).toEqual({ state: 'pending' });
});

test('a deleted webhook has nothing pending from then on', async () => {
  expect(await stand.ledger.deleteWebhook(hook)).toEqual({ cancelledCount: eventCount });
  expect([await shownIn('held'), await shownIn('pending')]).toEqual([0, 0]);
  expect(await stand.reads.queue()).toEqual({ pendingCount: 0, oldestPendingAt: null });
  await followed();
  expect(await storedIn('cancelled')).toBe(eventCount);
});

const page = { limit: limits.pageSizeMax, cursor: null };

async function shownIn(state: 'pending' | 'held' | 'cancelled'): Promise<number> {
  return (await stand.reads.deliveries({ webhookId: hook, state }, page)).items.length;
}

function storedIn(state: string): Promise<number> {
  return stand.look.count('select count(*) as n from deliveries where webhook_id = ? and state = ?', hook, state);
}

/** When the rows have followed; the ledger does it by itself, and knows it by the time it has done what it is told next. */
async function followed(): Promise<void> {
  const open = () => stand.look.count('select count(*) as n from webhooks where discard_through is not null');
  for (let turn = 0; turn < 10_000 && (await open()) > 0; turn += 1) {
    stand.clock.advance(1);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await stand.settled();
}
