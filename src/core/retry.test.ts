import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome, Verdict } from './delivery.ts';
import { decide, retryAfterMs } from './retry.ts';

const now = Date.parse('2026-03-01T12:00:00Z');
const delays = [5000, 30_000, 120_000];
const hourMs = 3_600_000;

describe('decide', () => {
  it('finishes on any 2xx', () => {
    for (const status of [200, 201, 204, 299]) expect(judged(answer(status))).toEqual({ kind: 'delivered' });
  });

  it('retries 429, every 5xx, a timeout, and no answer', () => {
    expect(judged(answer(429))).toMatchObject({ kind: 'retry', code: 'http_429' });
    for (let status = 500; status < 600; status += 1) {
      expect(judged(answer(status))).toMatchObject({ kind: 'retry', code: `http_${status}` });
    }
    expect(judged({ kind: 'timeout' })).toMatchObject({ kind: 'retry', code: 'timeout' });
    expect(judged({ kind: 'unreachable', code: 'dns_error' })).toMatchObject({ kind: 'retry', code: 'dns_error' });
  });

  it('takes every other answer for final', () => {
    for (const status of [300, 301, 302, 304, 307, 308]) {
      expect(judged(answer(status))).toEqual({ kind: 'failed', code: 'redirect_not_followed', disableWebhook: null });
    }
    for (const status of [400, 401, 404, 408, 422, 499, 600, 999]) {
      expect(judged(answer(status))).toEqual({ kind: 'failed', code: `http_${status}`, disableWebhook: null });
    }
  });

  it('switches the webhook off on 410', () => {
    const verdict = judged(answer(410));
    expect(verdict).toMatchObject({ kind: 'failed', code: 'http_410' });
    expect(verdict.kind === 'failed' && verdict.disableWebhook).toContain('410');
  });

  it('does not retry what may not be dialled', () => {
    const outcome: Outcome = { kind: 'forbidden', code: 'blocked_address', message: 'No.' };
    expect(judged(outcome)).toEqual({ kind: 'failed', code: 'blocked_address', disableWebhook: null });
  });

  it('waits for the n-th delay after the n-th failure, give or take a fifth, and then gives up', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (triesUsed, roll) => {
        const wait = waitOf(judged(answer(503), { triesUsed, roll }));
        const delay = delays[triesUsed] ?? 0;
        expect(wait).toBeGreaterThanOrEqual(delay * 0.8);
        expect(wait).toBeLessThanOrEqual(Math.ceil(delay * 1.2));
      }),
    );
    for (const triesUsed of [3, 4, 100]) {
      const gaveUp = { kind: 'failed', code: 'http_503', disableWebhook: null };
      expect(judged(answer(503), { triesUsed })).toEqual(gaveUp);
    }
    expect(waitOf(judged(answer(503), { roll: 0 }))).toBe(4000);
    expect(waitOf(judged(answer(503), { roll: 0.5 }))).toBe(5000);
  });

  it('is never sooner than Retry-After says, up to an hour', () => {
    fc.assert(
      fc.property(fc.nat(20_000), fc.double({ min: 0, max: 0.999, noNaN: true }), (seconds, roll) => {
        const wait = waitOf(judged(answer(429, String(seconds)), { roll }));
        expect(wait).toBeGreaterThanOrEqual(Math.min(seconds * 1000, hourMs));
        expect(wait).toBeLessThanOrEqual(Math.max(6000, hourMs));
      }),
    );
  });

  it.each([
    ['today’s form', 'Sun, 22 Nov 2026 12:01:00 GMT', 60_000],
    ['that of RFC 850', 'Sunday, 22-Nov-26 12:01:00 GMT', 60_000],
    ['that of asctime', 'Sun Nov 22 12:01:00 2026', 60_000],
    ['that of asctime with one digit', 'Wed Dec  2 12:00:00 2026', 864_000_000],
    ['seconds twice', '60, 90', 90_000],
    ['no date', 'Sun 22', null],
    ['seconds and no date', '60, soon', null],
  ])('Retry-After is understood in %s', (_, value, ms) => {
    expect(retryAfterMs(value, Date.UTC(2026, 10, 22, 12))).toBe(ms);
  });
  it('waits its own delay when Retry-After is shorter', () => {
    expect(waitOf(judged(answer(503, '1')))).toBe(5000);
  });

  it('reads an HTTP date', () => {
    expect(waitOf(judged(answer(503, 'Sun, 01 Mar 2026 12:05:00 GMT')))).toBe(300_000);
    expect(waitOf(judged(answer(503, 'Sun, 01 Mar 2026 11:00:00 GMT')))).toBe(5000);
    expect(waitOf(judged(answer(503, 'Sun, 01 Mar 2099 11:00:00 GMT')))).toBe(hourMs);
  });

  it.each([
    '-5',
    '1.5',
    'soon',
    '',
    '  ',
    '5 apples',
    'Sun, 99 Foo 2026 12:00:00 GMT',
    '2026-03-01T13:00:00Z',
    '1e9',
    '0',
  ])('takes "%s" for nothing', (text) => expect(waitOf(judged(answer(503, text)))).toBe(5000));

  it('is capped, however large the number', () => {
    expect(waitOf(judged(answer(503, '9'.repeat(400))))).toBe(hourMs);
  });
});

function judged(outcome: Outcome, { triesUsed = 0, roll = 0.5 } = {}): Verdict {
  return decide(outcome, { triesUsed, retryDelaysMs: delays, now, dice: () => roll });
}

function answer(status: number, retryAfter: string | null = null): Outcome {
  return { kind: 'response', status, headers: {}, retryAfter };
}

function waitOf(verdict: Verdict): number {
  if (verdict.kind !== 'retry') throw new Error(`Expected a retry, got ${verdict.kind}.`);
  return verdict.dueAt - now;
}
