import { expect, test } from 'vitest';
import { trackInput } from '../test/support/event-input.ts';
import type { AcceptResult, Ledger } from './ledger/ledger.ts';
import { createMetrics } from './metrics.ts';

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
    laneStats: () => ({ inFlight: 1, queued: 2, states: { flowing: 5, slowed: 0, waiting: 1 } }),
    clock: { now: () => now, monotonicMs: () => now, after: () => () => {} },
    node: { name: 'web-1', roles: ['ingest', 'admin'], version: '1.2.3' },
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
