import { expect, test } from 'vitest';
import { continueEventIds, eventIdFloor, newEventId, newWebhookId } from './id.ts';

const now = Date.UTC(2040, 0, 1);

test('event ids are 40 lower-case hex characters, no two alike, and sort by the time they were made', () => {
  // More than the counter holds in a millisecond, and a clock that goes back in between.
  const ids = Array.from({ length: 70_000 }, (_, index) => newEventId(index % 1000 === 0 ? now - 5000 : now));
  expect(ids.every((id) => /^[0-9a-f]{40}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.toSorted()).toEqual(ids);
});

test('they go on after the newest that is stored, even if the clock was set back since', () => {
  const stored = newEventId(now + 3_600_000);
  continueEventIds(stored);
  continueEventIds(eventIdFloor(now));
  expect(newEventId(now) > stored).toBe(true);
});

test('a moment is a floor under all ids made then or later', () => {
  const at = now + 7_200_000;
  const floor = eventIdFloor(at);
  expect(newEventId(at) >= floor).toBe(true);
  expect(eventIdFloor(at - 1) < floor).toBe(true);
});

test('webhook ids can be told from everything else', () => {
  expect(newWebhookId()).toMatch(/^wh_[0-9a-z]{12}$/);
});
