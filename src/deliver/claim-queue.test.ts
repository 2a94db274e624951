import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { ClaimQueue } from './claim-queue.ts';

it('gives the oldest first, among first attempts and among retries', () => {
  fc.assert(
    fc.property(fc.array(fc.record({ age: fc.nat(999), triesUsed: fc.nat(1) }), { maxLength: 600 }), (entries) => {
      const queue = new ClaimQueue();
      for (const { age, triesUsed } of entries) queue.add(claimOf(age, triesUsed));
      expect(queue.size).toBe(entries.length);
      const taken = queue.takeAll();
      expect(queue.size).toBe(0);
      for (const kind of [0, 1]) {
        const ids = taken.filter(({ triesUsed }) => triesUsed === kind).map(({ eventId }) => eventId);
        expect(ids).toEqual(ids.toSorted());
        expect(ids).toHaveLength(entries.filter(({ triesUsed }) => triesUsed === kind).length);
      }
    }),
  );
});

it('stays in order while claims come and go', () => {
  const queue = new ClaimQueue();
  const taken: string[] = [];
  for (let age = 0; age < 2000; age += 1) {
    queue.add(claimOf(age, 0));
    if (age % 3 !== 0) taken.push(queue.next()?.eventId ?? '');
  }
  taken.push(...queue.takeAll().map(({ eventId }) => eventId));
  expect(taken).toEqual(Array.from({ length: 2000 }, (_, age) => claimOf(age, 0).eventId));
});

it('gives retries at least one turn in eight, and all turns that nobody else wants', () => {
  const queue = new ClaimQueue();
  for (let age = 0; age < 100; age += 1) {
    queue.add(claimOf(age, 0));
    queue.add(claimOf(age, 1));
  }
  const kinds = queue.takeAll().map(({ triesUsed }) => triesUsed);
  for (let turn = 0; turn + 8 <= 112; turn += 1) expect(kinds.slice(turn, turn + 8)).toContain(1);
  expect(kinds.slice(0, 112).filter((kind) => kind === 0).length).toBeGreaterThan(90);
  expect(kinds.slice(-50).every((kind) => kind === 1)).toBe(true);
});

it('gives retries and replays half of their turns each, and never more than one turn in eight before a first attempt', () => {
  const queue = new ClaimQueue();
  for (let age = 0; age < 160; age += 1) {
    queue.add(claimOf(age + 1000, 0));
    queue.add(claimOf(age, 1));
    queue.add({ ...claimOf(age, 0), replayed: true });
  }
  const kinds = queue
    .takeAll()
    .map(({ triesUsed, replayed }) => (replayed ? 'replay' : triesUsed > 0 ? 'retry' : 'first'));
  const withFirst = kinds.slice(0, kinds.lastIndexOf('first') + 1);
  expect(withFirst.filter((kind) => kind === 'first')).toHaveLength(160);
  for (let turn = 0; turn + 8 <= withFirst.length; turn += 1)
    expect(withFirst.slice(turn, turn + 8).filter((kind) => kind !== 'first').length).toBeLessThanOrEqual(1);
  for (let turn = 0; turn + 16 <= withFirst.length; turn += 1)
    expect(withFirst.slice(turn, turn + 16)).toEqual(expect.arrayContaining(['replay', 'retry']));
  expect(kinds).toHaveLength(480);
});

it('is empty when nothing was added', () => expect(new ClaimQueue().next()).toBeUndefined());

function claimOf(age: number, triesUsed: number): Parameters<ClaimQueue['add']>[0] {
  return { eventId: String(age).padStart(40, '0'), webhookId: 'wh_000000000001', triesUsed, body: '{}' };
}

it('gives a probe the oldest of those with the fewest tries', () => {
  const queue = new ClaimQueue();
  for (const [age, triesUsed] of [
    [1, 3],
    [2, 1],
    [3, 1],
    [4, 2],
    [9, 0],
  ] as const)
    queue.add(claimOf(age, triesUsed));
  queue.add({ ...claimOf(0, 0), replayed: true });
  const ages = Array.from({ length: 7 }, () => queue.takeLeastTried()?.eventId).map((id) => id && Number(id));
  expect(ages).toEqual([9, 0, 2, 3, 4, 1, undefined]);
});
