import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileClickRule } from './click-rule.ts';
import { type ClickedElement, clickedElements } from './clicked-element.ts';
import { limits } from './limits.ts';

/** A click on the icon in a button: from the icon outwards. */
const icon = clickedElements([
  { tag: 'svg', classes: ['icon'], index: 1 },
  {
    tag: 'button',
    id: 'buy',
    classes: ['primary', 'big'],
    index: 2,
    attributes: { name: 'buy', 'data-price': '3 EUR' },
  },
  { tag: 'li', index: 0 },
  { tag: 'ul', classes: ['lamps'] },
  { tag: 'a', attributes: { href: '/pricing/team', 'aria-label': 'Prices' } },
  { tag: 'main' },
]);

function matches(rule: string, elements: readonly ClickedElement[] = icon): boolean {
  const compiled = compileClickRule(rule);
  if (!compiled.ok) throw new Error(compiled.message);
  return compiled.rules.some((one) => one.matches(elements));
}

test.each([
  ['*', true],
  ['button', true],
  ['BUTTON', true],
  ['#buy', true],
  ['button#buy.big.primary', true],
  ['.small', false],
  ['li button', true],
  ['main svg', true],
  ['ul > li > button', true],
  ['ul > button', false],
  ['main > li button', false],
  ['a ul > li svg', true],
  ['svg button', false],
  ['form, .lamps', true],
  ['[name]', true],
  ['[name=buy]', true],
  ['[name=BUY]', false],
  ['[name=BUY i]', true],
  ['[name=sell]', false],
  ['[data-price$="EUR"]', true],
  ['[data-price~="3"]', true],
  ['[data-price^=""]', false],
  ['[data-price*="4"]', false],
  ['[href|="/pricing/team"]', true],
  ['a[href^="/pricing"] button', true],
  ['[class~=big]', true],
  ['[class="primary big"]', true],
  ['[id^=bu]', true],
  ['li:first-child', true],
  ['button:first-child', false],
  ['button:nth-child(3)', true],
  ['button:nth-child(odd)', true],
  ['button:nth-child(even)', false],
  ['button:nth-child(2n + 1)', true],
  ['button:nth-child(-n+2)', false],
  ['button:nth-child(-n+3)', true],
  ['button:nth-child(n+4)', false],
  // Its place is not told.
  ['ul:nth-child(n)', false],
  ['button:not(.small)', true],
  ['button:not(.small, .big)', false],
  [':is(a, button):where([name])', true],
  ['#\\62 uy', true],
  ['[title=toString]', false],
])('%s: %s', (rule, expected) => {
  expect(matches(rule)).toBe(expected);
});

test.each([
  ['', 'cannot be empty'],
  ['a,', 'is no CSS selector'],
  ['[', 'is no CSS selector'],
  ['a + b', '"+" cannot be known of a click'],
  ['a ~ b', '"~" cannot be known of a click'],
  ['a:hover', '":hover" cannot be known of a click'],
  ['a:has(b)', '":has(b)" cannot be known of a click'],
  ['a:not(b c)', 'cannot be known of a click'],
  ['a::before', '"::before" cannot be known of a click'],
  ['svg|a', 'has a namespace'],
  ['[value=3]', 'asks for value, which clicks do not tell'],
  ['[data-v-1]', 'asks for data-v-1'],
  ['[name!=x]', 'is not in CSS'],
  ['> a', 'begins or ends'],
  ['a >', 'begins or ends'],
  ['a:nth-child', 'must have odd, even'],
  ['a:nth-child(2 of .x)', 'must have odd, even'],
  ['a a a a a a a a a', 'tells of 8 elements'],
  [Array.from({ length: 11 }, () => 'a').join(), 'can have 10 selectors'],
  ['x'.repeat(limits.featureRuleCharsMax + 1), 'can have 500 characters; this one has 501'],
])('refused: %s', (rule, message) => {
  expect(compileClickRule(rule)).toEqual({ ok: false, message: expect.stringContaining(message) });
});

function weight(rule: string): number | null {
  const compiled = compileClickRule(rule);
  return compiled.ok ? (compiled.rules[0]?.specificity ?? null) : null;
}

test('ids outweigh classes, and those tags, however many there are', () => {
  const ordered = ['*', ':where(#a)', 'a', 'a b c d e f g h', '.a', ':is(b, .a)', 'b.a', '.a.b', '#a', '#a:not(b)'];
  const found = ordered.map((rule) => weight(rule) ?? -1);
  expect(found).toEqual(found.toSorted((a, b) => a - b));
  expect(weight(':where(#a)')).toBe(0);
  expect(weight('[id=a]')).toBe(weight('#a'));
});

/** Small worlds, so that rules and chains meet. */
const tag = fc.constantFrom('a', 'b', 'c');
const chain = fc.array(fc.record({ tag, classes: fc.subarray(['x', 'y']), index: fc.integer({ min: 0, max: 3 }) }), {
  minLength: 1,
  maxLength: limits.clickElementsMax,
});
const compound = fc.constantFrom('a', 'b', '*', '.x', 'a.y', ':nth-child(2n)', ':not(.x)');
const combined = fc.tuple(compound, fc.array(fc.tuple(fc.constantFrom(' ', ' > '), compound), { maxLength: 5 }));

test('one walk finds what trying all places finds', () => {
  fc.assert(
    fc.property(chain, combined, (told, [first, rest]) => {
      const elements = clickedElements(told);
      const parts = [first, ...rest.map(([, part]) => part)].toReversed();
      const between = rest.map(([combinator]) => combinator.trim()).toReversed();
      const tries = (part: number, at: number): boolean => {
        const element = elements[at];
        const wanted = parts[part];
        if (wanted === undefined) return true;
        if (element === undefined || !matches(wanted, [element])) return false;
        if (part === parts.length - 1) return true;
        if (between[part] === '>') return tries(part + 1, at + 1);
        return elements.some((_, outer) => outer > at && tries(part + 1, outer));
      };
      const rule = first + rest.map(([combinator, part]) => combinator + part).join('');
      expect(matches(rule, elements)).toBe(elements.some((_, at) => tries(0, at)));
    }),
  );
});

test('whatever a rule is and whatever a page tells, there is an answer', () => {
  const anyRule = fc.oneof(
    fc.string(),
    fc
      .array(fc.constantFrom('a', '#b', '.c', '*', ' ', '>', '+', ',', '[', ']', ':not(', ')', ':nth-child(', '=', '"'))
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anyRule, fc.anything(), (rule, told) => {
      const compiled = compileClickRule(rule);
      const elements = clickedElements(told);
      const answers = compiled.ok
        ? compiled.rules.map((one) => typeof one.matches(elements))
        : [typeof compiled.message];
      expect(['boolean', 'string']).toEqual(expect.arrayContaining(answers));
      expect(answers.length).toBeGreaterThan(0);
    }),
  );
});

test('no rule looks at an element more often than it has steps, whatever there is to try', () => {
  let looks = 0;
  const element = (): ClickedElement => ({
    get tag() {
      looks += 1;
      return 'i';
    },
    id: '',
    classes: [],
    index: 0,
    attributes: {},
  });
  const elements = Array.from({ length: limits.clickElementsMax }, element);
  for (const rule of ['b i i i i i i i', 'b i i i i', 'i > b i i > i i']) {
    looks = 0;
    expect(matches(rule, elements)).toBe(false);
    expect(looks).toBeGreaterThan(limits.clickElementsMax);
    expect(looks).toBeLessThanOrEqual(rule.replaceAll(/[ >]+/g, '').length * limits.clickElementsMax);
  }
});

test('of a click no more is looked at than the agent tells', () => {
  const told = clickedElements(
    Array.from({ length: 20 }, () => ({ tag: 'i', classes: Array.from({ length: 20 }, String) })),
  );
  expect(told).toHaveLength(limits.clickElementsMax);
  expect(told[0]?.classes).toHaveLength(limits.clickElementClassesMax);
});
