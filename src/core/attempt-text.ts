/**
 * An attempt as text: JSON, written by hand because this runs for every attempt and its headers are JSON already, and read
 * only when somebody looks at a delivery. What is empty is left out: of an attempt that went well that is most of it.
 */

import type { Attempt, AttemptRecord, AttemptReport, Timings } from './delivery.ts';
import { isJsonObject } from './json-object.ts';

export function reportOf({ eventId, webhookId, attempt, verdict, again, uncounted }: AttemptRecord): AttemptReport {
  const { status, timings } = attempt;
  const text = attemptText(attempt);
  const report: AttemptReport = { eventId, webhookId, status, totalMs: timings.totalMs, attempt: text, verdict };
  if (again === true) report.again = true;
  if (uncounted === true) report.uncounted = true;
  return report;
}

export function attemptText(attempt: Attempt): string {
  const { startedAt, url, requestHeadersJson, status, responseHeadersJson, responseBody, code, timings } = attempt;
  let text = `{"startedAt":${startedAt},"url":${JSON.stringify(url)},"requestHeaders":${requestHeadersJson},"totalMs":${timings.totalMs}`;
  if (status !== null) text += `,"status":${status}`;
  if (responseHeadersJson !== '{}') text += `,"responseHeaders":${responseHeadersJson}`;
  if (responseBody !== '') text += `,"responseBody":${JSON.stringify(responseBody)}`;
  if (attempt.responseTruncated) text += ',"responseTruncated":true';
  if (code !== null) text += `,"code":${JSON.stringify(code)}`;
  if (timings.dnsMs !== null) text += `,"dnsMs":${timings.dnsMs}`;
  if (timings.connectMs !== null) text += `,"connectMs":${timings.connectMs}`;
  if (timings.tlsMs !== null) text += `,"tlsMs":${timings.tlsMs}`;
  if (timings.firstByteMs !== null) text += `,"firstByteMs":${timings.firstByteMs}`;
  return `${text}}`;
}

/** One that cannot be read is shown as such: it must not hide the delivery that it belongs to. */
export function attemptIn(text: string): Attempt {
  const written = writtenIn(text);
  return {
    startedAt: written.startedAt,
    url: written.url,
    requestHeadersJson: JSON.stringify(written.requestHeaders),
    status: written.status ?? null,
    responseHeadersJson: JSON.stringify(written.responseHeaders ?? {}),
    responseBody: written.responseBody ?? '',
    responseTruncated: written.responseTruncated ?? false,
    code: written.code ?? null,
    timings: {
      dnsMs: written.dnsMs ?? null,
      connectMs: written.connectMs ?? null,
      tlsMs: written.tlsMs ?? null,
      firstByteMs: written.firstByteMs ?? null,
      totalMs: written.totalMs,
    },
  };
}

function writtenIn(text: string): Written {
  try {
    const written: unknown = JSON.parse(text);
    if (isJsonObject(written) && typeof written['startedAt'] === 'number') return written as unknown as Written;
  } catch {
    // Told below.
  }
  return { startedAt: 0, url: '', requestHeaders: {}, totalMs: 0, code: 'record_unreadable' };
}

interface Written extends Pick<Attempt, 'startedAt' | 'url'>, Partial<Timings> {
  requestHeaders: Record<string, string>;
  totalMs: number;
  status?: number;
  responseHeaders?: Record<string, string>;
  responseBody?: string;
  responseTruncated?: boolean;
  code?: string;
}
