import { expect, test } from 'vitest';
import { aliasInput, trackInput } from '../../test/support/event-input.ts';
import type { AttemptReport, Verdict } from '../core/delivery.ts';
import { packInput, packReport, unpackInput, unpackReport } from './packing.ts';

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
  const report: AttemptReport = { eventId: 'e', webhookId: 'wh_1', status: null, attempt: '{}', verdict };
  expect(unpackReport(structuredClone(packReport(report)))).toEqual(report);
});
