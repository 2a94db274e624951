/**
 * The door of bulk metadata, as Pendo's: values for many visitors or accounts, by integration key with write access. It
 * makes somebody who is not known only when asked to, and nobody it makes counts as seen.
 */
import type { Actor } from '../core/audit.ts';
import { BellwireError } from '../core/errors.ts';
import type { Metadata } from '../core/event-input.ts';
import { isJsonObject } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import { allows } from '../core/scope.ts';
import type { DoorCall, DoorRoute } from '../http/door-routes.ts';
import { presentedKey } from '../http/keys.ts';
import type { MetadataWrite } from '../ledger/ledger.ts';
import { type DoorParts, keep, noBody } from './door.ts';
import { optionalObject, requiredId } from './fields.ts';
import { readMetadata } from './read-metadata.ts';
import { isRefusal, type Refusal, refusal } from './refusal.ts';
import { type WarningOrigin, warningOf } from './warning.ts';

export function metadataDoors(parts: DoorParts): DoorRoute[] {
  const kinds = ['visitor', 'account'] as const;
  const groups = ['custom', 'agent'] as const;
  return kinds.flatMap((kind) =>
    groups.map((group) => ({
      path: `/api/v1/metadata/${kind}/${group}/value`,
      async answer({ headers, query, body, ip }: DoorCall) {
        const { id, name } = requireWriteKey(presentedKey(headers), parts);
        const by = { kind: 'key' as const, id, name, address: ip ?? '' };
        const create = new URLSearchParams(query).get('create') === 'true';
        return JSON.stringify(await writeMetadata(body, { kind, group, create }, by, parts));
      },
    })),
  );
}

function requireWriteKey(presented: string | null, { keyring }: DoorParts) {
  const key = presented === null ? null : keyring.integrationKey(presented);
  if (key === null) {
    throw new BellwireError('unauthorized', 'Send an integration key in the header x-pendo-integration-key.');
  }
  if (allows(key.scopes, 'metadata')) return key;
  const message = 'This integration key has no write access: it needs the scope metadata, or write.';
  throw new BellwireError('forbidden', message);
}

/** The answer: how many were changed and made, and whose values were not taken. */
async function writeMetadata(body: unknown, target: Omit<MetadataWrite, 'items'>, by: Actor, parts: DoorParts) {
  const idField = `${target.kind}Id`;
  if (!Array.isArray(body)) throw noBody(body, `an array of {"${idField}", "values"}`);
  if (body.length > limits.metadataBatchMax) {
    throw new BellwireError(
      'too_many_events',
      `A request can have ${limits.metadataBatchMax} items; send the rest in another.`,
    );
  }
  const origin: WarningOrigin = { appId: null, door: 'metadata', receivedAt: parts.clock.now() };
  const items: MetadataWrite['items'] = [];
  const warnings = [];
  const refused = [];
  for (const [index, item] of body.entries()) {
    const read = readItem(item, idField);
    if (isRefusal(read)) {
      const { refused: code, message, field } = read;
      warnings.push(warningOf(read, origin, item));
      refused.push({ index, code, message, field });
    } else {
      items.push(read);
    }
  }
  const none = { updatedCount: 0, createdCount: 0, missing: [], tooLarge: [] };
  const result = items.length === 0 ? none : await parts.ledger.writeMetadata({ ...target, items }, by);
  await keep({ inputs: [], warnings }, parts);
  const { updatedCount: updated, createdCount: created, missing, tooLarge } = result;
  return { updated, created, missing, tooLarge, refused };
}

function readItem(item: unknown, idField: string): { id: string; values: Metadata } | Refusal {
  if (!isJsonObject(item)) return refusal('invalid_body', '', `An item must be {"${idField}", "values"}.`);
  const id = requiredId(item[idField], idField);
  if (isRefusal(id)) return id;
  const given = optionalObject(item['values'], 'values');
  if (isRefusal(given)) return given;
  const values = readMetadata(given, 'values');
  return isRefusal(values) ? values : { id, values };
}
