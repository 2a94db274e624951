/** The two events that several doors make, written as their receivers get them: keys in alphabetical order. */
import { canonicalJson, fieldPath, jsonText } from '../core/canonical-json.ts';
import type { Act } from '../core/event-input.ts';
import { limits } from '../core/limits.ts';
import { optionalObject, requiredText } from './fields.ts';
import { isRefusal, type Refusal, refusal } from './refusal.ts';

/** Where it happened: on a page in a browser, in an app on a phone, or on a server. */
export type Source = 'web' | 'mobile' | 'server';

export interface Page {
  source: Source;
  url: string;
  title: string;
  agentVersion: string | null;
}

export type EventAct = Extract<Act, { kind: 'event' }>;

/** `fields` are the paths under which the sender knows the name and the properties. */
export function trackAct(
  name: unknown,
  properties: unknown,
  page: Page,
  fields: { name: string; properties: string },
): EventAct | Refusal {
  const eventName = requiredText(name, fields.name, limits.eventNameCharsMax);
  if (isRefusal(eventName)) return eventName;
  const json = objectJson(properties, fields.properties);
  if (isRefusal(json)) return json;
  const propertiesJson = `{"eventProperties":${json},"name":${jsonText(eventName)},"source":"${page.source}"}`;
  return eventAct('trackEventReceived', propertiesJson, page);
}

/** `properties` without `name`, `title` and `url`, which have their own place. */
export function pageAct(name: string, properties: unknown, page: Page): EventAct | Refusal {
  const json = objectJson(properties, 'properties');
  if (isRefusal(json)) return json;
  const propertiesJson =
    `{"name":${jsonText(name)},"pageProperties":${json},"source":"${page.source}"` +
    `,"title":${jsonText(page.title)},"url":${jsonText(page.url)}}`;
  return eventAct('pageLoaded', propertiesJson, page);
}

export function eventAct(type: EventAct['type'], propertiesJson: string, page: Page, agentTooOld = false): EventAct {
  const { url, title, agentVersion } = page;
  return { kind: 'event', type, propertiesJson, url, title, agentVersion, agentTooOld };
}

/** The canonical JSON of an object; nothing and null mean an empty one. */
export function objectJson(value: unknown, field: string): string | Refusal {
  const object = optionalObject(value, field);
  if (isRefusal(object)) return object;
  const written = canonicalJson(object);
  if (written.ok) return written.json;
  const path = fieldPath(field, written.field);
  return refusal('invalid_field', path, `${path}: ${written.message}`);
}
