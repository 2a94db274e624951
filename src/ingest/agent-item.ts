/** From one item of our browser agent to one input. */

import { type ClickedElement, clickedElements } from '../core/clicked-element.ts';
import type { Act, EventInput } from '../core/event-input.ts';
import type { Feature, FeatureFinder } from '../core/feature.ts';
import { isJsonObject, type JsonObject, objectOrEmpty } from '../core/json-object.ts';
import { limits } from '../core/limits.ts';
import { correctedMoment } from '../core/moment.ts';
import { isAnonymous } from '../core/visitor-id.ts';
import { eventAct, objectJson, type Page, pageAct, trackAct } from './event-acts.ts';
import {
  hostOf,
  messageIdOf,
  optionalId,
  optionalObject,
  requiredId,
  requiredText,
  textOf,
  urlOf,
  userAgentOf,
} from './fields.ts';
import { guideProperties } from './guide-properties.ts';
import { readMetadata } from './read-metadata.ts';
import { isRefusal, type Refusal, refusal } from './refusal.ts';
import { trackOff } from './track-off.ts';

export interface AgentOrigin {
  appId: number;
  door: 'agent';
  trackEnabled: boolean;
  receivedAt: number;
  sentAt: number | null;
  agentVersion: string | null;
  ip: string | null;
  userAgent: string;
  featureOf: FeatureFinder;
}

export function readAgentItem(item: unknown, origin: AgentOrigin): EventInput | Refusal {
  if (!isJsonObject(item)) return refusal('invalid_body', '', 'An event must be a JSON object.');
  const visitorId = requiredId(item['visitorId'], 'visitorId');
  if (isRefusal(visitorId)) return visitorId;
  const { agentVersion, receivedAt, sentAt } = origin;
  const page: Page = { source: 'web', url: urlOf(item['url']), title: urlOf(item['title']), agentVersion };
  const what = readWhat(item, page, origin);
  if (isRefusal(what)) return what;
  const accountId = optionalId(item['accountId'], 'accountId') ?? what.accountId ?? null;
  if (isRefusal(accountId)) return accountId;
  const time = correctedMoment({ at: item['timestamp'], sentAt, receivedAt });
  return {
    appId: origin.appId,
    door: 'agent',
    receivedAt,
    occurredAt: time.at,
    timeReplaced: time.replaced,
    messageId: messageIdOf(item['messageId']),
    visitorId,
    anonymousId: what.anonymousId ?? null,
    accountId,
    userAgent: userAgentOf(item['userAgent'] ?? origin.userAgent),
    ip: origin.ip,
    host: hostOf(page.url),
    act: what.act,
  };
}

/** The act, and what its properties say of who it was, where the item itself does not. */
interface What {
  act: Act;
  anonymousId?: string | null;
  accountId?: string | null;
}

function readWhat(item: JsonObject, page: Page, { trackEnabled, appId, featureOf }: AgentOrigin): What | Refusal {
  const { properties } = item;
  switch (item['type']) {
    case 'track':
    case 'trackEventReceived':
      return trackEnabled ? readTrack(properties, page) : trackOff;
    case 'pageLoad':
    case 'pageLoaded':
      return readPage(properties, page);
    case 'click':
      return readClick(properties, page, (elements) => featureOf(appId, elements));
    case 'featureClicked':
      return readFeature(properties, page);
    case 'guideDisplayed':
      return readGuide('guideDisplayed', null, properties, page);
    case 'npsDisplayed':
      return readGuide('npsDisplayed', null, properties, page);
    case 'npsSubmitted':
      return readGuide('npsSubmitted', 'nps', properties, page);
    case 'pollDisplayed':
      return readGuide('pollDisplayed', null, properties, page);
    case 'pollSubmitted':
      return readGuide('pollSubmitted', 'poll', properties, page);
    case 'identify':
      return readIdentify(item, properties);
    case 'group':
      return readGroup(item, properties);
    default:
      return refusal('invalid_field', 'type', `type must be one of ${types}.`);
  }
}

const types =
  'guideDisplayed, npsDisplayed, npsSubmitted, pollDisplayed, pollSubmitted, featureClicked, pageLoad, track, click, identify, group';

type AgentEvent = Extract<Act, { kind: 'event' }>['type'];

function happened(type: AgentEvent, properties: unknown, page: Page, agentTooOld = false): What | Refusal {
  const json = objectJson(properties, 'properties');
  return isRefusal(json) ? json : { act: eventAct(type, json, page, agentTooOld) };
}

function readTrack(properties: unknown, page: Page): What | Refusal {
  const given = optionalObject(properties, 'properties');
  if (isRefusal(given)) return given;
  const fields = { name: 'properties.name', properties: 'properties.eventProperties' };
  const act = trackAct(given['name'], given['eventProperties'], page, fields);
  return isRefusal(act) ? act : { act };
}

function readPage(properties: unknown, page: Page): What | Refusal {
  const given = optionalObject(properties, 'properties');
  if (isRefusal(given)) return given;
  const { name, title: _title, url: _url, ...rest } = given;
  const act = pageAct(textOf(name, limits.eventNameCharsMax), rest, page);
  return isRefusal(act) ? act : { act };
}

/** On a feature, a click is that feature's; on none, it is only kept. */
function readClick(
  properties: unknown,
  page: Page,
  featureOf: (elements: ClickedElement[]) => Feature | null,
): What | Refusal {
  const given = optionalObject(properties, 'properties');
  if (isRefusal(given)) return given;
  const feature = featureOf(clickedElements(given['elements']));
  if (feature === null) return happened('click', given, page);
  return happened('featureClicked', { ...given, featureId: feature.id, name: feature.name, url: page.url }, page);
}

function readFeature(properties: unknown, page: Page): What | Refusal {
  const given = optionalObject(properties, 'properties');
  if (isRefusal(given)) return given;
  const featureId = requiredText(given['featureId'], 'properties.featureId', limits.idCharsMax);
  if (isRefusal(featureId)) return featureId;
  return happened('featureClicked', { name: '', url: page.url, ...given, featureId }, page);
}

function readGuide(type: AgentEvent, answer: 'nps' | 'poll' | null, properties: unknown, page: Page): What | Refusal {
  const complete = guideProperties(properties, answer);
  if (isRefusal(complete)) return complete;
  return happened(type, complete, page, type !== 'guideDisplayed' && isTooOld(page.agentVersion));
}

/** Polls and NPS need an agent of at least 2.33.0. One that does not tell its version is taken to be new enough. */
function isTooOld(agentVersion: string | null): boolean {
  if (agentVersion === null) return false;
  const [major = 0, minor = 0] = agentVersion.split('.').map(Number);
  return major < 2 || (major === 2 && minor < 33);
}

/** Somebody has got a name: what the page knows of visitor and account, and the anonymous id they had before. */
function readIdentify(item: JsonObject, properties: unknown): What | Refusal {
  const given = optionalObject(properties, 'properties');
  if (isRefusal(given)) return given;
  const company = optionalObject(given['account'], 'properties.account');
  if (isRefusal(company)) return company;
  const account = readAccount(company, 'properties.account');
  if (isRefusal(account)) return account;
  const accountId = optionalId(item['accountId'], 'accountId') ?? account.accountId;
  if (accountId === null && Object.keys(account.accountMetadata).length > 0) {
    const message = 'properties.account says something of an account and not of which: its id is missing.';
    return refusal('missing_id', 'properties.account.id', message);
  }
  const visitor = optionalObject(given['visitor'], 'properties.visitor');
  if (isRefusal(visitor)) return visitor;
  const visitorMetadata = readMetadata(visitor, 'properties.visitor', 'id');
  if (isRefusal(visitorMetadata)) return visitorMetadata;
  const former = optionalId(given['oldVisitorId'], 'properties.oldVisitorId');
  if (isRefusal(former)) return former;
  return {
    act: { kind: 'identify', visitorMetadata, accountMetadata: account.accountMetadata },
    // A name that somebody else had before on the same page is not joined to anybody.
    anonymousId: former !== null && isAnonymous(former) ? former : null,
    accountId: account.accountId,
  };
}

function readGroup(item: JsonObject, properties: unknown): What | Refusal {
  const given = optionalObject(properties, 'properties');
  if (isRefusal(given)) return given;
  const isNested = isJsonObject(given['account']);
  const account = readAccount(isNested ? given['account'] : given, isNested ? 'properties.account' : 'properties');
  if (isRefusal(account)) return account;
  const accountId = requiredId(item['accountId'] ?? account.accountId, 'accountId');
  if (isRefusal(accountId)) return accountId;
  return { act: { kind: 'group', accountMetadata: account.accountMetadata }, accountId };
}

function readAccount(value: unknown, field: string) {
  const account = objectOrEmpty(value);
  const accountId = optionalId(account['id'], `${field}.id`);
  if (isRefusal(accountId)) return accountId;
  const accountMetadata = readMetadata(account, field, 'id');
  return isRefusal(accountMetadata) ? accountMetadata : { accountId, accountMetadata };
}
