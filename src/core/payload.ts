/**
 * The bytes of a webhook: one event as compact JSON, in the envelope of a Pendo webhook or as a Segment track call. This
 * runs for every event and format, so nothing is parsed or copied into objects: the event's properties are JSON text
 * already and are spliced in as they are, and what names the app and the subscription is written once and kept.
 */
import type { Event, RecordedType } from './event.ts';
import { version } from './version.ts';
import { anonymousPrefix, isAnonymous } from './visitor-id.ts';

/** What the bytes are made of. `ping` is the sample that the Test button sends; it is never recorded. */
export type PayloadEvent = Pick<
  Event,
  'id' | 'visitorId' | 'accountId' | 'occurredAt' | 'userAgent' | 'propertiesJson'
> & { type: RecordedType | 'ping' };

/** An app or the subscription, as the envelope names it. */
export interface Named {
  id: number;
  name: string;
}

/**
 * The envelope of a Pendo webhook. The order of its keys is the one that was captured on the wire; `timestamp` is in Unix
 * seconds; nothing is left out when it is empty.
 */
export function pendoBody(event: PayloadEvent, app: Named, subscription: Named): string {
  return (
    `{"app":${named(apps, app, ',"platform":"web"}')},"accountId":${JSON.stringify(event.accountId)}` +
    `,"subscription":${named(subscriptions, subscription, '}')},"userAgent":${JSON.stringify(event.userAgent)}` +
    `,"event":"${event.type}","properties":${event.propertiesJson},"timestamp":${Math.floor(event.occurredAt / 1000)}` +
    `,"visitorId":${JSON.stringify(event.visitorId)},"uniqueId":"${event.id}"}`
  );
}

/**
 * A track call for `POST /v1/track`. The visitor is Segment's `userId`, or its `anonymousId` without our prefix as long as
 * nobody has named it; an entry of the audit log is no visitor's, and comes from `bellwire`. For a visitor without an account `accountId` and `groupId` are left out, because Segment's
 * destinations take an empty `groupId` for the name of a group.
 */
export function segmentBody(event: PayloadEvent): string {
  const account = event.accountId === '' ? null : JSON.stringify(event.accountId);
  return (
    `{"type":"track","event":"${event.type}",${who(event.visitorId)},"messageId":"${event.id}"` +
    `,"timestamp":"${new Date(event.occurredAt).toISOString()}","properties":${withAccount(event.propertiesJson, account)}` +
    `,"context":{${account === null ? '' : `"groupId":${account},`}"userAgent":${JSON.stringify(event.userAgent)}` +
    `,"integration":{"name":"bellwire","version":"${version}"}}}`
  );
}

function who(visitorId: string): string {
  // Segment takes no call that is nobody's.
  if (visitorId === '') return '"anonymousId":"bellwire"';
  return isAnonymous(visitorId)
    ? `"anonymousId":${JSON.stringify(visitorId.slice(anonymousPrefix.length))}`
    : `"userId":${JSON.stringify(visitorId)}`;
}

function withAccount(propertiesJson: string, account: string | null): string {
  if (account === null) return propertiesJson;
  if (propertiesJson === '{}') return `{"accountId":${account}}`;
  // None of our event types has this key at its top, but an agent may send it, and no object may have a key twice.
  if (propertiesJson.includes('"accountId":')) {
    const properties: Record<string, unknown> = JSON.parse(propertiesJson);
    if (Object.hasOwn(properties, 'accountId'))
      return JSON.stringify({ ...properties, accountId: JSON.parse(account) });
  }
  return `${propertiesJson.slice(0, -1)},"accountId":${account}}`;
}

type Written = Map<number, { name: string; json: string }>;
const apps: Written = new Map();
const subscriptions: Written = new Map();

/** An installation has one subscription and few apps; this only keeps a caller that makes ids up from filling the memory. */
const writtenMax = 1000;

function named(written: Written, { id, name }: Named, end: string): string {
  const known = written.get(id);
  if (known !== undefined && known.name === name) return known.json;
  if (written.size >= writtenMax) written.clear();
  const json = `{"id":${id},"name":${JSON.stringify(name)}${end}`;
  written.set(id, { name, json });
  return json;
}
