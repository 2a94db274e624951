/**
 * Traits and values as metadata: keys in lower case, values scalars or arrays of scalars. Objects, and arrays that hold
 * any, are passed over, as Pendo does; what is over a limit refuses the call, because half of somebody's traits would be
 * worse than an error.
 */
import { cleanText } from '../core/canonical-json.ts';
import type { Metadata, MetadataValue } from '../core/event-input.ts';
import type { JsonObject } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import { isRefusal, type Refusal, refusal } from './refusal.ts';

/** `omit` is a key that says something else than a fact about its owner, such as `groupId` or `id`. */
export function readMetadata(values: JsonObject, field: string, omit: string | null = null): Metadata | Refusal {
  const keys = Object.keys(values);
  if (keys.length > limits.jsonKeysMax) {
    return refusal('invalid_field', field, `${field} has more than ${limits.jsonKeysMax} keys.`);
  }
  // A null prototype, because a key may be called `__proto__` and must be a key like any other.
  const metadata: Metadata = Object.create(null);
  let bytes = 0;
  for (const key of keys) {
    if (key === omit) continue;
    if (key.length > limits.jsonKeyCharsMax) {
      return refusal('invalid_field', field, `${field} has a key of more than ${limits.jsonKeyCharsMax} characters.`);
    }
    const value = readValue(values[key], `${field}.${key}`);
    if (value === undefined) continue;
    if (isRefusal(value)) return value;
    bytes += key.length + sizeOf(value);
    if (bytes > limits.metadataBytesMax) {
      return refusal('invalid_field', field, `${field} is larger than ${limits.metadataBytesMax} bytes.`);
    }
    metadata[cleanText(key).toLowerCase()] = value;
  }
  return metadata;
}

/** Undefined for what is passed over. */
function readValue(value: unknown, field: string): MetadataValue | undefined | Refusal {
  if (!Array.isArray(value)) return readScalar(value, field);
  const scalars: (string | number | boolean | null)[] = [];
  for (const item of value) {
    const scalar = readScalar(item, field);
    if (scalar === undefined || isRefusal(scalar)) return scalar;
    scalars.push(scalar);
  }
  return scalars;
}

function readScalar(value: unknown, field: string): string | number | boolean | null | undefined | Refusal {
  if (typeof value === 'string') {
    if (value.length <= limits.jsonStringCharsMax) return cleanText(value);
    return refusal('invalid_field', field, `${field} is longer than ${limits.jsonStringCharsMax} characters.`);
  }
  if (typeof value === 'number') {
    return Number.isFinite(value)
      ? value
      : refusal('invalid_field', field, `${field} is a number too large to be kept.`);
  }
  return typeof value === 'boolean' || value === null ? value : undefined;
}

/** Near enough: the ledger measures exactly, when it lays these values over what is known. */
function sizeOf(value: MetadataValue): number {
  if (typeof value === 'string') return value.length + 6;
  if (!Array.isArray(value)) return 12;
  let bytes = 2;
  for (const item of value) bytes += sizeOf(item);
  return bytes;
}
