/** What the API shows of an attempt: one HTTP request and what came of it. */
import { Boolean as Flag, Integer, Object as ObjectOf, Record as RecordOf, type Static, String as Text } from 'typebox';
import type { Attempt } from '../core/delivery.ts';
import { failureMeaning } from '../core/failure-meaning.ts';
import { hiddenValue } from '../core/webhook-headers.ts';
import { attemptReasons, type TracedAttempt } from '../ledger/reads.ts';
import { moment, momentSchema, nullable, oneOf } from './typebox.ts';

const attemptFields = {
  startedAt: momentSchema,
  url: Text({ description: 'Without credentials.' }),
  requestHeaders: RecordOf(Text(), Text(), {
    description: "As sent; the values of the webhook's own headers are masked.",
  }),
  status: nullable('integer', { description: 'Null when no answer came; 408 when the time was up.' }),
  responseHeaders: RecordOf(Text(), Text()),
  responseBody: Text({ description: 'At most its first 16 KB.' }),
  responseTruncated: Flag(),
  code: nullable('string', {
    description:
      'Why it was not delivered: `http_503`, `timeout`, `dns_error`, `blocked_address`, …; null when it was.',
  }),
  timings: ObjectOf(
    {
      dnsMs: nullable('number'),
      connectMs: nullable('number'),
      tlsMs: nullable('number'),
      firstByteMs: nullable('number'),
      totalMs: nullable('number'),
    },
    { description: 'Null for a phase that did not happen, as with a connection that was open already.' },
  ),
  meaning: nullable('string', { description: 'What the code means, in a sentence; null when it was delivered.' }),
  remedy: nullable('string', { description: 'What can be done about it.' }),
};

export const attemptSchema = ObjectOf(attemptFields);
/** One of a delivery's. */
export const tracedAttemptSchema = ObjectOf({
  number: Integer({ description: '1 for the first; goes on counting after a replay.' }),
  reason: oneOf(attemptReasons, { description: 'Why it was made.' }),
  ...attemptFields,
});

export function attemptAnswer(attempt: Attempt): Static<typeof attemptSchema> {
  const { url, requestHeadersJson, status, responseHeadersJson, responseBody, responseTruncated, code, timings } =
    attempt;
  return {
    url: url.replace(/\/\/[^/?#@]*@/, `//${hiddenValue}@`),
    status,
    responseBody,
    responseTruncated,
    code,
    timings,
    ...(code === null ? { meaning: null, remedy: null } : failureMeaning(code)),
    startedAt: moment(attempt.startedAt),
    requestHeaders: JSON.parse(requestHeadersJson) as Record<string, string>,
    responseHeaders: JSON.parse(responseHeadersJson) as Record<string, string>,
  };
}

export function tracedAttemptAnswer(attempt: TracedAttempt): Static<typeof tracedAttemptSchema> {
  return { number: attempt.number, reason: attempt.reason, ...attemptAnswer(attempt) };
}
