/** A receiver has refused events by mistake, and they are sent again: through a crash in the middle, and until somebody says stop. */
import { expect, onTestFinished, test } from 'vitest';
import { apiCaller, eventually, testKeys } from '../support/bellwire.ts';
import { type Program, startProgram } from '../support/program.ts';
import { type Behaviour, startReceiver } from '../support/receiver.ts';
import { standDatabase } from '../support/stand-database.ts';

const total = 600;

interface Replay {
  id: string;
  state: string;
  words: string;
  counts: { matched: number; requeued: number; delivered: number; waiting: number };
}

test('what a receiver missed is sent again, goes on after kill -9, and stops when it is told to', async () => {
  const database = await standDatabase();
  const receiver = await startReceiver(400);
  const env = {
    BELLWIRE_PORT: '0',
    ...database.env,
    BELLWIRE_API_KEY: testKeys.apiKey,
    BELLWIRE_INTEGRATION_KEY: testKeys.integrationKey,
  };
  let server: Program = startProgram(['serve'], env);
  onTestFinished(async () => {
    server.signal('SIGKILL');
    await server.ended;
    await receiver.close();
    await database.drop();
  });
  let [, url = ''] = await server.wrote(/"url":"(http:[^"]+)"/);
  let api = apiCaller(url);
  const settings = { name: 'CRM', url: receiver.url, retryDelaysSeconds: [], events: ['trackEventReceived'] };
  const { id: webhookId } = await api<{ id: string }>('POST', '/webhooks', settings);
  await api('POST', `/webhooks/${webhookId}/enable`, {});
  await sendEvents(url);
  await eventually(async () => {
    const { matched } = await api<{ matched: number }>('POST', '/replays/count', { webhookId });
    return matched === total ? matched : null;
  });
  const missed = new Map(receiver.requests.map(({ headers, body }) => [headers['webhook-id'], body.toString()]));
  expect(missed.size).toBe(total);

  // It is back, and not fast.
  const seenBefore = receiver.requests.length;
  receiver.behave(after(10));
  const replay = await api<Replay>('POST', '/replays', { webhookId, code: 'http_400' });
  expect(replay).toMatchObject({
    state: 'running',
    words: 'failed deliveries to CRM, last error http_400',
    counts: { matched: total },
  });
  await eventually(async () => (receiver.requests.length > seenBefore + 150 ? true : null));
  server.signal('SIGKILL');
  await server.ended;
  const seenAtCrash = receiver.requests.length - seenBefore;
  expect(seenAtCrash).toBeLessThan(total);

  server = startProgram(['serve'], env);
  [, url = ''] = await server.wrote(/"url":"(http:[^"]+)"/);
  api = apiCaller(url);
  const done = await eventually(async () => {
    const now = await api<Replay>('GET', `/replays/${replay.id}`);
    return now.state === 'finished' ? now : null;
    // Where many nodes share the database, it takes a while until others miss one that died.
  }, 40_000);
  expect(done.counts).toMatchObject({ matched: total, requeued: total, delivered: total, waiting: 0 });
  const again = receiver.requests.slice(seenBefore);
  const bytes = new Map(again.map(({ headers, body }) => [headers['webhook-id'], body.toString()]));
  expect(bytes).toEqual(missed);
  // What was under way when it was killed is sent a second time, and nothing else: at most what a replay has waiting.
  expect(again.length - total).toBeLessThanOrEqual(200);

  const second = await api<Replay>('POST', '/replays', { webhookId, states: ['delivered'] });
  const seenThen = receiver.requests.length;
  await eventually(async () => (receiver.requests.length > seenThen + 50 ? true : null));
  await api('POST', `/replays/${second.id}/cancel`, {});
  const stopped = await eventually(async () => {
    const now = await api<Replay>('GET', `/replays/${second.id}`);
    return now.counts.waiting === 0 ? now : null;
  });
  expect(stopped.state).toBe('cancelled');
  expect(stopped.counts.requeued).toBeLessThan(total);
  expect(receiver.requests.length - seenThen).toBe(stopped.counts.requeued);
}, 60_000);

function after(ms: number): Behaviour {
  return (_request, response) => {
    setTimeout(() => response.writeHead(200).end(), ms);
  };
}

async function sendEvents(url: string): Promise<void> {
  const batch = Array.from({ length: total }, (_, index) => ({
    type: 'track',
    userId: `visitor ${index % 50}`,
    event: `event ${index}`,
  }));
  const authorization = `Basic ${Buffer.from(`${testKeys.apiKey}:`).toString('base64')}`;
  const response = await fetch(`${url}/v1/batch`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ batch }),
  });
  expect(response.status).toBe(200);
}
