import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { trackInput } from '../../test/support/event-input.ts';

let stand: ApiStand;
let hook: string;
beforeAll(async () => {
  stand = await openApiStand();
  const settings = { name: 'CRM', url: 'https://127.0.0.1:9443/', events: ['trackEventReceived'] };
  hook = String((await stand.ask('POST', '/webhooks', settings)).body['id']);
  await stand.ledger.accept([trackInput('ada'), trackInput('bob')], []);
});
afterAll(() => stand.close());

test.each<[object, string]>([
  [{}, 'all'],
  [{ states: ['delivered'] }, 'all'],
  [{ all: false }, 'all'],
  [{ states: [] }, 'states'],
  [{ states: ['pending'] }, 'states[0]'],
  [{ ids: [] }, 'ids'],
  [{ ids: ['not an id'] }, 'ids[0]'],
  [{ ids: Array.from({ length: 1001 }, () => 'a'.repeat(40)) }, 'ids'],
  [{ eventType: 'ping' }, 'eventType'],
  [{ receivedFrom: 'yesterday' }, 'receivedFrom'],
  [{ receivedFrom: '2026-01-02T00:00:00Z', receivedBefore: '2026-01-01T00:00:00Z' }, 'receivedBefore'],
  [{ webhookId: 'wh_000000000000' }, 'webhookId'],
  [{ webhook: 'x' }, 'webhook'],
])('refuses %j and names the field, when it is counted and when it is asked for', async (body, field) => {
  for (const path of ['/replays/count', '/replays']) {
    const answer = await stand.ask('POST', path, body);
    expect([answer.status, answer.body]).toMatchObject([400, { error: { code: 'invalid_field', field } }]);
  }
  expect((await stand.ask('GET', '/replays')).body).toEqual({ items: [], nextCursor: null });
});

test('counts without sending, waits while its webhook is off, is listed and stopped', async () => {
  const request = { webhookId: hook, states: ['never_attempted'] };
  expect(await stand.ask('POST', '/replays/count', request)).toMatchObject({
    status: 200,
    body: {
      words: 'events that were never sent to CRM',
      matched: 2,
      webhooks: [
        {
          webhookId: hook,
          webhookName: 'CRM',
          enabled: false,
          matched: 2,
          byState: { failed: 0, delivered: 0, cancelled: 0, never_attempted: 2 },
        },
      ],
    },
  });
  expect((await stand.ask('POST', '/replays/count', { all: true, states: ['failed'] })).body).toMatchObject({
    matched: 0,
    webhooks: [],
  });
  const made = await stand.ask('POST', '/replays', request);
  const counts = { matched: 2, requeued: 0, delivered: 0, failed: 0, cancelled: 0, waiting: 0 };
  expect(made).toMatchObject({ status: 202, body: { state: 'paused', counts, finishedAt: null } });
  const id = String(made.body['id']);
  expect(id).toMatch(/^rp_[0-9a-z]{12}$/);
  const other = await stand.ask('POST', '/replays', { ids: ['a'.repeat(40)] });
  expect(other.body).toMatchObject({ state: 'finished', counts: { matched: 0 } });
  const first = (await stand.ask('GET', '/replays?limit=1')).body;
  const next = (await stand.ask('GET', `/replays?limit=1&cursor=${String(first['nextCursor'])}`)).body;
  const listed = [first, next].flatMap(({ items }) => (items as { id: string }[]).map((replay) => replay.id));
  expect(new Set(listed)).toEqual(new Set([id, other.body['id']]));
  expect((await stand.ask('POST', `/replays/${id}/cancel`)).body).toMatchObject({ id, state: 'cancelled' });
  expect((await stand.ask('POST', `/replays/${id}/cancel`)).status).toBe(409);
  expect((await stand.ask('POST', '/replays/rp_000000000000/cancel')).status).toBe(404);
  expect((await stand.ask('GET', '/replays/rp_000000000000')).status).toBe(404);
  expect((await stand.ask('POST', '/replays', request, stand.readKey)).status).toBe(403);
});
