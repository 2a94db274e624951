/**
 * What is told of an element that was clicked: itself and those around it, each by its tag, id, classes, place among its
 * siblings and a few attributes; and the words on it, where they are a button's or a link's. Nobody's input is ever read.
 */
import { cut } from './browser.ts';

export interface ElementFacts {
  tag: string;
  id?: string;
  classes?: string[];
  /** Its place among the children of its parent, from 0. */
  index?: number;
  attributes?: Record<string, string>;
  text?: string;
}

const elementsMax = 8;
const classesMax = 8;
const attributesMax = 8;
const charsMax = 128;
const textCharsMax = 64;
/** Of a list with thousands of rows nobody wants the exact one at this price. */
const siblingsMax = 200;

/** Whatever is inside one of these is not told at all. */
export const ignored = '[data-bellwire-ignore],[data-pendo-ignore],.pendo-ignore,.pendo-sr-ignore';
const silent = 'input,textarea,select,option,[contenteditable],[data-bellwire-no-text]';
/** What is there to be clicked. */
export const clickable =
  'a,button,summary,label,[role=button],[role=link],[role=tab],[role=menuitem],[role=switch],[role=option],[role=checkbox],[onclick]';
/** Values are never told, nor what only describes the look. */
const toldAttributes = /^(role|name|type|title|alt|for|aria-label|data-(?!reactid|v-)[\w-]+)$/;
/** An address of a person, or a row of digits long enough for a phone, a card or an account. */
const personal = /\S@\S|(\d[ .-]?){7}/;

/** From the element outwards, and the words that may be told with it. */
export function factsOf(element: Element, withText: boolean): ElementFacts[] {
  const chain: ElementFacts[] = [];
  for (let at: Element | null = element; at !== null && chain.length < elementsMax; at = parentOf(at)) {
    const facts: ElementFacts = { tag: cut(at.localName, charsMax) };
    const id = told(at.id);
    if (id !== '') facts.id = id;
    const { classList } = at;
    if (classList.length > 0) facts.classes = [...classList].slice(0, classesMax).map((name) => cut(name, charsMax));
    const index = indexOf(at);
    if (index >= 0) facts.index = index;
    const attributes = attributesOf(at, withText);
    if (attributes !== null) facts.attributes = attributes;
    chain.push(facts);
  }
  const words = withText ? wordsOf(element) : '';
  if (words !== '' && chain[0] !== undefined) chain[0].text = words;
  return chain;
}

/** Across the border of a shadow root too. */
function parentOf(element: Element): Element | null {
  const root = element.parentNode;
  return element.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}

function indexOf(element: Element): number {
  let index = 0;
  for (let at = element.previousElementSibling; at !== null; at = at.previousElementSibling) {
    index += 1;
    if (index > siblingsMax) return -1;
  }
  return index;
}

function attributesOf(element: Element, withText: boolean): Record<string, string> | null {
  const attributes: Record<string, string> = {};
  let count = 0;
  for (const { name, value } of element.attributes) {
    if (count === attributesMax) break;
    const isWords = name === 'title' || name === 'alt' || name === 'aria-label';
    if (!toldAttributes.test(name) || (isWords && !withText)) continue;
    const text = told(value);
    if (text === '') continue;
    attributes[name] = text;
    count += 1;
  }
  // Where a link leads, without what its query may carry.
  const href = element.localName === 'a' ? told(element.getAttribute('href')?.split(/[?#]/)[0]) : '';
  if (href !== '') attributes['href'] = href;
  return count > 0 || href !== '' ? attributes : null;
}

function wordsOf(element: Element): string {
  const owner = element.closest(clickable);
  if (owner === null || owner.closest(silent) !== null || owner.querySelector(silent) !== null) return '';
  const text = (owner.textContent ?? '').slice(0, 1000).replace(/\s+/g, ' ').trim();
  return personal.test(text) ? '' : text.slice(0, textCharsMax);
}

/** Some frameworks put a person's address into ids and data attributes. */
function told(value: unknown): string {
  const text = cut(value, charsMax);
  return personal.test(text) && !/^[\w-]+$/.test(text) ? '' : text;
}
