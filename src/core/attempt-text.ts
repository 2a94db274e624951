/**
 * An attempt as text: JSON, written by hand because this runs for every attempt and its headers are JSON already, and read
 * only when somebody looks at a delivery.
 */
import type { Attempt, AttemptRecord, AttemptReport, Timings } from './delivery.ts';

export function reportOf({ eventId, webhookId, attempt, verdict }: AttemptRecord): AttemptReport {
  return { eventId, webhookId, status: attempt.status, attempt: attemptText(attempt), verdict };
}

export function attemptText(attempt: Attempt): string {
  const { startedAt, url, requestHeadersJson, status, responseHeadersJson, responseBody, responseTruncated } = attempt;
  const { dnsMs, connectMs, tlsMs, firstByteMs, totalMs } = attempt.timings;
  return (
    `{"startedAt":${startedAt},"url":${JSON.stringify(url)},"requestHeaders":${requestHeadersJson},"status":${status}` +
    `,"responseHeaders":${responseHeadersJson},"responseBody":${responseBody === '' ? '""' : JSON.stringify(responseBody)}` +
    `,"responseTruncated":${responseTruncated},"code":${attempt.code === null ? 'null' : JSON.stringify(attempt.code)}` +
    `,"timings":{"dnsMs":${dnsMs},"connectMs":${connectMs},"tlsMs":${tlsMs},"firstByteMs":${firstByteMs},"totalMs":${totalMs}}}`
  );
}

export function attemptIn(text: string): Attempt {
  const { requestHeaders, responseHeaders, ...rest } = JSON.parse(text) as Written;
  return {
    ...rest,
    requestHeadersJson: JSON.stringify(requestHeaders),
    responseHeadersJson: JSON.stringify(responseHeaders),
  };
}

interface Written extends Omit<Attempt, 'requestHeadersJson' | 'responseHeadersJson' | 'timings'> {
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  timings: Timings;
}
