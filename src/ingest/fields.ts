/**
 * Single fields of a call from outside. What says who it was must be right and is refused when it is not; what only
 * describes (addresses, titles, user agents) is cut, because an event is worth more than the end of its title.
 */
import { isIP } from 'node:net';
import { cleanText } from '../core/canonical-json.ts';
import { isJsonObject, type JsonObject } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import { readId } from '../core/visitor-id.ts';
import { type Refusal, refusal } from './refusal.ts';

/** Null, nothing and the empty string all mean that there is none. */
export function optionalId(value: unknown, field: string): string | null | Refusal {
  if (value === undefined || value === null || value === '') return null;
  const read = readId(value);
  return read.ok ? read.id : refusal('invalid_id', field, `${field} ${read.message}.`);
}

export function requiredId(value: unknown, field: string): string | Refusal {
  return optionalId(value, field) ?? refusal('missing_id', field, `${field} is missing.`);
}

/** A text that must be there, such as the name of an event. */
export function requiredText(value: unknown, field: string, charsMax: number): string | Refusal {
  if (typeof value !== 'string' || value.trim() === '') {
    return refusal('invalid_field', field, `${field} must be a text that is not empty.`);
  }
  if (value.length > charsMax)
    return refusal('invalid_field', field, `${field} is longer than ${charsMax} characters.`);
  return cleanText(value);
}

/** Nothing and null mean an empty object. */
export function optionalObject(value: unknown, field: string): JsonObject | Refusal {
  if (value === undefined || value === null) return {};
  return isJsonObject(value) ? value : refusal('invalid_field', field, `${field} must be an object.`);
}

export function textOf(value: unknown, charsMax: number): string {
  return typeof value === 'string' ? cleanText(value.length > charsMax ? value.slice(0, charsMax) : value) : '';
}

export function urlOf(value: unknown): string {
  return textOf(value, limits.jsonStringCharsMax);
}

export function userAgentOf(value: unknown): string {
  return textOf(value, limits.userAgentCharsMax);
}

/** Null when it cannot serve to know a repeat by. */
export function messageIdOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '' || value.length > limits.messageIdCharsMax) return null;
  return cleanText(value);
}

export function ipOf(value: unknown): string | null {
  return typeof value === 'string' && isIP(value) !== 0 ? value : null;
}

/** Host and port of a page's address. A pattern, because `new URL` costs more than all else that is done for an event. */
export function hostOf(url: string): string | null {
  return hostPattern.exec(url)?.[1]?.toLowerCase() ?? null;
}

const hostPattern = /^[a-z][a-z0-9+.-]{0,20}:\/\/(?:[^/?#@]{0,256}@)?([^/?#@]{1,256})/i;
