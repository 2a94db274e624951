import { expect, test } from 'vitest';
import { OwedDeliveries } from './owed-deliveries.ts';

const one = (eventId: string) => ({ eventId, webhookId: 'wh_1', format: 'pendo' as const, at: 1, claimed: true });
const idsOf = (deliveries: { eventId: string }[]) => deliveries.map(({ eventId }) => eventId);

test('a delivery is taken once, by its first attempt or when it has waited for a round', () => {
  const owed = new OwedDeliveries();
  for (const id of ['a', 'b', 'c']) owed.add(one(id));
  expect(owed.take('b', 'wh_1')).toEqual(one('b'));
  expect(owed.take('b', 'wh_1')).toBeNull();
  expect(owed.takeOld()).toEqual([]);
  owed.add(one('d'));
  expect(owed.firstEventId).toBe('a');
  expect(idsOf(owed.takeOld())).toEqual(['a', 'c']);
  expect(owed.firstEventId).toBe('d');
  expect(idsOf(owed.takeAll())).toEqual(['d']);
  expect([owed.isEmpty, owed.firstEventId]).toEqual([true, null]);
});

test('what a transaction that failed has taken is owed again, and what it has made is not', () => {
  const owed = new OwedDeliveries();
  for (const id of ['a', 'b']) owed.add(one(id));
  owed.committed();
  owed.take('a', 'wh_1');
  owed.add(one('c'));
  owed.takeAll();
  owed.rolledBack();
  expect(owed.firstEventId).toBe('a');
  expect(idsOf(owed.takeAll())).toEqual(['a', 'b']);
});
