import { expect, test } from 'vitest';
import { aliasInput, trackInput } from '../../test/support/event-input.ts';
import type { AttemptReport, Claim, Verdict } from '../core/delivery.ts';
import { packClaims, packInput, packReport, unpackClaims, unpackInput, unpackReport } from './packing.ts';

test.each([trackInput('ada', { messageId: 'm', accountId: 'Acme' }), aliasInput('ada', '_PENDO_T_x')])(
  'an input is the same after it was packed and has crossed',
  (input) => {
    expect(unpackInput(structuredClone(packInput(input)))).toEqual(input);
  },
);

test.each<Verdict>([
  { kind: 'delivered' },
  { kind: 'retry', dueAt: 5, code: 'http_503' },
  { kind: 'failed', code: 'http_410', disableWebhook: 'gone' },
])('and so is a report', (verdict) => {
  const report: AttemptReport = { eventId: 'e', webhookId: 'wh_1', status: null, totalMs: 7, attempt: '{}', verdict };
  expect(unpackReport(structuredClone(packReport(report)))).toEqual(report);
});

test('claims are the same, and a body crosses once for all the webhooks that get it', () => {
  const claims = [
    claim('e1', 'wh_1', '{"a":1}'),
    claim('e1', 'wh_2', '{"a":1}'),
    claim('e1', 'wh_3', '{"type":"track"}'),
    { ...claim('e2', 'wh_1', '{"a":1}'), replayed: true as const },
  ];
  const packed = structuredClone(packClaims(claims));
  expect(packed.bodies).toHaveLength(3);
  expect(unpackClaims(packed)).toEqual(claims);
});

function claim(eventId: string, webhookId: string, body: string): Claim {
  return { eventId, webhookId, triesUsed: 1, body };
}
