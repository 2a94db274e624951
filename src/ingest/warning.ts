/** An ingestion warning: what a door refused although it answered 2xx, kept so that a person can see and mend it. */
import type { Door } from '../core/event.ts';
import type { IngestionWarning } from '../core/event-input.ts';
import { isJsonObject, objectOrEmpty } from '../core/json-object.ts';
import { jsonSize } from '../core/json-size.ts';
import { limits } from '../core/limits.ts';
import { anonymousVisitorId, readId } from '../core/visitor-id.ts';
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
    visitorIds: visitorIdsIn(item),
  };
}

/**
 * Everybody whom it may be about, by every field in which one of our doors looks for a visitor: what else is wrong with it
 * must not hide who it is of.
 */
function visitorIdsIn(item: unknown): string[] {
  // Of a list no more than the start is shown, and none of its items takes less than a character.
  if (Array.isArray(item)) return item.slice(0, limits.warningSampleCharsMax).flatMap((one) => idsIn(one));
  return idsIn(item);
}

function idsIn(item: unknown): string[] {
  if (!isJsonObject(item)) return [];
  const { visitorId, userId, anonymousId, previousId, properties } = item;
  const { oldVisitorId } = objectOrEmpty(properties);
  const named = [visitorId, userId, previousId, oldVisitorId].flatMap(idIn);
  return [...named, ...[anonymousId, previousId].flatMap(idIn).map((id) => anonymousVisitorId(id))];
}

function idIn(value: unknown): string[] {
  const read = readId(value);
  return read.ok ? [read.id] : [];
}

/** The start of what was refused, as JSON. JSON.stringify would overflow the stack on what nests without end. */
function sampleOf(item: unknown): string {
  // It may be a whole event that was encoded twice, and nobody can say whose.
  if (typeof item === 'string') return `"(a text of ${item.length} characters)"`;
  if (jsonSize(item, limits.batchBytesMax) !== 'fits') return '"(too large or too deep to be shown)"';
  return (JSON.stringify(item) ?? '').slice(0, limits.warningSampleCharsMax).toWellFormed();
}
