import { expect, test } from 'vitest';
import { clickedElements } from './clicked-element.ts';
import { type Feature, featureFinder } from './feature.ts';

const elements = clickedElements([
  { tag: 'span' },
  { tag: 'button', id: 'buy', classes: ['primary'] },
  { tag: 'main' },
]);

function feature(id: string, rule: string, appId: number | null = 1): Feature {
  return { id, appId, name: id, rule, createdAt: 0, changedAt: 0 };
}

test('the most specific rule that matches has the click, and of equals the oldest', () => {
  const all = [feature('any', '*'), feature('tag', 'button'), feature('twin', 'main'), feature('id', 'form, #buy')];
  expect(featureFinder(all)(1, elements)?.id).toBe('id');
  expect(featureFinder(all.slice(0, 3))(1, elements)?.id).toBe('tag');
  expect(featureFinder(all.toReversed().slice(1))(1, elements)?.id).toBe('twin');
  expect(featureFinder(all.slice(0, 1))(1, elements)?.id).toBe('any');
  // Only the part of a rule that matches counts.
  expect(featureFinder([feature('list', '#sell, *'), feature('tag', 'button')])(1, elements)?.id).toBe('tag');
  expect(featureFinder([feature('other', '.secondary')])(1, elements)).toBeNull();
  expect(featureFinder([])(1, elements)).toBeNull();
  expect(featureFinder(all)(1, [])).toBeNull();
});

test('features of other apps have nothing to say, those of all apps have', () => {
  const find = featureFinder([feature('one', '#buy', 1), feature('all', 'button', null)]);
  expect([1, 2].map((appId) => find(appId, elements)?.id)).toEqual(['one', 'all']);
});
