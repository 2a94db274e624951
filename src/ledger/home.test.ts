import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { home, isSentHere } from './home.ts';

const nodeIds = fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 });
const webhookIds = fc.uniqueArray(
  fc.integer().map((number) => `wh_${number}`),
  { minLength: 1, maxLength: 30 },
);
const nodesOf = (ids: readonly number[]) => ids.map((id) => ({ id, roles: ['ingest', 'deliver'] }));
const rated = (id: string) => ({ id, ratePerSecond: 5 });

describe('isSentHere', () => {
  it('has one sender for a webhook with a rate, whoever is asked and in whatever order nodes are seen', () => {
    fc.assert(
      fc.property(nodeIds, webhookIds, (ids, webhooks) => {
        for (const webhook of webhooks) {
          const senders = ids.filter((id) => isSentHere(rated(webhook), nodesOf(ids), id));
          expect(senders).toHaveLength(1);
          expect(ids.filter((id) => isSentHere(rated(webhook), nodesOf(ids.toReversed()), id))).toEqual(senders);
        }
      }),
    );
  });

  it('moves no webhook but to who comes, and none but from who goes', () => {
    fc.assert(
      fc.property(nodeIds, webhookIds, (ids, webhooks) => {
        const [newcomer = 0, ...before] = ids;
        for (const webhook of webhooks) {
          const [former, present] = [home(webhook, nodesOf(before)), home(webhook, nodesOf(ids))];
          expect([former, newcomer]).toContain(present);
        }
      }),
    );
  });

  it('lets every node send for a webhook without a rate, and a node that does not deliver for none with one', () => {
    fc.assert(
      fc.property(nodeIds, webhookIds, (ids, webhooks) => {
        const [idle = 0, ...others] = ids;
        const nodes = [{ id: idle, roles: ['ingest'] }, ...nodesOf(others)];
        for (const webhook of webhooks) {
          expect(isSentHere({ id: webhook, ratePerSecond: null }, nodes, idle)).toBe(true);
          expect(isSentHere(rated(webhook), nodes, idle)).toBe(false);
        }
      }),
    );
  });
});
