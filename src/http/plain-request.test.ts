import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPlainRequest } from './plain-request.ts';

function read(text: string | Buffer) {
  return readPlainRequest(Buffer.from(text as string, 'latin1'));
}

const plain =
  'POST /v1/track?x=1 HTTP/1.1\r\nHost: x\r\nContent-Type: \tapplication/json \r\nX-Empty:\r\nContent-Length: 2\r\n\r\n{}';

test('a request in one piece is read', () => {
  expect(read(plain)).toEqual({
    target: '/v1/track?x=1',
    headers: { host: 'x', 'content-type': 'application/json', 'x-empty': '', 'content-length': '2' },
    body: Buffer.from('{}'),
  });
  expect(read(plain.replace('X-Empty:', 'Connection: Keep-Alive'))).not.toBeNull();
});

describe('is left to node:http', () => {
  test.each([
    ['nothing', ''],
    ['a head that is not all there', plain.slice(0, 40)],
    ['a body that is not all there', plain.slice(0, -1)],
    ['something behind it', `${plain} `],
    ['another one behind it', plain + plain],
    ['another method', plain.replace('POST', 'PUT')],
    ['another version', plain.replace('1.1', '1.0')],
    ['a whole address', plain.replace('/v1', 'http://x/v1')],
    ['a space in the path', plain.replace('/v1', '/v 1')],
    ['two spaces before the path', plain.replace('POST ', 'POST  ')],
    ['no host', plain.replace('Host', 'Hos')],
    ['no length', plain.replace('Content-Length', 'Content-Lengt')],
    ['no body', plain.replace('Length: 2', 'Length: 0').slice(0, -2)],
    ['a length with a sign', plain.replace('Length: 2', 'Length: +2')],
    ['a length with a nought before it', plain.replace('Length: 2', 'Length: 02')],
    ['a length that is a list', plain.replace('Length: 2', 'Length: 2, 2')],
    ['a length twice', plain.replace('Host: x', 'Host: x\r\nContent-Length: 2')],
    ['any header twice', plain.replace('Host: x', 'Host: x\r\nhost: x')],
    ['chunks', plain.replace('X-Empty:', 'Transfer-Encoding: chunked')],
    ['an empty Transfer-Encoding', plain.replace('X-Empty:', 'Transfer-Encoding:')],
    ['an end of the connection', plain.replace('X-Empty:', 'Connection: close')],
    ['options of the connection', plain.replace('X-Empty:', 'Connection: keep-alive, x-empty')],
    ['an upgrade', plain.replace('X-Empty:', 'Upgrade: h2c')],
    ['a question first', plain.replace('X-Empty:', 'Expect: 100-continue')],
    ['trailers', plain.replace('X-Empty:', 'Trailer: x')],
    ['a folded line', plain.replace('X-Empty:', 'X-Empty: a\r\n b')],
    ['a space before a colon', plain.replace('X-Empty:', 'X-Empty :')],
    ['a line without a colon', plain.replace('X-Empty:', 'X-Empty')],
    ['a header without a name', plain.replace('X-Empty:', ': x')],
    ['a name with an underscore', plain.replace('X-Empty:', '__proto__: x')],
    ['a name that every object has', plain.replace('X-Empty:', 'constructor: x')],
    ['a bare line feed', plain.replace('X-Empty:', 'X-Empty: a\nb: c')],
    ['a bare carriage return', plain.replace('X-Empty:', 'X-Empty: a\rb')],
    ['a line feed alone at the end of a line', plain.replace('Host: x\r\n', 'Host: x\n')],
    ['a nought byte', plain.replace('X-Empty:', 'X-Empty: \0')],
    ['a byte above ASCII', plain.replace('X-Empty:', 'X-Empty: \xe9')],
    ['an empty line before it', `\r\n${plain}`],
    ['a head of more than 8 KB', plain.replace('X-Empty:', `X-Empty: ${'x'.repeat(8192)}`)],
  ])('%s', (_name, text) => {
    expect(read(text)).toBeNull();
  });
});

describe('whatever is read here, node:http reads as the same', () => {
  interface Seen {
    target: string | undefined;
    headers: IncomingHttpHeaders;
    body: string;
  }
  let seen: Seen[] = [];
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk));
    message.on('end', () => {
      seen.push({
        target: message.url,
        headers: { ...message.headers },
        body: Buffer.concat(chunks).toString('latin1'),
      });
      response.end();
    });
  });
  beforeAll(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => server.close());

  async function byNode(bytes: Buffer): Promise<Seen[]> {
    seen = [];
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.resume();
    const closed = once(socket, 'close');
    socket.end(bytes);
    await closed;
    return seen;
  }

  const name = fc.constantFrom(
    'Host',
    'Content-Length',
    'Content-Type',
    'Connection',
    'Transfer-Encoding',
    'Expect',
    'X-A',
    'x-a',
  );
  const value = fc.constantFrom(
    '2',
    '02',
    '2, 2',
    'x',
    '',
    ' x ',
    '\tx',
    'keep-alive',
    'close',
    'chunked',
    'a\r\n b',
    'a\nb: c',
    '\xe9',
    '\0',
    'x:y',
  );
  const header = fc.tuple(name, fc.constantFrom(':', ': ', ' :', ':\t'), value).map((parts) => parts.join(''));
  const request = fc
    .tuple(
      fc.constantFrom(
        'POST /a HTTP/1.1',
        'POST /a?b#c HTTP/1.1',
        'POST  /a HTTP/1.1',
        'POST a HTTP/1.1',
        'POST /a HTTP/1.0',
      ),
      fc.array(header, { maxLength: 3 }),
      fc.constantFrom('\r\n', '\r\n', '\r\n', '\n'),
      fc.constantFrom('{}', '{}', '{}', '', '{}POST /b HTTP/1.1\r\nHost: x\r\n\r\n'),
    )
    .map(([line, headers, end, body]) => [line, 'Host: x', 'Content-Length: 2', ...headers, '', body].join(end));

  test('one request, with the same headers and the same body', async () => {
    let readCount = 0;
    await fc.assert(
      fc.asyncProperty(request, async (text) => {
        const bytes = Buffer.from(text, 'latin1');
        const own = readPlainRequest(bytes);
        if (own === null) return;
        readCount += 1;
        const [{ target, headers, body } = {}, ...more] = await byNode(bytes);
        expect(more).toEqual([]);
        expect({ target, headers, body }).toEqual({ ...own, body: own.body.toString('latin1') });
      }),
      { numRuns: 3000, seed: 7 },
    );
    expect(readCount).toBeGreaterThan(50);
  });
});
