/**
 * A request as it goes over the wire (HTTP/1.1, RFC 9112): the part that is the same for all requests of a webhook, made and
 * checked once, and the whole of one, to be sent in one write.
 */
import { headerProblem } from '../core/header-rules.ts';

/**
 * The request line and the headers that do not change, each with its line end. `ownHeaders` are a webhook's own; throws when
 * one of them may not be sent, because a line break in it, or a second length, would make two requests of one.
 */
export function headStart(
  url: URL,
  headers: Readonly<Record<string, string>>,
  ownHeaders: Readonly<Record<string, string>>,
): string {
  for (const [name, value] of Object.entries(ownHeaders)) {
    const problem = headerProblem(name, value);
    if (problem !== null) throw new Error(`A header cannot be sent. ${problem}`);
  }
  // A URL object escapes whatever would not do here. Should one ever not, nothing is sent.
  const target = url.pathname + url.search;
  if (!/^\/[\x21-\x7e]*$/.test(target)) throw new Error('The path of a URL cannot be sent.');
  const lines = [`POST ${target} HTTP/1.1`, `host: ${url.host}`, 'connection: keep-alive'];
  for (const [name, value] of Object.entries({ ...headers, ...ownHeaders })) lines.push(`${name}: ${value}`);
  return `${lines.join('\r\n')}\r\n`;
}

/** The bytes of a body: as text when it is ASCII, which is faster to sign and to send. */
export function bodyBytes(text: string): string | Buffer {
  return Buffer.byteLength(text, 'utf8') === text.length ? text : Buffer.from(text, 'utf8');
}

/** The whole request; a string is Latin-1. `head` has everything but the length, `body` comes from `bodyBytes`. */
export function requestMessage(head: string, body: string | Buffer): string | Buffer {
  const wholeHead = `${head}content-length: ${body.length}\r\n\r\n`;
  return typeof body === 'string' ? wholeHead + body : Buffer.concat([Buffer.from(wholeHead, 'latin1'), body]);
}
