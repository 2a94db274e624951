import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { pendoBody, segmentBody } from '../core/payload.ts';
import { sampleEvent } from '../core/sample.ts';
import { pendoSignature, secretKey, signingKey, standardSignature } from '../core/signature.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
const clock: Clock = { now: () => now, monotonicMs: () => now, after: () => () => {} };
const secret = 'the receiver knows it';
const signingSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const body = pendoBody(sampleEvent('trackEventReceived', now), { id: 1, name: 'Shop' }, { id: 2, name: 'Example' });

let receiver: Receiver | null = null;
afterEach(() => receiver?.close());

describe('the receiver', () => {
  test('says that both signatures of a right delivery hold', async () => {
    const { url, printed } = await start();
    const response = await post(url, body, headersOf(body));
    expect(response.status).toBe(204);
    expect(printed).toEqual([
      '03:04:05.678  trackEventReceived "Plan Upgraded"  visitor ada.lovelace@analytical.example  account Analytical Engines Ltd\n' +
        '              X-Pendo-Signature holds, Standard Webhooks signature holds',
    ]);
    expect(receiver?.receivedCount()).toBe(1);
    expect(receiver?.wrongCount()).toBe(0);
  });

  test.each([
    ['another body', `${body} `, {}, /Pendo-Signature IS WRONG, Standard Webhooks signature IS WRONG/],
    [
      'a Pendo signature of something else',
      body,
      { 'x-pendo-signature': 'ab'.repeat(32) },
      /Pendo-Signature IS WRONG, .* holds/,
    ],
    ['a timestamp of yesterday', body, { 'webhook-timestamp': '1767236645' }, /Pendo-Signature holds, .* IS WRONG/],
  ])('says what is wrong with %s', async (_, sent, changed, expected) => {
    const { url, printed } = await start();
    await post(url, sent, { ...headersOf(body), ...changed });
    expect(printed[0]).toMatch(expected);
    expect(receiver?.wrongCount()).toBe(1);
  });

  test('says what it could not check', async () => {
    const { url, printed } = await start({ secrets: { secret: null, signingSecret: null } });
    await post(url, body, {});
    expect(printed[0]).toContain('X-Pendo-Signature not checked (give --secret)');
    expect(receiver?.wrongCount()).toBe(0);
  });

  test('reads what goes to Segment, and prints bodies when asked to', async () => {
    const { url, printed } = await start({ showBody: true });
    await post(
      url,
      segmentBody(sampleEvent('accountCreated', now, { visitorId: '_PENDO_T_9', accountId: 'acme' })),
      {},
    );
    expect(printed[0]).toContain('accountCreated  visitor 9  account acme');
    expect(printed[1]).toContain('  "type": "track",');
  });

  test('cannot be made to write to the screen what it should not', async () => {
    const { url, printed } = await start({ showBody: true });
    await post(url, '{"event":"\\u001b[2J","a":"\u009b2J"}', {});
    await post(url, 'not JSON \u001b[2J', {});
    expect(printed).toHaveLength(4);
    for (const control of ['\u001b', '\u009b']) expect(printed.join('')).not.toContain(control);
  });

  test('answers what it was told to', async () => {
    const { url, printed } = await start({ status: 503 });
    expect((await post(url, body, headersOf(body))).status).toBe(503);
    await post(url, body, headersOf(body));
    await post(url, body, { ...headersOf(body), 'webhook-id': 'another' });
    expect(printed.map((text) => text.split('; ')[1])).toEqual([
      'try 1, answered 503',
      'try 2, answered 503',
      'try 1, answered 503',
    ]);
  });

  test('says of a delivery that has been taken that it has come again', async () => {
    const { url, printed } = await start();
    await post(url, body, headersOf(body));
    await post(url, body, headersOf(body));
    expect(printed[0]).not.toContain('try');
    expect(printed[1]).toContain('; try 2, answered 204');
  });

  test('refuses what is too large for a delivery', async () => {
    const { url, printed } = await start();
    const status = await post(url, 'x'.repeat(2 * 1024 * 1024), {}).then(
      (response) => response.status,
      () => 'closed',
    );
    expect([413, 'closed']).toContain(status);
    expect(printed).toEqual([]);
  });

  test('names a port that is taken', async () => {
    const other = createServer();
    const port = await new Promise<number>((resolve) => {
      other.listen(0, '127.0.0.1', () => {
        const address = other.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    await expect(start({ port })).rejects.toThrow(`Something else already listens on port ${port}`);
    await new Promise((resolve) => other.close(resolve));
  });
});

async function start(settings: Partial<Parameters<typeof startReceiver>[0]> = {}) {
  const printed: string[] = [];
  const terminal = { out: (text: string) => void printed.push(text), note() {} };
  const whole = { port: 0, secrets: { secret, signingSecret }, status: 204, showBody: false, ...settings };
  receiver = await startReceiver(whole, { clock, terminal });
  return { url: receiver.url, printed };
}

function post(url: string, body: string, headers: Record<string, string>): Promise<Response> {
  return fetch(url, { method: 'POST', body, headers });
}

function headersOf(body: string): Record<string, string> {
  const [bytes, seconds] = [Buffer.from(body), Math.floor(now / 1000)];
  return {
    'x-pendo-signature': pendoSignature(bytes, secretKey(secret), ''),
    'webhook-id': 'a_wh_b',
    'webhook-timestamp': String(seconds),
    'webhook-signature': standardSignature('a_wh_b', seconds, bytes, signingKey(signingSecret)),
  };
}
