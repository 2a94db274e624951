/** What the API shows of an attempt: one HTTP request and what came of it. */
import { Boolean as Flag, Object as ObjectOf, Record as RecordOf, type Static, String as Text } from 'typebox';
import type { Attempt } from '../core/delivery.ts';
import { moment, momentSchema, nullable } from './typebox.ts';

export const attemptSchema = ObjectOf({
  startedAt: momentSchema,
  url: Text(),
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
});

export function attemptAnswer(attempt: Attempt): Static<typeof attemptSchema> {
  const { requestHeadersJson, responseHeadersJson, ...rest } = attempt;
  return {
    ...rest,
    startedAt: moment(attempt.startedAt),
    requestHeaders: JSON.parse(requestHeadersJson) as Record<string, string>,
    responseHeaders: JSON.parse(responseHeadersJson) as Record<string, string>,
  };
}
