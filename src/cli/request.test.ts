import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { Mishap, postJson, request } from './request.ts';

let server: Server | null = null;
afterEach(() => new Promise((resolve) => (server?.listening === true ? server.close(resolve) : resolve(null))));

describe('a request of the command line', () => {
  test('sends JSON and gives back the answer', async () => {
    const url = await answering(200, '{"id":"wh_1"}');
    expect(await postJson(`${url}/x`, { a: 1 }, { headers: { authorization: 'Bearer k' } })).toEqual({ id: 'wh_1' });
    const emptyUrl = await answering(204, '');
    expect(await request(emptyUrl, { method: 'DELETE' })).toEqual({});
  });

  test.each([
    [401, '{"error":{"message":"This key is not known."}}', /does not know this key \(This key is not known\.\)/],
    [404, '<html>', /^There is no Bellwire at http/],
    [404, '{"error":{"message":"There is no such webhook."}}', /answered 404: There is no such webhook\./],
    [400, '{"error":{"message":"url is private."}}', /answered 400: url is private\./],
    [503, 'null', /answered 503\.$/],
    [302, '', /answered 302\.$/],
  ])('says in a sentence what %i means: %s', async (status, body, expected) => {
    const url = await answering(status, body);
    const failing = postJson(url, {});
    await expect(failing).rejects.toThrow(expected);
    await expect(failing).rejects.toBeInstanceOf(Mishap);
  });

  test('says where a key was taken from that is not known', async () => {
    const url = await answering(401, '{"error":{"message":"No such app."}}');
    const failing = postJson(url, {}, { keyFrom: 'data/bellwire.db' });
    await expect(failing).rejects.toThrow('The server does not know the key from data/bellwire.db (No such app.)');
  });

  test('says when nobody is there', async () => {
    const url = await answering(200, '');
    await new Promise((resolve) => server?.close(resolve));
    await expect(postJson(url, {})).rejects.toThrow(
      `No server answers at ${url}: start one with \`npx bellwire serve\``,
    );
  });
});

async function answering(status: number, body: string): Promise<string> {
  const made = createServer((incoming, response) => {
    incoming.resume().on('end', () => response.writeHead(status, { connection: 'close' }).end(body));
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  const address = made.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}
