/** Nodes whose clocks are wrong, each in its own way: what they share goes by the database's. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { eventually } from '../support/bellwire.ts';
import { trackInput } from '../support/event-input.ts';
import { type NodesStand, openNodesStand, type TestNode } from '../support/nodes-stand.ts';
import { webhookSettings } from '../support/webhook-settings.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

let stand: NodesStand;
beforeEach(async () => {
  stand = await openNodesStand();
});
afterEach(() => stand.close());

function off(byMs: number): Clock {
  return { ...systemClock, now: () => systemClock.now() + byMs };
}

async function accept({ ledger, clock }: TestNode, ...ids: string[]) {
  const at = { receivedAt: clock.now(), occurredAt: clock.now() };
  return ledger.accept(
    ids.map((id) => trackInput(id, { ...at, messageId: `m-${id}` })),
    [],
  );
}

/** The loop has gone round since, with all that was due in it. */
async function turned({ ledger }: TestNode): Promise<void> {
  for (let command = 0; command < 3; command += 1) await ledger.changeSettings({});
}

async function kept() {
  return {
    events: await stand.count('select count(*) from events'),
    messages: await stand.count('select count(*) from messages'),
    pending: await stand.count("select count(*) from deliveries where state = 'pending'"),
    ahead: await stand.count('select count(*) from events where received_at > $1', systemClock.now() + 5000),
  };
}

test.each([60 * dayMs, 25 * hourMs, -40 * dayMs])('a node whose clock is off by %d ms harms nothing', async (byMs) => {
  const right = await stand.open();
  const { id } = await right.ledger.createWebhook(webhookSettings({ events: ['trackEventReceived'] }));
  await right.ledger.enableWebhook(id, 'send');
  await eventually(async () => (right.directory().webhooks[0]?.enabled === true ? true : null));
  await accept(right, 'ada', 'bob', 'cy');
  const before = await kept();
  expect(before).toMatchObject({ messages: 3, pending: 3, ahead: 0 });

  const wrong = await stand.open({ clock: off(byMs) });
  expect(wrong.troubles).toEqual([expect.stringContaining('The clock of this machine is not that of the database')]);
  await turned(wrong);
  expect(await kept()).toEqual(before);
  // And by its own time it writes nothing either.
  expect((await accept(wrong, 'ada', 'dan')).map(({ kind }) => kind)).toEqual(['duplicate', 'accepted']);
  expect(await kept()).toMatchObject({ messages: 4, pending: 4, ahead: 0 });
  const parts = await stand.count('select count(*) from parts');
  expect(parts).toBeLessThan(10);
});

test('a clock that is set while the node runs is followed within some seconds', async () => {
  let byMs = 0;
  const node = await stand.open({ clock: { ...systemClock, now: () => systemClock.now() + byMs } });
  byMs = 2 * hourMs;
  await eventually(async () => (Math.abs(node.clock.now() - systemClock.now()) < 1000 ? true : null));
  expect(node.troubles.join('\n')).toMatch(/"behindMs":-7(?:199|200)\d{3}\b/);
});
