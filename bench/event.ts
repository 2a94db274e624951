/** The event that the bench sends: a track call whose webhook body comes to about 1 KB, as real ones do. */

/** Sent on purpose by few visitors, so that who is who is known soon and what is measured stays the same. */
const visitorCount = 500;
const accountCount = 50;

/** One track call with the number `sequence`, which the sink finds again in the webhook. */
export function trackCall(sequence: number, run: string): string {
  const visitor = sequence % visitorCount;
  return (
    `{"type":"track","event":"Report Exported","messageId":"${run}-${sequence}","userId":"visitor-${visitor}@customer.example",` +
    `"timestamp":"${new Date().toISOString()}","context":{"groupId":"account-${visitor % accountCount}","userAgent":"${userAgent}"},` +
    `"properties":{"${sequenceKey}":${sequence},"plan":"business","seats":42,"format":"pdf","filters":["region","quarter","owner"],` +
    `"title":"${title}"}}`
  );
}

export function batchOf(firstSequence: number, count: number, run: string): string {
  const calls = Array.from({ length: count }, (_, index) => trackCall(firstSequence + index, run));
  return `{"batch":[${calls.join(',')}],"sentAt":"${new Date().toISOString()}"}`;
}

export const sequenceKey = 'benchSequence';

const title = 'Revenue by region and quarter, with last year beside it '.repeat(8).trim();
const userAgent =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36';
