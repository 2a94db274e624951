/**
 * Reads requests of the plainest kind, as nearly all that report events send them: one POST in one piece, head and body,
 * with nothing behind it. It is strict where node:http is patient, because two readers that disagree about where a request
 * ends are a way in for a third: whatever is not exactly of this form is not judged here but left to node:http, which reads
 * it from its first byte (RFC 9112).
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface PlainRequest {
  /** What stands in the request line: a path, and perhaps a query. */
  target: string;
  /** Names in lower case, each once. */
  headers: IncomingHttpHeaders;
  /** As long as was declared, and not empty. */
  body: Buffer;
}

/** Null: leave it to node:http. */
export function readPlainRequest(bytes: Buffer): PlainRequest | null {
  const headBytes = bytes.indexOf(emptyLine);
  if (headBytes === -1 || headBytes > headBytesMax) return null;
  const head = bytes.toString('latin1', 0, headBytes);
  const line = plainHead.exec(head);
  if (line === null) return null;
  const headers: Record<string, string> = {};
  // Every line has a colon, as the pattern has seen to.
  for (let lineEnd = head.indexOf('\r\n'); lineEnd !== -1; ) {
    const start = lineEnd + 2;
    const colon = head.indexOf(':', start);
    lineEnd = head.indexOf('\r\n', colon);
    const name = head.slice(start, colon).toLowerCase();
    // A name that was there before, or that every object has a value for.
    if (headers[name] !== undefined) return null;
    headers[name] = head.slice(colon + 1, lineEnd === -1 ? head.length : lineEnd).trim();
  }
  const bodyBytes = bytes.length - headBytes - emptyLine.length;
  if (bodyBytes === 0 || headers['content-length'] !== String(bodyBytes) || !isPlain(headers)) return null;
  return { target: line[1] ?? '', headers, body: bytes.subarray(-bodyBytes) };
}

function isPlain(headers: Readonly<Record<string, string>>): boolean {
  if (headers['host'] === undefined) return false;
  const connection = headers['connection'];
  if (connection !== undefined && connection !== 'keep-alive' && connection.toLowerCase() !== 'keep-alive')
    return false;
  return unusual.every((name) => headers[name] === undefined);
}

/** What would have a request end elsewhere, answered otherwise, or followed by something that is no request. */
const unusual = ['transfer-encoding', 'expect', 'upgrade', 'trailer'];

const emptyLine = Buffer.from('\r\n\r\n');
/** A longer head is no sender's of events. node:http takes up to 16 KB, and says so to whoever sends more. */
const headBytesMax = 8 * 1024;
/** The whole head: printable ASCII, names of letters, digits and hyphens, no folded lines, no space before a colon. */
const plainHead = /^POST (\/[\x21-\x7e]*) HTTP\/1\.1(?:\r\n[A-Za-z0-9-]+:[\t\x20-\x7e]*)+$/;
