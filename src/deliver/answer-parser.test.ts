import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../core/limits.ts';
import { AnswerParser } from './answer-parser.ts';

const early = 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n';
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
const long = 'HTTP/1.1 200 OK\r\ncontent-length: 20000\r\n\r\n';

/** Bytes, and what they are: state, body, truncated, and whether the connection can go on. */
const samples: [string, string, [AnswerParser['state'], string, boolean, boolean]][] = [
  ['no content', 'HTTP/1.1 204 No Content\r\n\r\n', ['complete', '', false, true]],
  ['no content, with a length', 'HTTP/1.1 204 -\r\ncontent-length: 5\r\n\r\n', ['complete', '', false, true]],
  ['not modified', 'HTTP/1.1 304 -\r\ncontent-length: 5\r\n\r\n', ['complete', '', false, true]],
  ['a body', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nx: y\r\n\r\nhello', ['complete', 'hello', false, true]],
  ['an empty body', 'HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n', ['complete', '', false, true]],
  ['odd bytes', 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\na\0\xffb', ['complete', 'a\ufffd\ufffdb', false, true]],
  ['chunks', `${chunked}3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n`, ['complete', 'abc0123456789', false, true]],
  ['no chunks', `${chunked}0\r\n\r\n`, ['complete', '', false, true]],
  [
    'chunks with all trimmings',
    `${chunked}03 ;a="b;c"\r\nabc\r\n000;x\r\nx: y\r\nz:\r\n\r\n`,
    ['complete', 'abc', false, true],
  ],
  [
    'a length and chunks',
    'HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n',
    ['complete', 'a', false, false],
  ],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nto the end', ['complete', 'to the end', false, false]],
  [
    'no framing',
    'HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 500 No\r\n\r\n',
    ['complete', 'HTTP/1.1 500 No\r\n\r\n', false, false],
  ],
  ['early hints', `${early.repeat(20)}HTTP/1.1 204 -\r\n\r\n`, ['complete', '', false, true]],
  ['a second answer', 'HTTP/1.1 204 -\r\n\r\nHTTP/1.1 500 No\r\n\r\n', ['complete', '', false, false]],
  ['a body after no content', 'HTTP/1.1 204 -\r\ncontent-length: 2\r\n\r\nhi', ['complete', '', false, false]],
  ['one byte too many', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi!', ['complete', 'hi', false, false]],
  ['a byte after the chunks', `${chunked}0\r\n\r\n!`, ['complete', '', false, false]],
  ['a body that is cut off', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello', ['broken', 'hello', true, false]],
  ['chunks that are cut off', `${chunked}3\r\nabc\r\n`, ['broken', 'abc', true, false]],
  ['a chunk without a size', `${chunked}3\r\nabc\r\n\r\n`, ['broken', 'abc', true, false]],
  ['a chunk of no hexadecimal size', `${chunked}3\r\nabc\r\n0x3\r\nabc\r\n`, ['broken', 'abc', true, false]],
  ['a chunk of negative size', `${chunked}-1\r\n`, ['broken', '', true, false]],
  ['a chunk of a size beyond counting', `${chunked}3\r\nabc\r\n${'f'.repeat(17)}\r\n`, ['broken', 'abc', true, false]],
  ['a chunk longer than its size', `${chunked}3\r\nabcd\r\n0\r\n\r\n`, ['broken', 'abc', true, false]],
  ['a chunk size that ends in a bare LF', `${chunked}3\nabc\r\n0\r\n\r\n`, ['broken', '', true, false]],
  ['an extension that ends in a bare LF', `${chunked}3;a\nabc\r\n0\r\n\r\n`, ['broken', '', true, false]],
  ['chunk data that ends in a bare LF', `${chunked}3\r\nabc\n0\r\n\r\n`, ['broken', 'abc', true, false]],
  ['chunk data that ends in CR and another byte', `${chunked}3\r\nabc\rx`, ['broken', 'abc', true, false]],
  ['a size that ends in CR and another byte', `${chunked}3\rxabc`, ['broken', '', true, false]],
  ['a trailer that is no header', `${chunked}0\r\nno colon\r\n\r\n`, ['broken', '', true, false]],
  ['a trailer that ends in a bare LF', `${chunked}0\r\na: b\n\r\n`, ['broken', '', true, false]],
  ['a NUL in a trailer', `${chunked}0\r\na: \0\r\n\r\n`, ['broken', '', true, false]],
  ['SSH', 'SSH-2.0-OpenSSH_9.6\r\n', ['bad', '', false, false]],
  ['nothing', '', ['bad', '', false, false]],
  ['half a head', 'HTTP/1.1 200 OK\r\nx: y\r\n', ['bad', '', false, false]],
  ['an empty line first', '\r\nHTTP/1.1 200 OK\r\n\r\n', ['bad', '', false, false]],
  ['bare line feeds', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n', ['bad', '', false, false]],
  ['a bare line feed at the end', 'HTTP/1.1 200 OK\r\nx: y\n\r\n', ['bad', '', false, false]],
  ['a folded line', 'HTTP/1.1 200 OK\r\nx: y\r\n z\r\n\r\n', ['bad', '', false, false]],
  ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', ['bad', '', false, false]],
  ['another protocol', 'HTTP/1.1 101 -\r\nupgrade: x\r\n\r\n', ['bad', '', false, false]],
  ['hints without end', early.repeat(50), ['bad', '', false, false]],
];

describe('an answer', () => {
  it.each(samples)('%s', (_what, text, [state, body, truncated, goesOn]) => {
    expect(read([text])).toMatchObject({ state, body, truncated, goesOn });
  });

  it.each(samples)('is the same cut anywhere: %s', (_what, text) => {
    const whole = read([text]);
    for (let at = 0; at <= text.length; at += 1) expect(read([text.slice(0, at), text.slice(at)])).toEqual(whole);
    expect(read(text.split(''))).toEqual(whole);
  });

  it('is the same in any pieces, and after any other on the same connection', () => {
    const text = fc.constantFrom(...samples).map(([, text]) => text);
    fc.assert(
      fc.property(text, text, fc.array(fc.nat(600)), (before, text, cuts) => {
        const parser = new AnswerParser();
        read([before], parser);
        parser.reset();
        const inOrder = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = inOrder.map((cut, index) => text.slice(cut, inOrder[index + 1] ?? cut));
        expect(read(pieces, parser)).toEqual(read([text]));
      }),
    );
  });

  it('with the head of the last one has a body of its own', () => {
    const parser = new AnswerParser();
    for (const body of ['one', 'two', 'six']) {
      expect(read([`HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n${body}`], parser)).toMatchObject({
        body,
        status: 200,
      });
      parser.reset();
    }
    expect(read(['HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfour'], parser)).toMatchObject({ body: 'four' });
  });

  it('whose head only begins like the last one is another', () => {
    const parser = new AnswerParser();
    read(['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'], parser);
    parser.reset();
    expect(read(['HTTP/1.1 200 OK\r\ncontent-length: 0\r\nx: y\r\n\r\n'], parser).headers).toHaveProperty('x', 'y');
  });

  it('is some result whatever comes, and the same cut anywhere', () => {
    const bits = ['HTTP/1.1 200 OK', '\r\n', '\r\n\r\n', '\n', '\r', '\0', ' ', ':', 'content-length: 3', '3', 'abc'];
    const more = ['transfer-encoding: chunked', 'connection: close', ';', 'HTTP/1.0 204', early, '0'];
    const soup = fc.array(fc.oneof(fc.constantFrom(...bits, ...more), fc.string({ maxLength: 3 })));
    const texts = fc.oneof(
      soup.map((parts) => parts.join('')),
      soup.map((parts) => `HTTP/1.1 200 OK\r\n${parts.join('')}`),
      soup.map((parts) => chunked + parts.join('')),
    );
    fc.assert(
      fc.property(texts, fc.nat(), (raw, cut) => {
        const text = Buffer.from(raw).toString('latin1');
        const at = cut % (text.length + 1);
        const whole = read([text]);
        expect(read([text.slice(0, at), text.slice(at)])).toEqual(whole);
        expect(['complete', 'broken', 'bad']).toContain(whole.state);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what is held', () => {
  it('is the first 16 KB of a body, however small its pieces', () => {
    const body = 'x'.repeat(20_000);
    const inOne = read([long + body]);
    expect([inOne.body.length, inOne.truncated, inOne.state]).toEqual([limits.responseBytesKept, true, 'complete']);
    expect(read((long + body).split(''))).toEqual(inOne);
  });

  it('is no more of a body than 64 KB are read of', () => {
    for (const text of ['HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n']) {
      const parser = new AnswerParser();
      feed(parser, text);
      let fed = 0;
      for (; parser.state === 'body'; fed += 1000) feed(parser, 'x'.repeat(1000));
      expect([parser.state, fed]).toEqual(['broken', 66_000]);
      expect(parser.bodyText()).toHaveLength(limits.responseBytesKept);
    }
  });

  it.each([
    ['one endless header', 'HTTP/1.1 200 OK\r\nx: ', 'y'],
    ['endless headers', 'HTTP/1.1 200 OK\r\n', 'x: y\r\n'],
    ['an endless status line', 'HTTP/1.1 200 ', 'O'],
  ])('is no more of a head than its limit: %s', (_what, start, more) => {
    const parser = new AnswerParser();
    feed(parser, start);
    let fed = start.length;
    for (; parser.state === 'head' && fed < 1_000_000; fed += more.length) feed(parser, more);
    expect([parser.state, parser.code]).toEqual(['bad', 'headers_too_large']);
    expect(fed).toBeLessThanOrEqual(limits.responseHeaderBytesMax + more.length);
    expect(read([start + more.repeat(20_000)])).toMatchObject({ state: 'bad', code: 'headers_too_large' });
  });

  it('is a head of exactly the limit, and none that is a byte longer', () => {
    const frame = 'HTTP/1.1 204 -\r\nx: \r\n\r\n';
    const value = 'y'.repeat(limits.responseHeaderBytesMax - frame.length);
    expect(read([frame.replace('x: ', `x: ${value}`)]).state).toBe('complete');
    expect(read([frame.replace('x: ', `x: ${value}y`)]).code).toBe('headers_too_large');
  });

  it.each([
    ['an endless extension', '1;', 'x'],
    ['endless extensions', '', '1;xx\r\na\r\n'],
    ['an endless size', '', '0'],
    ['an endless trailer', '0\r\nx: ', 'y'],
    ['endless trailers', '0\r\n', 'x: y\r\n'],
  ])('is no more beside the content of chunks than its limit: %s', (_what, start, more) => {
    const parser = new AnswerParser();
    feed(parser, chunked + start);
    let fed = 0;
    for (; parser.state === 'body' && fed < 1_000_000; fed += more.length) feed(parser, more);
    expect([parser.state, parser.truncated]).toEqual(['broken', true]);
    expect(fed).toBeLessThanOrEqual(3 * limits.chunkOverheadBytesMax);
  });
});

interface Result {
  state: string;
  code: string;
  status: number | null;
  headers: Record<string, string>;
  body: string;
  truncated: boolean;
  goesOn: boolean;
}

/** What is made of these pieces and the end of the connection after them. */
function read(pieces: string[], parser = new AnswerParser()): Result {
  for (const piece of pieces) feed(parser, piece);
  parser.end();
  return {
    state: parser.state,
    code: parser.state === 'bad' ? parser.code : '',
    status: parser.head?.status ?? null,
    headers: parser.head?.headers ?? {},
    body: parser.bodyText(),
    truncated: parser.truncated,
    goesOn: parser.keepAliveMs > 0,
  };
}

/** In a buffer that is larger, and overwritten at once: the bytes are the caller's. */
function feed(parser: AnswerParser, text: string): void {
  const bytes = Buffer.from(`${text}!!!`, 'latin1');
  parser.feed(bytes, text.length);
  bytes.fill('?');
}
