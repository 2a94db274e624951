import { expect, test } from 'vitest';
import { trackInput } from '../test/support/event-input.ts';
import type { Clock } from './core/clock.ts';
import type { AcceptResult, Ledger } from './ledger/ledger.ts';
import { createMetrics } from './metrics.ts';

const clock = { now: () => 10_000, monotonicMs: () => 0, after: () => () => {} };
const node = { name: 'web-1', roles: ['ingest', 'admin'], version: '1.2.3' };
const laneStats = () => ({ inFlight: 1, queued: 2, states: { flowing: 5, slowed: 0, waiting: 1 } });

test.each<[string, () => Promise<never>, Clock]>([
  ['says that it is away', () => Promise.reject(new Error('gone')), clock],
  ['hangs', () => new Promise(() => {}), { ...clock, after: (_, act) => (act(), () => {}) }],
])('tells all else while the database %s', async (_, queue, clock) => {
  const { text } = await createMetrics({ ledger: {} as Ledger, reads: { queue }, laneStats, clock, node }).render();
  expect(text).toContain('\nbellwire_deliveries_in_flight 1\n');
  expect(text).toContain('\nbellwire_deliveries_pending Nan\n');
  expect(text).toContain('\nbellwire_oldest_pending_seconds Nan\n');
});

test('asks the database once for what it tells of it', async () => {
  let asked = 0;
  const queue = async () => {
    asked += 1;
    return { pendingCount: asked, oldestPendingAt: 4000 };
  };
  const { text } = await createMetrics({ ledger: {} as Ledger, reads: { queue }, laneStats, clock, node }).render();
  expect(text).toContain('\nbellwire_deliveries_pending 1\n');
  expect(text).toContain('\nbellwire_oldest_pending_seconds 6\n');
  expect(asked).toBe(1);
});

test('counts what the ledger is given and answers, and says the same when it is asked again', async () => {
  let now = 0;
  const answers: AcceptResult[][] = [
    [{ kind: 'accepted', eventId: 'e1' }, { kind: 'duplicate' }, { kind: 'accepted', eventId: 'e2' }],
    [{ kind: 'duplicate' }],
  ];
  const ledger: Partial<Ledger> = {
    async accept() {
      now += 3;
      return answers.shift() ?? [];
    },
    record: async () => {},
  };
  const metrics = createMetrics({
    ledger: ledger as Ledger,
    reads: { queue: async () => ({ pendingCount: 4, oldestPendingAt: 0 }) },
    laneStats,
    clock: { now: () => now, monotonicMs: () => now, after: () => () => {} },
    node,
  });
  const ada = trackInput('ada');
  await metrics.ledger.accept([ada, ada, ada], []);
  await metrics.ledger.accept([{ ...ada, door: 'track' }], []);
  const lines = await shown();
  expect(lines).toEqual([
    'bellwire_node_info{node="web-1",roles="ingest,admin",version="1.2.3"} 1',
    'bellwire_inputs_total{door="segment",result="accepted"} 2',
    'bellwire_inputs_total{door="segment",result="duplicate"} 1',
    'bellwire_inputs_total{door="track",result="duplicate"} 1',
    'bellwire_accept_seconds_sum 0.006',
    'bellwire_accept_seconds_count 2',
    'bellwire_webhooks{state="flowing"} 5',
    'bellwire_webhooks{state="slowed"} 0',
    'bellwire_webhooks{state="waiting"} 1',
    'bellwire_deliveries_pending 4',
  ]);
  expect(await shown()).toEqual(lines);

  async function shown(): Promise<string[]> {
    const { text } = await metrics.render();
    return text
      .split('\n')
      .filter((line) => /^bellwire_(node|inputs|accept_seconds_(sum|count)|deliveries_pending|webhooks)/.test(line));
  }
});
