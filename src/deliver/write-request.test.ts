import { describe, expect, it } from 'vitest';
import { bodyBytes, headStart, requestMessage } from './write-request.ts';

const url = new URL('https://example.com:8443/a b?c=é#f');

describe('headStart', () => {
  it('has the request line, the host with its port, and the headers in their order', () => {
    expect(headStart(url, { One: '1' }, { Two: '2' })).toBe(
      'POST /a%20b?c=%C3%A9 HTTP/1.1\r\nhost: example.com:8443\r\nconnection: keep-alive\r\nOne: 1\r\nTwo: 2\r\n',
    );
    expect(headStart(new URL('http://[::1]'), {}, {})).toContain('POST / HTTP/1.1\r\nhost: [::1]\r\n');
  });

  it.each([
    ['a line break', { 'x-a': 'b\r\nx-c: d' }],
    ['a lone line feed', { 'x-a': 'b\nx-c: d' }],
    ['a lone carriage return', { 'x-a': 'b\rx-c: d' }],
    ['a NUL', { 'x-a': 'b\0' }],
    ['what is not Latin-1', { 'x-a': '\u010d\u010a' }],
    ['a line break in its name', { 'x-a: b\r\nx-c': 'd' }],
    ['a space in its name', { 'x a': 'b' }],
    ['no name', { '': 'b' }],
    ['a length of its own', { 'Content-Length': '5' }],
    ['a framing of its own', { 'Transfer-Encoding': 'chunked' }],
    ['another host', { Host: 'example.net' }],
    ['a wish to be asked first', { Expect: '100-continue' }],
  ])('refuses a header with %s', (_what, own) => {
    expect(() => headStart(url, {}, own as Record<string, string>)).toThrow(/header/);
  });
});

describe('requestMessage', () => {
  it('is one string when the body is ASCII, and bytes when it is not', () => {
    expect(requestMessage('POST / HTTP/1.1\r\n', bodyBytes('{}'))).toBe(
      'POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}',
    );
    const message = requestMessage('POST / HTTP/1.1\r\nx: \xe9\r\n', bodyBytes('é'));
    expect(message).toEqual(
      Buffer.concat([
        Buffer.from('POST / HTTP/1.1\r\nx: \xe9\r\ncontent-length: 2\r\n\r\n', 'latin1'),
        Buffer.from('é', 'utf8'),
      ]),
    );
  });
});
