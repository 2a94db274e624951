import { describe, expect, test } from 'vitest';
import { browserOf, sampleGroupOf } from './browser.ts';
import { chosenTypes, eventTypes } from './event.ts';
import { pendoBody } from './payload.ts';
import { sampleEvent, samplePing, sampleProperties, sampleUserAgent, sampleVisitorId } from './sample.ts';

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const subscription = { id: 12, name: 'Example' };

describe('the sample of each event type', () => {
  test.each(chosenTypes)('%s has its keys in the order of real events', (type) => {
    const { propertiesJson } = sampleEvent(type, now);
    expect(propertiesJson).toBe(JSON.stringify(inOrder(JSON.parse(propertiesJson))));
  });

  test.each(eventTypes)('%s is a new event each time, of whom it is asked for', (type) => {
    const names = { appId: 9, visitorId: 'eve', accountId: 'acme' };
    const [first, second] = [sampleEvent(type, now, names), sampleEvent(type, now, names)];
    expect(first.id).not.toBe(second.id);
    const body: object = JSON.parse(pendoBody(first, { id: 9, name: 'Shop' }, subscription));
    expect(body).toMatchObject({ event: type, visitorId: 'eve', accountId: 'acme', timestamp: now / 1000 });
  });

  test('of a visitor seen for the first time agrees with its own user agent and visitor', () => {
    const browser = browserOf(sampleUserAgent);
    expect(sampleProperties.visitorCreated).toEqual({
      browserName: browser.name,
      browserVersion: browser.version,
      sampleGroup: sampleGroupOf(sampleVisitorId),
    });
  });
});

describe('the ping', () => {
  test('is what receivers of Pendo webhooks know it by', () => {
    const ping: object = JSON.parse(samplePing('pendo', now, subscription));
    expect(ping).toMatchObject({ event: 'ping', app: { name: 'webhook-test' }, subscription, properties: {} });
    expect(Object.keys(ping).join()).toBe(
      'app,accountId,subscription,userAgent,event,properties,timestamp,visitorId,uniqueId',
    );
  });

  test('goes to Segment as a track call', () => {
    expect(JSON.parse(samplePing('segment', now, subscription))).toMatchObject({ type: 'track', event: 'ping' });
  });
});

/** The same with the keys of all objects in alphabetical order. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, inOrder(inner)]));
}
