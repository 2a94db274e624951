/**
 * The door of our own browser agent: a list of items, each taken or refused for itself, and an answer that says which.
 */
import { BellwireError } from '../core/errors.ts';
import { isJsonObject, type JsonObject } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import { readMoment } from '../core/moment.ts';
import type { DoorCall, DoorRoute } from '../http/door-routes.ts';
import type { AcceptResult } from '../ledger/ledger.ts';
import { type AgentOrigin, readAgentItem } from './agent-item.ts';
import { appOfPath, type DoorParts, noBody, type Taken } from './door.ts';
import { isRefusal, type Refusal, sizeRefusal } from './refusal.ts';
import { warningOf } from './warning.ts';

export function agentDoor(parts: DoorParts): DoorRoute {
  return { path: '/data/agent/:apiKey', fromPages: true, answer: (call) => takeIn(call, parts) };
}

async function takeIn({ key, body, headers, ip, heldBytes }: DoorCall, parts: DoorParts): Promise<string> {
  const app = appOfPath(key, parts);
  if (!isJsonObject(body)) throw noBody(body, '{"agentVersion", "sentAt", "events": […]}');
  const origin: AgentOrigin = {
    appId: app.id,
    door: 'agent',
    trackEnabled: app.trackEnabled,
    receivedAt: parts.clock.now(),
    sentAt: readMoment(body['sentAt']),
    agentVersion: readVersion(body),
    ip,
    userAgent: headers['user-agent'] ?? '',
    featureOf: parts.featureOf,
  };
  const { taken, indexes, refused } = takeItems(readEvents(body), heldBytes, origin);
  const isEmpty = taken.inputs.length === 0 && taken.warnings.length === 0;
  const results = isEmpty ? [] : await parts.ledger.accept(taken.inputs, taken.warnings);
  return JSON.stringify(answer(results, indexes, refused));
}

function readVersion({ agentVersion }: JsonObject): string | null {
  if (agentVersion === undefined || agentVersion === null) return null;
  if (typeof agentVersion === 'string' && versionPattern.test(agentVersion)) return agentVersion;
  throw new BellwireError('invalid_field', 'agentVersion must be a version such as "2.33.0".', {
    field: 'agentVersion',
  });
}

const versionPattern = /^\d{1,6}(\.\d{1,6}){0,2}([-+][\w.+-]{0,32})?$/;

function readEvents({ events }: JsonObject): unknown[] {
  if (!Array.isArray(events)) throw new BellwireError('invalid_field', 'events must be an array.', { field: 'events' });
  if (events.length <= limits.batchEventsMax) return events;
  const message = `A request can have ${limits.batchEventsMax} events; this one has ${events.length}.`;
  throw new BellwireError('too_many_events', message, { field: 'events' });
}

interface RefusedItem {
  index: number;
  code: string;
  message: string;
  field: string;
}

function takeItems(items: readonly unknown[], bodyBytes: number, origin: AgentOrigin) {
  const taken: Taken = { inputs: [], warnings: [] };
  /** Where in the request each input stood. */
  const indexes: number[] = [];
  const refused: RefusedItem[] = [];
  for (const [index, item] of items.entries()) {
    const input = sizeRefusal(item, bodyBytes) ?? readAgentItem(item, origin);
    if (isRefusal(input)) {
      taken.warnings.push(warningOf(input, origin, item));
      refused.push(refusedItem(index, input));
    } else {
      taken.inputs.push(input);
      indexes.push(index);
    }
  }
  return { taken, indexes, refused };
}

function refusedItem(index: number, { refused: code, message, field }: Refusal): RefusedItem {
  return { index, code, message, field };
}

/** Who must not be processed counts as accepted: whether somebody is, is nothing that a public key may ask. */
function answer(results: readonly AcceptResult[], indexes: readonly number[], refused: readonly RefusedItem[]) {
  const all = [...refused];
  let duplicates = 0;
  for (const [at, result] of results.entries()) {
    if (result.kind === 'duplicate') duplicates += 1;
    if (result.kind !== 'refused') continue;
    all.push({ index: indexes[at] ?? 0, code: result.reason, message: result.message, field: '' });
  }
  all.sort((a, b) => a.index - b.index);
  return { accepted: results.length + refused.length - duplicates - all.length, duplicates, refused: all };
}
