import { afterEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { answerWith, hang, type Receiver, startReceiver } from '../../test/support/receiver.ts';
import { webhookTarget } from '../../test/support/webhook-target.ts';
import { parseEgressAllow } from '../core/address.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { AttemptRecord, Claim } from '../core/delivery.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import { createDialer } from './connect.ts';
import { type DeliverDeps, deliver, testSend } from './deliver.ts';
import { createSender } from './send.ts';

const eventId = 'a'.repeat(40);
const claim: Claim = { eventId, webhookId: 'wh_000000000001', triesUsed: 0, body: '{"event":"ping"}' };
const open: { close(): unknown }[] = [];
const troubles: string[] = [];

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
  troubles.splice(0);
});

describe('deliver', () => {
  it('records what was sent and what came back', async () => {
    const receiver = await start(answerWith(200, { 'x-a': 'b' }, 'ok'));
    const record = await delivered(claim, webhookTarget({ url: receiver.url }), depsOn(systemClock));
    const [request] = receiver.requests;
    expect(record).toMatchObject({ eventId, webhookId: claim.webhookId, verdict: { kind: 'delivered' } });
    expect(record.attempt).toMatchObject({
      url: receiver.url,
      status: 200,
      responseBody: 'ok',
      responseTruncated: false,
      code: null,
    });
    expect(JSON.parse(record.attempt.responseHeadersJson)).toMatchObject({ 'x-a': 'b' });
    const { 'x-pendo-signature': signature } = request?.headers ?? {};
    expect(JSON.parse(record.attempt.requestHeadersJson)).toMatchObject({ 'X-Pendo-Signature': signature });
    expect(request?.headers['webhook-id']).toBe(`${eventId}_wh_000000000001`);
    expect(request?.body.toString()).toBe(claim.body);
  });

  it('comes back with a retry, a failure, or the end of the webhook, and the code of each', async () => {
    const receiver = await start([503, 503, 400, 410]);
    const target = webhookTarget({ url: receiver.url, retryDelaysMs: [5000] });
    const clock = systemClock;
    const first = await delivered(claim, target, depsOn(clock));
    expect(first.verdict).toMatchObject({ kind: 'retry', code: 'http_503' });
    expect([first.attempt.status, first.attempt.code]).toEqual([503, 'http_503']);
    const second = await delivered({ ...claim, triesUsed: 1 }, target, depsOn(clock));
    expect(second.verdict).toEqual({ kind: 'failed', code: 'http_503', disableWebhook: null });
    expect((await delivered(claim, target, depsOn(clock))).attempt.code).toBe('http_400');
    const gone = (await delivered(claim, target, depsOn(clock))).verdict;
    expect(gone.kind === 'failed' && gone.disableWebhook).toContain('410');
  });

  it('is a 408 when the deadline is past', async () => {
    const receiver = await start(hang());
    const clock = fakeClock();
    const record = delivered(claim, webhookTarget({ url: receiver.url, timeoutMs: 10_000 }), depsOn(clock));
    await receiver.next();
    clock.advance(10_100);
    const { attempt, verdict } = await record;
    expect(attempt.startedAt).toBe(clock.now() - 10_100);
    expect([attempt.status, attempt.code, verdict.kind]).toEqual([408, 'timeout', 'retry']);
    expect(attempt.timings.totalMs).toBeGreaterThanOrEqual(10_000);
  });

  it('does not call what is forbidden, and says why', async () => {
    const { attempt, verdict } = await delivered(
      claim,
      webhookTarget({ url: 'http://127.0.0.3:8000/' }),
      depsOn(systemClock),
    );
    expect([attempt.status, attempt.code]).toEqual([null, 'blocked_address']);
    expect(verdict).toEqual({ kind: 'failed', code: 'blocked_address', disableWebhook: null });
  });

  it('sends nothing when a secret cannot be read', async () => {
    const receiver = await start(200);
    const { attempt, verdict } = await delivered(
      claim,
      webhookTarget({ url: receiver.url, secretsUnreadable: true, secret: null }),
      depsOn(systemClock),
    );
    expect([attempt.code, verdict.kind]).toEqual(['secret_unreadable', 'failed']);
    expect(receiver.connectionCount).toBe(0);
  });

  it.each([
    ['a signing secret that is none', { signingSecret: 'none' }],
    ['a header that cannot be written', { headers: { 'x-a': 'b\r\nc: d' } }],
  ])('makes a failed attempt of %s', async (_what, change) => {
    const receiver = await start(200);
    const { attempt, verdict } = await delivered(
      claim,
      webhookTarget({ url: receiver.url, ...change }),
      depsOn(systemClock),
    );
    expect([attempt.code, verdict.kind]).toEqual(['internal_error', 'failed']);
    expect(receiver.requests).toHaveLength(0);
    expect(troubles).toHaveLength(1);
  });

  it.each([
    ['nonsense', 'invalid_url'],
    ['ftp://127.0.0.1/', 'blocked_scheme'],
    ['http://user:pw@127.0.0.1/', 'credentials_in_url'],
  ])('makes a failed attempt of the URL %s, which is no bug of ours', async (url, code) => {
    const { attempt, verdict } = await delivered(claim, webhookTarget({ url }), depsOn(systemClock));
    expect([attempt.code, verdict.kind]).toEqual([code, 'failed']);
    expect(troubles).toHaveLength(0);
  });

  it('does not send a body that is gone, and says so', async () => {
    const receiver = await start(200);
    const target = webhookTarget({ url: receiver.url });
    const { verdict } = await delivered({ ...claim, body: '' }, target, depsOn(systemClock));
    expect(verdict).toMatchObject({ kind: 'failed', code: 'body_unreadable' });
    expect(receiver.requests).toEqual([]);
  });

  it('gets any text across', async () => {
    const receiver = await start(200);
    for (const body of [' ', '\ud800', '\0', 'x'.repeat(100_000)]) {
      const { verdict } = await delivered(
        { ...claim, body },
        webhookTarget({ url: receiver.url }),
        depsOn(systemClock),
      );
      expect(verdict.kind).toBe('delivered');
      expect(receiver.requests.at(-1)?.body).toEqual(Buffer.from(body, 'utf8'));
    }
  });
});

describe('testSend', () => {
  it('goes through the same code, and never asks for another try', async () => {
    const receiver = await start([200, 503, 410]);
    const target = webhookTarget({ url: receiver.url });
    const sample = { id: 'test_1', body: '{"event":"ping"}' };
    expect(await testSend(target, sample, depsOn(systemClock))).toMatchObject({ status: 200, code: null });
    expect(await testSend(target, sample, depsOn(systemClock))).toMatchObject({ status: 503, code: 'http_503' });
    expect(await testSend(target, sample, depsOn(systemClock))).toMatchObject({ status: 410, code: 'http_410' });
    expect(receiver.requests[0]?.headers['webhook-id']).toBe('test_1');
    const blocked = await testSend(webhookTarget({ url: 'http://10.0.0.1/' }), sample, depsOn(systemClock));
    expect(blocked).toMatchObject({ status: null, code: 'blocked_address' });
  });
});

async function start(behaviour: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const receiver = await startReceiver(behaviour);
  open.push(receiver);
  return receiver;
}

function delivered(claim: Claim, target: WebhookTarget, deps: DeliverDeps): Promise<AttemptRecord> {
  return new Promise((resolve) => deliver(claim, target, false, deps, resolve));
}

function depsOn(clock: Clock): DeliverDeps {
  const rules = { allow: parseEgressAllow('127.0.0.1'), http: true };
  const sender = createSender({ dialer: createDialer({ rules, dnsServers: null }, { clock }), clock });
  open.push(sender);
  return { sender, clock, dice: () => 0.5, version: '1.2.3', onTrouble: (message) => troubles.push(message) };
}
