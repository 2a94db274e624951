/**
 * Something a door cannot take, as a value: doors that answer for one event raise it as an error, doors that answer for
 * many keep it as an ingestion warning and take the rest.
 */
import { BellwireError, type ErrorCode } from '../core/errors.ts';
import { jsonSize } from '../core/json-size.ts';
import { limits } from '../core/limits.ts';

/** Known by its class and not by its form: what a sender puts into an event must never be taken for one. */
export class Refusal {
  readonly refused: ErrorCode;
  /** A path from the root of the event; empty when it is the whole of it. */
  readonly field: string;
  /** A sentence that names what is wrong and how to mend it. */
  readonly message: string;

  constructor(refused: ErrorCode, field: string, message: string) {
    this.refused = refused;
    this.field = field;
    this.message = message;
  }
}

export function refusal(refused: ErrorCode, field: string, message: string): Refusal {
  return new Refusal(refused, field, message);
}

export function isRefusal(value: unknown): value is Refusal {
  return value instanceof Refusal;
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
