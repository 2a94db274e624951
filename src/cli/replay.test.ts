import { createServer } from 'node:http';
import { expect, test } from 'vitest';
import { replay, replayFieldsOf } from './replay.ts';

const flags = (given: Record<string, string>) => replayFieldsOf(new Map(Object.entries(given)));

test('flags become the fields of the API', () => {
  expect(flags({ webhook: 'wh_1', states: 'failed, never_attempted' })).toEqual({
    webhookId: 'wh_1',
    states: ['failed', 'never_attempted'],
  });
  expect(flags({ all: '' })).toEqual({ all: true });
});

test('whoever narrows nothing, or asks for a state that there is not, is told so in flags', () => {
  for (const given of [{}, { states: 'failed' }, { url: 'http://127.0.0.1:1' }]) {
    expect(() => flags(given)).toThrow(
      'This would send everything again. Say which: --webhook, --type, --code, --visitor, --account, --from or --before; or that you mean it: --all.',
    );
  }
  expect(() => flags({ all: '', states: 'failed,lost' })).toThrow(
    '--states has lost; there are failed, delivered, cancelled, never_attempted.',
  );
});

test.each(['yesterday', '2026-11-22', '2026-11-22T09:30:00', '2026-13-22T09:30:00Z'])('%s is no moment', (text) => {
  expect(() => flags({ from: text })).toThrow('--from must be a moment such as 2026-11-22T09:30:00Z.');
  expect(flags({ before: '2026-11-22T09:30:00Z' })).toEqual({ receivedBefore: '2026-11-22T09:30:00Z' });
});

test('what the server says of a field is said of its flag', async () => {
  const server = createServer((request, response) => {
    const error = { message: '"receivedBefore" must be later than "receivedFrom", "constructor".' };
    request.resume().on('end', () => response.writeHead(400, { connection: 'close' }).end(JSON.stringify({ error })));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const command = { url: `http://127.0.0.1:${port}`, key: 'k', fields: {}, countOnly: true, sure: false };
  const deps = { terminal: { out() {}, note() {} }, confirmed: async () => false, pause: async () => {} };
  await expect(replay(command, deps)).rejects.toThrow(
    'The server answered 400: --before must be later than --from, "constructor".',
  );
  await new Promise((resolve) => server.close(resolve));
});
