import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limits } from '../core/limits.ts';
import { type AnswerHead, HeadReader, isField } from './answer-head.ts';

describe('the status line', () => {
  it.each([
    ['HTTP/1.1 200 OK', 200],
    ['HTTP/1.1 200', 200],
    ['HTTP/1.1 404 ', 404],
    ['HTTP/1.0 503 Busy \xe9\t!', 503],
    ['HTTP/1.1 999 Odd', 999],
  ])('%j is one', (line, status) => {
    expect(headOf(line)?.status).toBe(status);
  });

  it.each([
    'HTTP/2 200 OK',
    'HTTP/1.2 200 OK',
    'HTTP/1.10 200 OK',
    'http/1.1 200 OK',
    ' HTTP/1.1 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 OK',
    'HTTP/1.1 2e2 OK',
    'HTTP/1.1 +20 OK',
    'HTTP/1.1 200OK',
    'HTTP/1.1 200 O\0K',
    'HTTP/1.1 200 O\rK',
    'HTTP/1.1',
    'SSH-2.0-OpenSSH_9.6',
    '',
  ])('%j is none', (line) => {
    expect(headOf(line)).toBeNull();
  });
});

describe('a header', () => {
  it('has its name in lower case, and its value without the blanks around it', () => {
    expect(headersOf('X-One:1', 'x-two: \t 2 2 \t', 'x-three:', "!#$%&'*+-.^_`|~9: \xa0\xe9\xa0")).toEqual({
      'x-one': '1',
      'x-two': '2 2',
      'x-three': '',
      "!#$%&'*+-.^_`|~9": '\xa0\xe9\xa0',
    });
  });

  it('is joined with others of its name, and cookies are left out', () => {
    expect(headersOf('link: a', 'Set-Cookie: secret', 'LINK: b')).toEqual({ link: 'a, b' });
  });

  it('may be called like what every object has, but not like what makes it one', () => {
    const headers = headersOf('__proto__: a', 'constructor: b', 'toString: c', 'hasOwnProperty: d', 'constructor: e');
    expect(Object.entries(headers)).toEqual([
      ['constructor', 'b, e'],
      ['tostring', 'c'],
      ['hasownproperty', 'd'],
    ]);
    expect(Object.getPrototypeOf(headers)).toBe(Object.prototype);
  });

  it('is not kept when a hundred are, but still frames the body', () => {
    const many = Array.from({ length: 150 }, (_, index) => `x-${index}: y`);
    const head = headOf('HTTP/1.1 200 OK', ...many, 'content-length: 7', 'x-0: z', 'connection: close');
    expect(Object.keys(head?.headers ?? {})).toHaveLength(limits.responseHeadersKept);
    expect(head?.headers['x-0']).toBe('y, z');
    expect(head).toMatchObject({ framing: 7, keepAliveMs: 0 });
  });

  it.each([
    ['no colon', 'x-one'],
    ['no name', ': 1'],
    ['a space before its colon', 'x-one : 1'],
    ['a space before its name', ' x-one: 1'],
    ['a tab before its name, as when a line goes on', '\tand more'],
    ['a NUL in its value', 'x-one: a\0b'],
    ['a lone carriage return in its value', 'x-one: a\rb: c'],
    ['a carriage return before its end', 'x-one: a\r'],
    ['a NUL in its name', 'x\0: 1'],
    ['another control character', 'x-one: \x1b[31m'],
    ['a DEL', 'x-one: \x7f'],
    ['a letter in its name that is not ASCII', 'x-\xe9: 1'],
  ])('with %s is none', (_what, line) => {
    expect(headOf('HTTP/1.1 200 OK', line)).toBeNull();
    expect(isField(line)).toBe(false);
  });

  it('holds no control character, whatever came', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 20 })), (lines) => {
        const latin1 = lines.map((line) => Buffer.from(line).toString('latin1'));
        const headers = headOf('HTTP/1.1 200 OK', ...latin1)?.headers ?? {};
        for (const [name, value] of Object.entries(headers)) {
          expect(name).toMatch(/^[!#$%&'*+\-.^_`|~0-9a-z]+$/);
          expect(value).toMatch(/^[\t\x20-\x7e\x80-\xff]*$/);
        }
      }),
    );
  });
});

describe('the framing of the body', () => {
  it.each<[string, string[], AnswerHead['framing']]>([
    ['by its length', ['content-length: 12'], 12],
    ['by a length with zeros before it', ['content-length: 007'], 7],
    ['by a length that is said twice', ['content-length: 12', 'Content-Length: 12'], 12],
    ['by a list of the same lengths', ['content-length: 12, 12'], 12],
    ['by chunks', ['transfer-encoding: chunked'], 'chunked'],
    ['by chunks in capitals', ['Transfer-Encoding: CHUNKED'], 'chunked'],
    ['by chunks of something packed', ['transfer-encoding: gzip', 'transfer-encoding: chunked'], 'chunked'],
    ['by chunks although there is a length', ['content-length: 3', 'transfer-encoding: chunked'], 'chunked'],
    ['by the end of the connection', [], 'until close'],
    ['by the end of the connection when it is packed', ['transfer-encoding: gzip', 'content-length: 3'], 'until close'],
    ['by the end of the connection when no coding is named', ['transfer-encoding:'], 'until close'],
  ])('is %s', (_what, lines, framing) => {
    expect(headOf('HTTP/1.1 200 OK', ...lines)?.framing).toBe(framing);
  });

  it.each([204, 304, 100, 199])('is nothing for %d, whatever its headers say', (status) => {
    for (const line of ['content-length: 5', 'transfer-encoding: chunked', 'x: y']) {
      expect(headOf(`HTTP/1.1 ${status} -`, line)?.framing).toBe(0);
    }
  });

  it.each([
    ['two lengths', ['content-length: 3', 'content-length: 4']],
    ['a list of two lengths', ['content-length: 3, 4']],
    ['two ways to write one length', ['content-length: 3', 'content-length: 03']],
    ['no length', ['content-length:']],
    ['a length and none', ['content-length: 3', 'content-length:']],
    ['a negative length', ['content-length: -1']],
    ['a length with a sign', ['content-length: +3']],
    ['a hexadecimal length', ['content-length: 0x3']],
    ['a length with a fraction', ['content-length: 3.0']],
    ['a length beyond counting', ['content-length: 9007199254740993']],
    ['a wrong length beside chunks', ['content-length: x', 'transfer-encoding: chunked']],
    ['chunks that are packed again', ['transfer-encoding: chunked, gzip']],
    ['chunks in chunks', ['transfer-encoding: chunked, chunked']],
  ])('is refused with %s', (_what, lines) => {
    expect(headOf('HTTP/1.1 200 OK', ...lines)).toBeNull();
  });

  it('is refused when the protocol is switched', () => {
    expect(headOf('HTTP/1.1 101 Switching Protocols', 'upgrade: x')).toBeNull();
  });
});

describe('the connection', () => {
  const ms = limits.keepAliveMs;
  it.each([
    ['is kept', 'HTTP/1.1', ['content-length: 0'], ms],
    ['is closed when it is said so', 'HTTP/1.1', ['content-length: 0', 'Connection: foo, CLOSE'], 0],
    ['is closed with HTTP/1.0', 'HTTP/1.0', ['content-length: 0'], 0],
    ['is kept with HTTP/1.0 when it is said so', 'HTTP/1.0', ['content-length: 0', 'connection: Keep-Alive'], ms],
    ['is closed when that is how the body ends', 'HTTP/1.1', [], 0],
    ['is kept after chunks', 'HTTP/1.1', ['transfer-encoding: chunked'], ms],
    ['is closed when there are two framings', 'HTTP/1.1', ['content-length: 3', 'transfer-encoding: chunked'], 0],
    ['is closed after chunks in HTTP/1.0', 'HTTP/1.0', ['connection: keep-alive', 'transfer-encoding: chunked'], 0],
    [
      'is kept for less time when it is said so',
      'HTTP/1.1',
      ['content-length: 0', 'keep-alive: max=9, timeout=3'],
      2000,
    ],
    ['is kept no longer than we want', 'HTTP/1.1', ['content-length: 0', 'keep-alive: timeout=600'], ms],
    ['is closed when there is hardly any time', 'HTTP/1.1', ['content-length: 0', 'keep-alive: timeout=1'], 0],
    ['is closed when there is no time', 'HTTP/1.1', ['content-length: 0', 'Keep-Alive: TIMEOUT=0'], 0],
    ['is kept when the time is none', 'HTTP/1.1', ['content-length: 0', 'keep-alive: timeout=-5'], ms],
  ])('%s', (_what, version, lines, keepAliveMs) => {
    expect(headOf(`${version} 200 OK`, ...lines)?.keepAliveMs).toBe(keepAliveMs);
  });
});

function headOf(...lines: string[]): AnswerHead | null {
  const reader = new HeadReader();
  return lines.every((line) => reader.take(line)) ? reader.finish() : null;
}

function headersOf(...lines: string[]): Record<string, string> {
  return headOf('HTTP/1.1 200 OK', ...lines)?.headers ?? {};
}
