/** An ingestion warning: what a door refused although it answered 2xx, kept so that a person can see and mend it. */
import type { Door } from '../core/event.ts';
import type { IngestionWarning } from '../core/event-input.ts';
import { isJsonObject } from '../core/json-object.ts';
import { jsonSize } from '../core/json-size.ts';
import { limits } from '../core/limits.ts';
import { messageIdOf } from './fields.ts';
import type { Refusal } from './refusal.ts';

/** Where what was refused came in, and when. */
export interface WarningOrigin {
  appId: number | null;
  door: Door;
  receivedAt: number;
}

export function warningOf(
  { refused, field, message }: Refusal,
  origin: WarningOrigin,
  item: unknown,
): IngestionWarning {
  return {
    appId: origin.appId,
    door: origin.door,
    reason: refused,
    message,
    field,
    messageId: isJsonObject(item) ? messageIdOf(item['messageId']) : null,
    sample: sampleOf(item),
    receivedAt: origin.receivedAt,
  };
}

/** The start of what was refused, as JSON. JSON.stringify would overflow the stack on what nests without end. */
function sampleOf(item: unknown): string {
  if (jsonSize(item, limits.batchBytesMax) !== 'fits') return '"(too large or too deep to be shown)"';
  return (JSON.stringify(item) ?? '').slice(0, limits.warningSampleCharsMax).toWellFormed();
}
