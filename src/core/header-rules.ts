/**
 * Which headers a webhook may set of its own. Not those that frame the message (a second `content-length` is request
 * smuggling), nor those that the delivery itself makes, among them the signatures.
 */
import { limits } from './limits.ts';

/** What is wrong with a header, in a sentence, or null. */
export function headerProblem(name: string, value: string): string | null {
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}$/.test(name)) {
    return `"${name.slice(0, 64)}" is not a header name: letters, digits and hyphens only.`;
  }
  const lowered = name.toLowerCase();
  if (ownHeaders.has(lowered) || lowered.startsWith('proxy-')) return `The header "${name}" is set by Bellwire itself.`;
  if (value.length > limits.headerValueCharsMax) {
    return `The value of "${name}" is longer than ${limits.headerValueCharsMax} characters.`;
  }
  // Bytes of Latin-1 without control characters: a line break would start a header of its own.
  if (!/^[\t\x20-\x7e\xa0-\xff]*$/.test(value)) {
    return `The value of "${name}" holds a line break or another character that a header cannot carry.`;
  }
  return null;
}

const ownHeaders = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'upgrade',
  'te',
  'trailer',
  'expect',
  'content-type',
  'content-encoding',
  'accept-encoding',
  'user-agent',
  'x-pendo-signature',
  'x-hub-signature-256',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
]);
