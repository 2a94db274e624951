import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { openDoors } from '../../test/support/open-doors.ts';
import { createRateLimit } from './rate-limit.ts';

function limitAt(perSecond: number, namesMax = 100) {
  const time = fakeClock();
  const limit = createRateLimit({ perSecond, namesMax }, time);
  const takeAll = (name: string): number => {
    for (let count = 0; ; count += 1) if (limit.waitSeconds(name) > 0) return count;
  };
  return { time, limit, takeAll };
}

test('allows a burst of twice the rate, and then the rate', () => {
  const { time, takeAll } = limitAt(10);
  expect(takeAll('a')).toBe(20);
  time.advance(500);
  expect(takeAll('a')).toBe(5);
  time.advance(60_000);
  expect(takeAll('a')).toBe(20);
});

test('what one sender uses up is its own', () => {
  const { takeAll } = limitAt(10);
  takeAll('a');
  expect(takeAll('b')).toBe(20);
});

test('says how long to wait', () => {
  const { limit, takeAll } = limitAt(0.5);
  takeAll('a');
  expect(limit.waitSeconds('a')).toBe(2);
});

test('a clock that is set ahead fills nothing, and one that is set back empties nothing', () => {
  const { time, takeAll } = limitAt(10);
  expect(takeAll('a')).toBe(20);
  for (const days of [1, -2, 4400]) {
    time.jump(days * 86_400_000);
    expect(takeAll('a'), `${days} days`).toBe(0);
    time.advance(1000);
    expect(takeAll('a'), `${days} days`).toBe(10);
  }
});

test('keeps no more names than it may', () => {
  const { takeAll } = limitAt(10, 2);
  takeAll('a');
  takeAll('b');
  takeAll('c');
  expect(takeAll('b')).toBe(0);
  expect(takeAll('a')).toBe(20);
});

test('over the limit of its address a request is told when to come back, and the next second lets it in', async () => {
  const doors = await openDoors({ ratePerSecond: 1 });
  const send = () => doors.post('/v1/track', {});
  await send();
  await send();
  const answer = await send();
  expect(answer.status).toBe(429);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.json).toMatchObject({ code: 'rate_limited', error: { code: 'rate_limited' } });
  doors.advance(1000);
  expect((await send()).status).toBe(200);
  await doors.close();
});
