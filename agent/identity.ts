/** Who it is: which ids are any, and what of an options object is metadata. Pure; Pendo's rules, and those of our server. */
export type Values = Record<string, unknown>;

export const anonymousPrefix = '_PENDO_T_';

export interface Identity {
  visitorId: string;
  /** Empty when there is none. */
  accountId: string;
}

/** Null for what is no id: nothing, an object, a boolean, or what a broken page sends for everybody. */
export function readId(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const id = `${value}`;
  return id.length > 256 || noId.test(id) ? null : id;
}

const noId =
  /^\s*(|::|undefined|null|nan|0|anonymous|\[object object\]|visitor-unique-id|account-unique-id|[0-]{36})\s*$/i;

export function isAnonymous(visitorId: string): boolean {
  return visitorId.startsWith(anonymousPrefix);
}

/** With a parent, an account goes by both ids. */
export function accountIdOf(account: unknown, parentAccount: unknown): string | null {
  const id = readId(givenId(account));
  const parentId = readId(givenId(parentAccount));
  return id !== null && parentId !== null ? `${parentId}::${id}` : id;
}

/** Undefined when there is none; what pages put onto the prototype of all objects is nobody's id. */
export function givenId(subject: unknown): unknown {
  const values = objectOf(subject);
  return Object.keys(values).includes('id') ? values['id'] : undefined;
}

/** Texts, numbers, booleans, moments, and lists of them; whatever else somebody has put there is no metadata. */
export function metadataOf(given: unknown): Values {
  const values = objectOf(given);
  const metadata: Values = {};
  for (const key of Object.keys(values)) {
    const value = values[key];
    if (key !== 'id' && (Array.isArray(value) ? value.every(isScalar) : isScalar(value))) metadata[key] = value;
  }
  return metadata;
}

function isScalar(value: unknown): boolean {
  return value === null || value instanceof Date || /^(str|num|boo)/.test(typeof value);
}

export function objectOf(value: unknown): Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Values) : {};
}
