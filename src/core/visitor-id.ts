/**
 * Ids of visitors and accounts, as senders give them. An id that a broken integration sends for everybody (`undefined`,
 * `[object Object]`, the placeholder of an install snippet) would make one visitor of thousands of people, and that cannot
 * be undone: such ids are refused.
 */
import { cleanText } from './canonical-json.ts';
import { limits } from './limits.ts';

export type ReadId = { ok: true; id: string } | { ok: false; message: string };

/** The message is the end of a sentence that begins with the field's name. */
export function readId(value: unknown): ReadId {
  if (typeof value === 'string') return readText(value);
  if (typeof value !== 'number') return refused('must be a string');
  // From 2^53 on JSON rounds, so that two people's numbers can become one.
  if (!Number.isSafeInteger(value)) return refused('is a number that JSON would round: send it as a string');
  return readText(String(value));
}

/** What an anonymous visitor's id starts with; Pendo's own, so that its data and ours can be told apart in the same way. */
export const anonymousPrefix = '_PENDO_T_';

/** An anonymous id may be as long as a name, so that the id of its visitor is longer by what is put before it. */
export const visitorIdCharsMax = limits.idCharsMax + anonymousPrefix.length;

export function isAnonymous(visitorId: string): boolean {
  return visitorId.startsWith(anonymousPrefix);
}

/** The visitor id of somebody of whom only an anonymous id is known; one that has the prefix already is not given another. */
export function anonymousVisitorId(anonymousId: string): string {
  return isAnonymous(anonymousId) ? anonymousId : anonymousPrefix + anonymousId;
}

function readText(text: string): ReadId {
  if (text.trim() === '') return refused('is empty');
  if (text.length > limits.idCharsMax && !(text.length <= visitorIdCharsMax && isAnonymous(text)))
    return refused(`is longer than ${limits.idCharsMax} characters`);
  // The longest placeholder has 36 characters; most ids that people use are told apart by their length alone.
  if (text.length <= 36 && placeholders.has(text.trim().toLowerCase())) {
    return refused(`is the placeholder "${text.trim()}", which would make one of many: send the real id`);
  }
  return { ok: true, id: cleanText(text) };
}

const placeholders: ReadonlySet<string> = new Set([
  'undefined',
  'null',
  '[object object]',
  '0',
  'nan',
  'anonymous',
  '::',
  '00000000-0000-0000-0000-000000000000',
  'visitor-unique-id',
  'account-unique-id',
]);

function refused(message: string): ReadId {
  return { ok: false, message };
}
