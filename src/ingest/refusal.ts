/**
 * Something a door cannot take, as a value: doors that answer for one event raise it as an error, doors that answer for
 * many keep it as an ingestion warning and take the rest.
 */
import { BellwireError, type ErrorCode } from '../core/errors.ts';
import { jsonSize } from '../core/json-size.ts';
import { limits } from '../core/limits.ts';

export interface Refusal {
  refused: ErrorCode;
  /** A path from the root of the event; empty when it is the whole of it. */
  field: string;
  /** A sentence that names what is wrong and how to mend it. */
  message: string;
}

export function refusal(refused: ErrorCode, field: string, message: string): Refusal {
  return { refused, field, message };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value;
}

export function errorOf({ refused, field, message }: Refusal): BellwireError {
  return new BellwireError(refused, message, { field });
}

/** Refuses an item that is larger than one event may be. `bodyBytes` spares measuring what came in a small body. */
export function sizeRefusal(item: unknown, bodyBytes: number): Refusal | null {
  if (bodyBytes <= limits.eventBytesMax) return null;
  const size = jsonSize(item, limits.eventBytesMax);
  if (size === 'fits') return null;
  if (size === 'too_deep')
    return refusal('invalid_field', '', `The event nests deeper than ${limits.jsonDepthMax} levels.`);
  return refusal(
    'event_too_large',
    '',
    `The event is larger than ${limits.eventBytesMax} bytes. Send fewer or shorter properties.`,
  );
}
