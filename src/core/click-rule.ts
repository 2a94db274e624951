/**
 * The rule by which a click is one on a feature: a CSS selector, matched against what the agent tells of a click, which is the
 * element and a few around it. The click is a match when the clicked element is one, or one around it, as clicks on the
 * words in a button are clicks on the button. What cannot be known of a click (siblings, states, what is inside of an
 * element) is refused when the rule is made, and never silently matches nothing.
 */
import { AttributeAction, type AttributeSelector, parse, type Selector, SelectorType, stringify } from 'css-what';
import { attributeOf, type ClickedElement, isTold, toldAttributesText } from './clicked-element.ts';
import { limits } from './limits.ts';

/** One of the selectors between the commas of a rule. */
export interface ClickRule {
  /** As CSS counts: ids before classes, attributes and pseudo-classes before tags. */
  specificity: number;
  matches: (elements: readonly ClickedElement[]) => boolean;
}

export type CompiledRule = { ok: true; rules: ClickRule[] } | { ok: false; message: string };

/** Once for each rule; what is wrong with one is told in a sentence that names the part. */
export function compileClickRule(rule: string): CompiledRule {
  if (rule.length > limits.featureRuleCharsMax) {
    return {
      ok: false,
      message: `A rule can have ${limits.featureRuleCharsMax} characters; this one has ${rule.length}.`,
    };
  }
  try {
    const selectors = parsed(rule);
    if (selectors.length > limits.featureRuleSelectorsMax) {
      throw new Unmatchable(`A rule can have ${limits.featureRuleSelectorsMax} selectors, with commas between them.`);
    }
    return { ok: true, rules: selectors.map((selector) => compileSelector(selector)) };
  } catch (error) {
    if (error instanceof Unmatchable) return { ok: false, message: error.message };
    throw error;
  }
}

class Unmatchable extends Error {}

function parsed(rule: string): Selector[][] {
  let selectors: Selector[][] = [];
  try {
    selectors = parse(rule);
  } catch (error) {
    throw new Unmatchable(`"${rule}" is no CSS selector: ${error instanceof Error ? error.message : String(error)}.`);
  }
  if (selectors.length === 0) throw new Unmatchable('A rule cannot be empty: "*" matches every click.');
  return selectors;
}

type Test = (element: ClickedElement) => boolean;

/** What one element must be, and where the one of the step before it, which is further inside, must stand below it. */
interface Step {
  tests: Test[];
  isParent: boolean;
}

function compileSelector(selector: readonly Selector[]): ClickRule {
  const steps: Step[] = [{ tests: [], isParent: false }];
  let specificity = 0;
  // From its end, which is the element itself, to those around it.
  for (const token of selector.toReversed()) {
    const step = steps.at(-1);
    if (token.type === SelectorType.Descendant || token.type === SelectorType.Child) {
      steps.push({ tests: [], isParent: token.type === SelectorType.Child });
      continue;
    }
    const { test, weight } = compileToken(token);
    step?.tests.push(test);
    specificity += weight;
  }
  if (steps.some(({ tests }) => tests.length === 0)) {
    throw new Unmatchable(
      `"${stringify([[...selector]])}" begins or ends with what should stand between two elements.`,
    );
  }
  if (steps.length > limits.clickElementsMax) {
    const message = `A click tells of ${limits.clickElementsMax} elements; "${stringify([[...selector]])}" asks for more.`;
    throw new Unmatchable(message);
  }
  return { specificity, matches: (elements) => matchesSteps(steps, elements) };
}

/**
 * Walks the steps once, with a bit for each element where the step can be, so that no rule and no page can make it slow; trying
 * one place after the other could be.
 */
function matchesSteps(steps: readonly Step[], elements: readonly ClickedElement[]): boolean {
  let reachable = -1;
  for (const { tests, isParent } of steps) {
    if (reachable !== -1) {
      const inner = reachable & -reachable;
      reachable = isParent ? reachable << 1 : ~((inner << 1) - 1);
    }
    let found = 0;
    for (let at = 0; at < elements.length; at += 1) {
      const element = elements[at];
      if ((reachable & (1 << at)) === 0 || element === undefined) continue;
      if (isAll(tests, element)) found |= 1 << at;
    }
    if (found === 0) return false;
    reachable = found;
  }
  return true;
}

function isAll(tests: readonly Test[], element: ClickedElement): boolean {
  for (const test of tests) if (!test(element)) return false;
  return true;
}

/** Ids, then classes and their like, then tags, each far below the next. */
const weights = { id: 2 ** 20, like: 2 ** 10, tag: 1 };

function compileToken(token: Selector): { test: Test; weight: number } {
  if ('namespace' in token && token.namespace !== null) {
    throw new Unmatchable(`"${textOf(token)}" has a namespace, which clicks do not tell.`);
  }
  switch (token.type) {
    case SelectorType.Universal:
      return { test: () => true, weight: 0 };
    case SelectorType.Tag: {
      const tag = token.name.toLowerCase();
      return { test: (element) => element.tag === tag, weight: weights.tag };
    }
    case SelectorType.Attribute:
      return compileAttribute(token);
    case SelectorType.Pseudo:
      return compilePseudo(token);
    case SelectorType.PseudoElement:
    case SelectorType.Adjacent:
    case SelectorType.Sibling:
    case SelectorType.Child:
    case SelectorType.Descendant:
    case SelectorType.Parent:
    case SelectorType.ColumnCombinator:
    default:
      throw new Unmatchable(
        `"${textOf(token)}" cannot be known of a click. Elements can stand inside of each other, by a space or ">".`,
      );
  }
}

function compileAttribute(token: AttributeSelector): { test: Test; weight: number } {
  const name = token.name.toLowerCase();
  if (!isTold(name)) {
    throw new Unmatchable(
      `"${textOf(token)}" asks for ${name}, which clicks do not tell: they tell ${toldAttributesText}.`,
    );
  }
  // What most rules ask for, and so the short way.
  if (name === 'class' && token.action === AttributeAction.Element && token.ignoreCase !== true) {
    return { test: ({ classes }) => classes.includes(token.value), weight: weights.like };
  }
  const fold = (text: string) => (token.ignoreCase === true ? text.toLowerCase() : text);
  const compare = comparison(token, fold(token.value));
  const isId = name === 'id' && token.action === AttributeAction.Equals;
  return {
    test: (element) => {
      const value = attributeOf(element, name);
      return value !== null && compare(fold(value));
    },
    weight: isId ? weights.id : weights.like,
  };
}

function comparison(token: AttributeSelector, wanted: string): (value: string) => boolean {
  switch (token.action) {
    case AttributeAction.Exists:
      return () => true;
    case AttributeAction.Equals:
      return (value) => value === wanted;
    case AttributeAction.Hyphen:
      return (value) => value === wanted || value.startsWith(`${wanted}-`);
    // As in CSS, nothing contains an empty text.
    case AttributeAction.Start:
      return (value) => wanted !== '' && value.startsWith(wanted);
    case AttributeAction.End:
      return (value) => wanted !== '' && value.endsWith(wanted);
    case AttributeAction.Any:
      return (value) => wanted !== '' && value.includes(wanted);
    case AttributeAction.Element:
      return (value) => wanted !== '' && value.split(/\s+/).includes(wanted);
    case AttributeAction.Not:
    default:
      throw new Unmatchable(`"${textOf(token)}" is not in CSS: write ":not([…])".`);
  }
}

function compilePseudo(token: Extract<Selector, { type: SelectorType.Pseudo }>): { test: Test; weight: number } {
  const { name, data } = token;
  if (name === 'first-child') return { test: ({ index }) => index === 0, weight: weights.like };
  if (name === 'nth-child') {
    const [step, offset] = readNth(token);
    const test = ({ index }: ClickedElement) => index >= 0 && isNth(index + 1, step, offset);
    return { test, weight: weights.like };
  }
  if ((name === 'not' || name === 'is' || name === 'where') && Array.isArray(data) && data.length > 0) {
    const choices = data.map((tokens) => tokens.map((inner) => compileToken(inner)));
    if (choices.some((choice) => choice.length === 0)) throw new Unmatchable(`"${textOf(token)}" is empty.`);
    const isOne: Test = (element) => choices.some((choice) => choice.every(({ test }) => test(element)));
    const weight = Math.max(...choices.map((choice) => choice.reduce((sum, inner) => sum + inner.weight, 0)));
    return { test: name === 'not' ? (element) => !isOne(element) : isOne, weight: name === 'where' ? 0 : weight };
  }
  throw new Unmatchable(
    `"${textOf(token)}" cannot be known of a click: of pseudo-classes there are :first-child, :nth-child(), :not(), :is() and :where().`,
  );
}

/** `An+B`, `odd`, `even` or a number: the step and the offset. */
function readNth(token: Extract<Selector, { type: SelectorType.Pseudo }>): [number, number] {
  const text = typeof token.data === 'string' ? token.data.replaceAll(/\s+/g, '').toLowerCase() : '';
  if (text === 'odd') return [2, 1];
  if (text === 'even') return [2, 0];
  const [, step, offset = '0'] = /^([+-]?\d{0,6})n([+-]\d{1,6})?$/.exec(text) ?? [];
  if (step !== undefined) return [/\d/.test(step) ? Number(step) : Number(`${step}1`), Number(offset)];
  if (/^[+-]?\d{1,6}$/.test(text)) return [0, Number(text)];
  throw new Unmatchable(`"${textOf(token)}" must have odd, even, a number or a sum such as 2n+1.`);
}

function isNth(place: number, step: number, offset: number): boolean {
  if (step === 0) return place === offset;
  const times = (place - offset) / step;
  return times >= 0 && Number.isInteger(times);
}

function textOf(token: Selector): string {
  return stringify([[token]]).trim();
}
