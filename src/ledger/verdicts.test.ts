/** What the ledger makes of what the lanes say. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attempt } from '../../test/support/api-stand.ts';
import { trackInput } from '../../test/support/event-input.ts';
import { openReplayStand, type ReplayStand } from '../../test/support/replay-stand.ts';
import { reportOf } from '../core/attempt-text.ts';
import type { Claim } from '../core/delivery.ts';

let stand: ReplayStand;
beforeEach(async () => {
  stand = await openReplayStand();
});
afterEach(() => stand.close());

async function retryLater({ eventId, webhookId, triesUsed }: Claim, uncounted: boolean): Promise<Claim> {
  const dueAt = stand.clock.now() + 5000;
  const recorded = stand.ledger.record([
    reportOf({
      eventId,
      webhookId,
      attempt: attempt(stand.clock.now(), 'http://127.0.0.1:9/', 503, 'http_503'),
      verdict: { kind: 'retry', dueAt, code: 'http_503' },
      ...(triesUsed > 0 ? { again: true as const } : {}),
      ...(uncounted ? { uncounted: true as const } : {}),
    }),
  ]);
  await stand.settled();
  await recorded;
  stand.clock.advance(5000);
  for (let round = 0; stand.claims.length === 0 && round < 50; round += 1) await stand.settled();
  const [claim] = stand.claims.splice(0);
  if (claim === undefined) throw new Error('It should have been claimed again.');
  return claim;
}

test('an attempt that does not count is kept, and leaves the retries as they were', async () => {
  await stand.addWebhook({ events: ['trackEventReceived'] });
  const at = { receivedAt: stand.clock.now(), occurredAt: stand.clock.now() };
  await stand.ledger.accept([trackInput('ada', at)], []);
  await stand.settled();
  let [claim] = stand.claims.splice(0);
  const tries: number[] = [];
  for (const uncounted of [false, true, true, false]) {
    if (claim === undefined) throw new Error('Nothing was claimed.');
    claim = await retryLater(claim, uncounted);
    tries.push(claim.triesUsed);
  }
  expect(tries).toEqual([1, 1, 1, 2]);
  expect(await stand.look.count('select attempt_count as n from deliveries')).toBe(4);
  expect(await stand.look.count('select count(*) as n from attempts')).toBe(3);
});

test('also the first', async () => {
  await stand.addWebhook({ events: ['trackEventReceived'] });
  const at = { receivedAt: stand.clock.now(), occurredAt: stand.clock.now() };
  await stand.ledger.accept([trackInput('ada', at)], []);
  await stand.settled();
  const [claim] = stand.claims.splice(0);
  if (claim === undefined) throw new Error('Nothing was claimed.');
  expect((await retryLater(claim, true)).triesUsed).toBe(0);
});

test('a webhook whose address was changed is not switched off because the old one is gone', async () => {
  const [old, next] = ['http://127.0.0.1:9/old', 'http://127.0.0.1:9/next'];
  const id = await stand.addWebhook({ url: old });
  await stand.ledger.changeWebhook(id, { url: next });
  expect(await stand.ledger.disableWebhook(id, 'gone', old)).toBeNull();
  expect(await stand.look.count('select enabled as n from webhooks')).toBe(1);
  expect(await stand.ledger.disableWebhook(id, 'gone', next)).toMatchObject({ webhook: { disabledReason: 'gone' } });
  expect(await stand.look.count('select enabled as n from webhooks')).toBe(0);
});
