/**
 * From one Segment call to one input, the same for Segment's libraries and for its Webhooks destination.
 *
 *   identify      traits → the visitor's metadata; `traits.groupId` or `context.groupId` → its account
 *   group         `groupId` → the account, traits → its metadata
 *   track         `trackEventReceived`; the account is `properties.groupId`, else `context.groupId`
 *   page, screen  `pageLoaded`; the account likewise
 *   alias         `previousId` becomes one with `userId`
 */
import type { Act, EventInput } from '../core/event-input.ts';
import { isJsonObject, type JsonObject, objectOrEmpty } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import { correctedMoment, readMoment } from '../core/moment.ts';
import { anonymousVisitorId } from '../core/visitor-id.ts';
import { type Page, pageAct, trackAct } from './event-acts.ts';
import {
  hostOf,
  ipOf,
  messageIdOf,
  optionalId,
  optionalObject,
  requiredId,
  textOf,
  urlOf,
  userAgentOf,
} from './fields.ts';
import { readMetadata } from './read-metadata.ts';
import { isRefusal, type Refusal, refusal } from './refusal.ts';
import { sourceOf } from './segment-source.ts';
import { trackOff } from './track-off.ts';

export interface CallOrigin {
  appId: number;
  door: 'segment' | 'segment-webhook';
  trackEnabled: boolean;
  receivedAt: number;
  /** When the whole batch was sent, by the sender's clock; undefined: each call says for itself. */
  sentAt: unknown;
  /** What the path says that every call is; null: each call says for itself. */
  type: string | null;
  /** What the batch says of all its calls, unless one says otherwise. */
  context: JsonObject | null;
  /** Of the request: it is the visitor's own when a browser sends. */
  ip: string | null;
  userAgent: string;
}

export function readSegmentCall(call: unknown, origin: CallOrigin): EventInput | Refusal {
  if (!isJsonObject(call)) return refusal('invalid_body', '', 'An event must be a JSON object.');
  const own = objectOrEmpty(call['context']);
  const context = origin.context === null ? own : { ...origin.context, ...own };
  const who = readWho(call);
  if (isRefusal(who)) return who;
  const type = origin.type ?? call['type'];
  const page = pageOf(call, context, type);
  const what = readWhat(type, call, context, page, origin);
  if (isRefusal(what)) return what;
  const time = timeOf(call, origin);
  const isDirect = origin.door === 'segment' && page.source !== 'server';
  return {
    appId: origin.appId,
    door: origin.door,
    receivedAt: origin.receivedAt,
    occurredAt: time.at,
    timeReplaced: time.replaced,
    messageId: messageIdOf(call['messageId']),
    visitorId: who.visitorId,
    anonymousId: who.anonymousId,
    accountId: what.accountId,
    userAgent:
      userAgentOf(context['userAgent']) || (isDirect && page.source === 'web' ? userAgentOf(origin.userAgent) : ''),
    ip: isDirect ? origin.ip : ipOf(context['ip']),
    host: hostOf(page.url),
    act: what.act,
  };
}

interface Who {
  visitorId: string;
  anonymousId: string | null;
}

function readWho(call: JsonObject): Who | Refusal {
  const userId = optionalId(call['userId'], 'userId');
  if (isRefusal(userId)) return userId;
  const anonymousId = optionalId(call['anonymousId'], 'anonymousId');
  if (userId !== null) {
    // Who it is now is known; an anonymous id that cannot be right only cannot be joined to it.
    const usable = anonymousId !== null && !isRefusal(anonymousId);
    return { visitorId: userId, anonymousId: usable ? anonymousVisitorId(anonymousId) : null };
  }
  if (isRefusal(anonymousId)) return anonymousId;
  if (anonymousId === null)
    return refusal('missing_id', 'userId', 'Neither userId nor anonymousId is there; one of them is needed.');
  return { visitorId: anonymousVisitorId(anonymousId), anonymousId: null };
}

interface What {
  act: Act;
  accountId: string | null;
}

function readWhat(
  type: unknown,
  call: JsonObject,
  context: JsonObject,
  page: Page,
  origin: CallOrigin,
): What | Refusal {
  switch (type) {
    case 'track':
      return readTrack(call, context, page, origin);
    case 'identify':
      return readIdentify(call, context);
    case 'page':
    case 'screen':
      return readPage(call, context, page);
    case 'group':
      return readGroup(call);
    case 'alias':
      return readAlias(call);
    default:
      return refusal('invalid_field', 'type', 'type must be identify, track, page, screen, group or alias.');
  }
}

function readTrack(call: JsonObject, context: JsonObject, page: Page, { trackEnabled }: CallOrigin): What | Refusal {
  if (!trackEnabled) return trackOff;
  const act = trackAct(call['event'], call['properties'], page, { name: 'event', properties: 'properties' });
  return isRefusal(act) ? act : withAccount(act, call['properties'], context);
}

function readPage(call: JsonObject, context: JsonObject, page: Page): What | Refusal {
  const properties = optionalObject(call['properties'], 'properties');
  if (isRefusal(properties)) return properties;
  const { name, title: _title, url: _url, ...rest } = properties;
  const category = call['category'];
  if (typeof category === 'string') rest['category'] ??= category;
  const act = pageAct(textOf(call['name'] ?? name, limits.eventNameCharsMax), rest, page);
  return isRefusal(act) ? act : withAccount(act, properties, context);
}

/** The account that a call is for: the call's own word, else that of its context. */
function withAccount(act: Act, properties: unknown, context: JsonObject): What | Refusal {
  const own = isJsonObject(properties) ? optionalId(properties['groupId'], 'properties.groupId') : null;
  const accountId = own ?? optionalId(context['groupId'], 'context.groupId');
  return isRefusal(accountId) ? accountId : { act, accountId };
}

function readIdentify(call: JsonObject, context: JsonObject): What | Refusal {
  const traits = optionalObject(call['traits'], 'traits');
  if (isRefusal(traits)) return traits;
  const visitorMetadata = readMetadata(traits, 'traits', 'groupId');
  if (isRefusal(visitorMetadata)) return visitorMetadata;
  const accountId =
    optionalId(traits['groupId'], 'traits.groupId') ?? optionalId(context['groupId'], 'context.groupId');
  if (isRefusal(accountId)) return accountId;
  return { act: { kind: 'identify', visitorMetadata, accountMetadata: {} }, accountId };
}

function readGroup(call: JsonObject): What | Refusal {
  const accountId = requiredId(call['groupId'], 'groupId');
  if (isRefusal(accountId)) return accountId;
  const traits = optionalObject(call['traits'], 'traits');
  if (isRefusal(traits)) return traits;
  const accountMetadata = readMetadata(traits, 'traits');
  return isRefusal(accountMetadata) ? accountMetadata : { act: { kind: 'group', accountMetadata }, accountId };
}

/**
 * `previousId` seems to be an anonymous id when it is the call's own, or a UUID as Segment's libraries make them. People are
 * named by UUIDs too: the ledger knows who there is, and refuses to merge two named visitors.
 */
function readAlias(call: JsonObject): What | Refusal {
  const userId = requiredId(call['userId'], 'userId');
  if (isRefusal(userId)) return userId;
  const previousId = requiredId(call['previousId'], 'previousId');
  if (isRefusal(previousId)) return previousId;
  const looksAnonymous = previousId === call['anonymousId'] || uuid.test(previousId);
  return { act: { kind: 'alias', previousId, looksAnonymous }, accountId: null };
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Where it happened. What a page call says of its page is in its properties, before its context. */
function pageOf(call: JsonObject, context: JsonObject, type: unknown): Page {
  const page = objectOrEmpty(context['page']);
  const own = type === 'page' || type === 'screen' ? objectOrEmpty(call['properties']) : {};
  return {
    source: sourceOf(call, context),
    url: urlOf(own['url'] ?? page['url']),
    title: urlOf(own['title'] ?? page['title']),
    agentVersion: null,
  };
}

/** Segment itself has corrected what its Webhooks destination sends; what its libraries send is for us to correct. */
function timeOf(call: JsonObject, { door, receivedAt, sentAt }: CallOrigin): { at: number; replaced: boolean } {
  const { timestamp, originalTimestamp } = call;
  if (door === 'segment-webhook')
    return correctedMoment({ at: timestamp ?? originalTimestamp, sentAt: null, receivedAt });
  const sent = readMoment(sentAt ?? call['sentAt']);
  return correctedMoment({ at: originalTimestamp ?? timestamp, sentAt: sent, receivedAt });
}
