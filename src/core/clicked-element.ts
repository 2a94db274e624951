/** An element that was clicked or stands around it, as the agent tells of it; and what a rule can ask of it. */
import { isJsonObject } from './json-object.ts';
import { limits } from './limits.ts';

export interface ClickedElement {
  tag: string;
  id: string;
  classes: readonly string[];
  /** Its place among the children of its parent, from 0; -1 when it is not told. */
  index: number;
  attributes: Readonly<Record<string, unknown>>;
}

/** What the agent tells of an element beside its id and classes. A rule that asks for more could never match. */
const toldAttributes = /^(?:id|class|role|name|type|title|alt|for|href|aria-label|data-(?!reactid$|v-)[\w-]+)$/;
export const toldAttributesText = 'id, class, role, name, type, title, alt, for, href, aria-label and data-…';

export function isTold(attribute: string): boolean {
  return toldAttributes.test(attribute);
}

/** From the one that was clicked outwards. Whatever is not as it should be is not there. */
export function clickedElements(value: unknown): ClickedElement[] {
  if (!Array.isArray(value)) return [];
  return value.slice(0, limits.clickElementsMax).map((element: unknown) => {
    const { tag, id, classes, index, attributes } = isJsonObject(element) ? element : {};
    return {
      tag: typeof tag === 'string' ? tag.toLowerCase() : '',
      id: typeof id === 'string' ? id : '',
      classes: Array.isArray(classes)
        ? classes.slice(0, limits.clickElementClassesMax).filter((name) => typeof name === 'string')
        : [],
      index: typeof index === 'number' ? index : -1,
      attributes: isJsonObject(attributes) ? attributes : {},
    };
  });
}

/** Null: it has none. */
export function attributeOf(element: ClickedElement, name: string): string | null {
  if (name === 'id') return element.id === '' ? null : element.id;
  if (name === 'class') return element.classes.length === 0 ? null : element.classes.join(' ');
  const value = Object.hasOwn(element.attributes, name) ? element.attributes[name] : null;
  return typeof value === 'string' ? value : null;
}
