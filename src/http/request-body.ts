/**
 * Reads the body of a request: counted while it comes in and again while it is inflated, decoded strictly, parsed by
 * `JSON.parse`. Nothing that is too large is ever held whole.
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { gunzipSync, inflateSync } from 'node:zlib';
import { BellwireError } from '../core/errors.ts';

export interface BodyLimits {
  /** Of the body as it is sent, and again of what it is when inflated. */
  bytesMax: number;
  /** Asked for every piece of a body whose length was not declared, and for what inflating adds. */
  take: (bytes: number) => boolean;
}

export type BodyDone = (error: Error | null, body: unknown) => void;

/** Calls back once, with what was parsed, or undefined when there was no body at all. */
export function readJsonBody(message: IncomingMessage, { bytesMax, take }: BodyLimits, done: BodyDone): void {
  const declaredBytes = message.headers['content-length'];
  const chunks: Buffer[] = [];
  let readBytes = 0;
  let refusal: BellwireError | null = null;
  let finished = false;

  function keep(chunk: Buffer): void {
    readBytes += chunk.length;
    if (refusal !== null) return;
    if (readBytes > bytesMax) refusal = tooLarge(bytesMax);
    else if (declaredBytes === undefined && !take(chunk.length)) refusal = overloaded();
    else chunks.push(chunk);
  }

  function finish(error: BellwireError | null): void {
    if (finished) return;
    finished = true;
    message.removeListener('data', onData);
    if (error !== null || readBytes === 0) return done(error, undefined);
    let body: unknown;
    try {
      body = jsonIn(joined(chunks, readBytes), message.headers, { bytesMax, take });
    } catch (thrown) {
      return done(thrown instanceof Error ? thrown : new Error(String(thrown)), undefined);
    }
    done(null, body);
  }

  function onData(chunk: Buffer): void {
    keep(chunk);
    // The rest is read and dropped: a connection closed on a sender who is still writing would lose the answer.
    if (readBytes > discardBytesMax) finish(refusal);
  }
  message.on('data', onData);
  message.once('end', () => finish(refusal));
  message.once('error', () => finish(new BellwireError('invalid_request', 'The request ended before its body did.')));
}

/** What a whole body says. Throws a BellwireError when it cannot be read. */
export function jsonIn(raw: Buffer, headers: IncomingHttpHeaders, limits: BodyLimits): unknown {
  return parsed(inflated(raw, headers['content-encoding'], limits));
}

/** Null for what says that it is JSON; and if `plainText`, also for what says that it is text, or says nothing. */
export function typeRefusal(headers: IncomingHttpHeaders, plainText: boolean): BellwireError | null {
  const type = headers['content-type'] ?? '';
  if (type === 'application/json' || jsonType.test(type)) return null;
  if (plainText && (type === '' || type.startsWith('text/plain'))) return null;
  // Nothing is of no type; that something is missing the door says better.
  if (type === '' && isEmpty(headers)) return null;
  return new BellwireError('unsupported_type', 'Send JSON, with Content-Type: application/json.');
}

function isEmpty(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
}

const jsonType = /^application\/json *(;|$)/i;

export function tooLarge(bytesMax: number): BellwireError {
  return new BellwireError(
    'too_large',
    `The body is larger than ${bytesMax} bytes (counted after decompression). Send fewer events at once.`,
  );
}

export function overloaded(): BellwireError {
  const message = 'The server has as many requests in memory as it can hold. Send this again a little later.';
  return new BellwireError('overloaded', message, { retryAfterSeconds: 1 });
}

/** How much of a body that is too large is read all the same; beyond it the connection is closed. */
const discardBytesMax = 8 * 1024 * 1024;

/**
 * The synchronous calls stop as soon as their output passes the limit; the streams ignore `maxOutputLength`. At 500 KB
 * that is a millisecond, less than a round trip through the thread pool and back costs a small body.
 */
function inflated(raw: Buffer, sent: string | undefined, { bytesMax, take }: BodyLimits): Buffer {
  // Names of codings are the same in any case, and `x-gzip` is an old one of gzip's.
  const encoding = sent?.trim().toLowerCase();
  // A page cannot name an encoding without a preflight, so its gzip is known by how it begins: no JSON begins like that.
  const isUnnamed = encoding === undefined && !(raw[0] === 0x1f && raw[1] === 0x8b);
  if (isUnnamed || encoding === '' || encoding === 'identity') return raw;
  const inflate =
    encoding === undefined || encoding === 'gzip' || encoding === 'x-gzip'
      ? gunzipSync
      : encoding === 'deflate'
        ? inflateSync
        : null;
  if (inflate === null) {
    throw new BellwireError('unsupported_encoding', 'Content-Encoding can be gzip, deflate or identity, once.');
  }
  const output = inflateWith(inflate, raw, bytesMax);
  if (!isInflated(output)) throw new Error('zlib has answered without the engine that says how far it read');
  if (output.engine.bytesWritten !== raw.length) {
    throw new BellwireError(
      'invalid_encoding',
      `After the end of the ${encoding ?? 'gzip'} data there are more bytes.`,
    );
  }
  if (!take(output.buffer.length)) throw overloaded();
  return output.buffer;
}

function inflateWith(inflate: typeof gunzipSync, raw: Buffer, bytesMax: number): unknown {
  try {
    return inflate(raw, { maxOutputLength: bytesMax, info: true });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax);
    throw new BellwireError(
      'invalid_encoding',
      'The body is not in the encoding that Content-Encoding names, or that it begins like.',
      {
        cause,
      },
    );
  }
}

/** What zlib answers when asked for `info`, which its types do not know. */
interface Inflated {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

function isInflated(output: unknown): output is Inflated {
  return typeof output === 'object' && output !== null && 'buffer' in output && 'engine' in output;
}

function joined(chunks: readonly Buffer[], bytes: number): Buffer {
  const [only, second] = chunks;
  return only !== undefined && second === undefined ? only : Buffer.concat(chunks, bytes);
}

function parsed(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new BellwireError('invalid_utf8', 'The body is not valid UTF-8.');
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  try {
    return JSON.parse(bytes.toString('utf8', start));
  } catch (error) {
    // The parser's words name the place, and quote at most a few characters of the sender's own body back to it.
    const reason = error instanceof Error ? error.message : '';
    throw new BellwireError('invalid_json', `The body is not valid JSON: ${reason}`);
  }
}
