import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { trackInput } from '../../test/support/event-input.ts';
import { type FakeClock, fakeClock } from '../../test/support/fake-clock.ts';
import { webhookSettings } from '../../test/support/webhook-settings.ts';
import type { AttemptReport, Claim } from '../core/delivery.ts';
import { openSqlite, type Sqlite } from '../store/sqlite.ts';
import { ClockWatch, moveRetries } from './clock-watch.ts';
import type { Ledger } from './ledger.ts';
import { openLedger } from './open.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const to2038Ms = Date.UTC(2038, 0, 20) - Date.UTC(2026, 0, 5);
const secretKey = randomBytes(32);

let folder: string;
let clock: FakeClock;
let ledger: Ledger;
let sqlite: Sqlite;
let claims: Claim[];
let troubles: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bellwire-clock-'));
  clock = fakeClock();
  await open();
  const { id } = await ledger.createWebhook(webhookSettings({ events: ['trackEventReceived'] }));
  await ledger.enableWebhook(id, 'send');
});

afterEach(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

// These before the others: ids never go back, so after a jump to 2038 no event of this process is old for long.
test('a machine that sleeps every night clears away all the same, some days later', async () => {
  await ledger.changeSettings({ retentionDays: 1 });
  for (let day = 0; day < 20; day += 1) {
    for (let hour = 0; hour < 10; hour += 1) await pass(hourMs);
    await ledger.accept([trackInput('ada', { receivedAt: clock.now(), messageId: `m${day}` })], []);
    clock.jump(14 * hourMs);
    await settled();
  }
  await pass(hourMs);
  expect(count('select count(*) as n from events')).toBeLessThan(12);
  expect(count('select count(*) as n from messages')).toBeLessThan(6);
});

test('what a clock makes look old is not cleared away for a day, also by a new start, and expires in sight', async () => {
  await oneClaim();
  const eventCount = count('select count(*) as n from events');
  clock.jump(to2038Ms);
  for (let hour = 0; hour < 23; hour += 1) await pass(hourMs);
  expect(troubles).toContain('The clock was set.');
  await close();
  await open();
  expect(count('select count(*) as n from deliveries where last_code = ?', 'expired')).toBe(0);
  await pass(2 * hourMs);
  expect(count('select count(*) as n from deliveries where last_code = ?', 'expired')).toBe(1);
  for (let hour = 0; hour < 22; hour += 1) await pass(hourMs);
  expect(count('select count(*) as n from events')).toBe(eventCount);
  await pass(2 * hourMs);
  expect(count('select count(*) as n from events')).toBe(0);
});

test('nor by a start after an event that came by the wrong clock', async () => {
  await ledger.accept([trackInput('ada', { receivedAt: clock.now(), messageId: 'm1' })], []);
  await settled();
  const eventCount = count('select count(*) as n from events');
  clock.jump(60 * dayMs);
  await settled();
  await ledger.accept([trackInput('ada', { receivedAt: clock.now() })], []);
  await close();
  await open();
  for (let minute = 0; minute < 5; minute += 1) await pass(60_000);
  expect(count('select count(*) as n from events')).toBe(eventCount + 1);
  expect(count('select count(*) as n from messages')).toBe(1);
  // Somebody has noticed.
  clock.jump(-60 * dayMs);
  await settled();
  for (let hour = 0; hour < 72; hour += 1) await pass(hourMs);
  expect(count('select count(*) as n from events')).toBe(eventCount + 1);
  expect(count('select count(*) as n from messages')).toBe(0);
});

test.each([-hourMs, -dayMs])('a retry is as far away as it was when the clock is set by %i ms', async (byMs) => {
  const claim = await retryIn(5000);
  clock.jump(byMs);
  await settled();
  await pass(4999);
  expect(claims).toEqual([]);
  await pass(1);
  expect(claims).toEqual([{ ...claim, triesUsed: 1 }]);
  await goesOn(claim);
});

test.each([hourMs, dayMs, to2038Ms])('a retry comes once when the clock is set ahead by %i ms', async (byMs) => {
  const claim = await retryIn(5000);
  clock.jump(byMs);
  // A minute is the longest that the loop sleeps.
  await pass(60_000);
  expect(claims).toEqual([{ ...claim, triesUsed: 1 }]);
  await goesOn(claim);
});

test('ahead and back again leaves nothing waiting for the time between', async () => {
  clock.jump(to2038Ms);
  const claim = await retryIn(5000);
  clock.jump(-to2038Ms);
  await settled();
  await pass(5000);
  expect(claims).toEqual([{ ...claim, triesUsed: 1 }]);
});

test('a report that was under way when the clock was set back does not wait for it', async () => {
  const claim = await oneClaim();
  const reported = ledger.record([retry(claim, 5000)]);
  clock.jump(-dayMs);
  await settled();
  await reported;
  await pass(5000);
  expect(claims).toEqual([{ ...claim, triesUsed: 1 }]);
});

test('a clock that was set back while no server ran does not keep a retry waiting', async () => {
  const claim = await retryIn(5000);
  await close();
  clock.jump(-dayMs);
  await open();
  await pass(60_000);
  expect(claims).toEqual([{ ...claim, triesUsed: 1 }]);
});

test('events are taken at every time of the clock, and their moments are the ones that it shows', async () => {
  for (const byMs of [dayMs, -2 * dayMs, hourMs, to2038Ms]) {
    clock.jump(byMs);
    await ledger.accept([trackInput('ada', { receivedAt: clock.now() })], []);
    expect(count('select received_at as n from events order by id desc limit 1')).toBe(clock.now());
  }
});

describe('ClockWatch', () => {
  it('sees each jump once, and no drift', () => {
    const jumps = fc.array(fc.oneof(fc.integer({ min: -20_000, max: 20_000 }), fc.integer()), { maxLength: 50 });
    fc.assert(
      fc.property(jumps, fc.array(fc.nat(100_000), { minLength: 50, maxLength: 50 }), (byMs, passMs) => {
        const fake = fakeClock();
        const watch = new ClockWatch(fake);
        let unseenMs = 0;
        for (const [index, by] of byMs.entries()) {
          fake.advance(passMs[index] ?? 0);
          fake.jump(by);
          unseenMs += by;
          const seenMs = watch.look();
          expect(seenMs).toBe(Math.abs(unseenMs) > 30_000 ? unseenMs : 0);
          unseenMs -= seenMs;
          expect(watch.look()).toBe(0);
        }
      }),
    );
  });

  it('moves the retries that were said before a jump, and leaves those that were said after it', () => {
    const now = 1_000_000_000;
    const reports = [now + 5000, now + hourMs + 5000].map((dueAt) => ({
      verdict: { kind: 'retry' as const, dueAt, code: 'http_503' },
    }));
    expect(moveRetries(reports, -hourMs, now).map(({ verdict }) => verdict)).toEqual([
      { kind: 'retry', dueAt: now + 5000, code: 'http_503' },
      { kind: 'retry', dueAt: now + 5000, code: 'http_503' },
    ]);
  });
});

/** Its next retry goes by the clock as it is, and meanwhile nothing comes. */
async function goesOn(claim: Claim): Promise<void> {
  for (let minute = 0; minute < 10; minute += 1) await pass(60_000);
  expect(claims.splice(0)).toHaveLength(1);
  await settledWith(ledger.record([retry(claim, 5000)]));
  await pass(5000);
  expect(claims).toEqual([{ ...claim, triesUsed: 2 }]);
}

async function open(): Promise<void> {
  claims = [];
  troubles = [];
  const path = join(folder, 'bellwire.db');
  const opened = await openLedger(
    { database: { kind: 'sqlite', path }, secretKey, fixedKeys: {}, segmentApiUrl: null },
    {
      clock,
      listener: {
        onClaims: (handed) => claims.push(...handed),
        onClaimsLost: () => {},
        onDirectory: () => {},
        onTrouble: (message) => troubles.push(message),
      },
    },
  );
  ledger = opened.ledger;
  sqlite = openSqlite(path, { readOnly: true });
}

async function close(): Promise<void> {
  sqlite.close();
  await ledger.close();
}

async function oneClaim(): Promise<Claim> {
  await ledger.accept([trackInput('ada', { receivedAt: clock.now() })], []);
  await settled();
  const [claim] = claims.splice(0);
  if (claim === undefined) throw new Error('a delivery should have been claimed');
  return claim;
}

async function retryIn(ms: number): Promise<Claim> {
  const claim = await oneClaim();
  await settledWith(ledger.record([retry(claim, ms)]));
  expect(claims).toEqual([]);
  return claim;
}

function retry({ eventId, webhookId }: Claim, inMs: number): AttemptReport {
  const verdict = { kind: 'retry' as const, dueAt: clock.now() + inMs, code: 'http_503' };
  return { eventId, webhookId, status: 503, totalMs: 1, attempt: '{}', verdict };
}

/** A command goes through the loop after all that was due before it. */
async function settled(): Promise<void> {
  await ledger.changeSettings({});
  await ledger.changeSettings({});
}

async function settledWith(work: Promise<void>): Promise<void> {
  await settled();
  await work;
}

async function pass(ms: number): Promise<void> {
  clock.advance(ms);
  await settled();
}

function count(text: string, ...values: string[]): number {
  return Number(sqlite.raw.prepare(text).get(...values)?.['n']);
}
