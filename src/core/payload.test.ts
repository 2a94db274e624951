import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type PayloadEvent, pendoBody, segmentBody } from './payload.ts';
import { version } from './version.ts';

const app = { id: 7, name: 'Shop "EU"' };
const subscription = { id: 4802463602049999, name: 'Example' };
const upgraded: PayloadEvent = {
  id: '01a2040acfc600008b87ef8ef817f055ea200830',
  type: 'trackEventReceived',
  visitorId: 'ada',
  accountId: 'engines',
  occurredAt: 1_626_803_876_999,
  userAgent: 'Mozilla/5.0',
  propertiesJson: '{"eventProperties":{"fromTier":"basic"},"name":"Account Upgraded","source":"web"}',
};

describe('the body of a Pendo webhook', () => {
  test('is compact JSON in the order of the wire, with the time in whole seconds', () => {
    expect(pendoBody(upgraded, app, subscription)).toBe(
      '{"app":{"id":7,"name":"Shop \\"EU\\"","platform":"web"},"accountId":"engines",' +
        '"subscription":{"id":4802463602049999,"name":"Example"},"userAgent":"Mozilla/5.0","event":"trackEventReceived",' +
        '"properties":{"eventProperties":{"fromTier":"basic"},"name":"Account Upgraded","source":"web"},' +
        '"timestamp":1626803876,"visitorId":"ada","uniqueId":"01a2040acfc600008b87ef8ef817f055ea200830"}',
    );
  });

  test('keeps what is empty', () => {
    const body: object = JSON.parse(pendoBody({ ...upgraded, accountId: '', userAgent: '' }, app, subscription));
    expect(body).toMatchObject({ accountId: '', userAgent: '' });
  });

  test('follows an app that was given another name', () => {
    pendoBody(upgraded, app, subscription);
    expect(pendoBody(upgraded, { ...app, name: 'Shop' }, subscription)).toContain('"name":"Shop"');
    expect(pendoBody(upgraded, { ...app, id: 8 }, subscription)).toContain('{"id":8,"name":"Shop \\"EU\\""');
  });

  test('holds any text unharmed', () => {
    fc.assert(
      fc.property(text, text, text, text, (visitorId, accountId, userAgent, name) => {
        const event = { ...upgraded, visitorId, accountId, userAgent };
        const body: Record<string, unknown> = JSON.parse(pendoBody(event, { id: 1, name }, { id: 2, name }));
        expect(body).toEqual({
          app: { id: 1, name, platform: 'web' },
          accountId,
          subscription: { id: 2, name },
          userAgent,
          event: 'trackEventReceived',
          properties: JSON.parse(upgraded.propertiesJson),
          timestamp: 1626803876,
          visitorId,
          uniqueId: upgraded.id,
        });
      }),
    );
  });
});

describe('the body for Segment', () => {
  test('is a track call of the visitor', () => {
    expect(JSON.parse(segmentBody(upgraded))).toEqual({
      type: 'track',
      event: 'trackEventReceived',
      userId: 'ada',
      messageId: upgraded.id,
      timestamp: '2021-07-20T17:57:56.999Z',
      properties: {
        eventProperties: { fromTier: 'basic' },
        name: 'Account Upgraded',
        source: 'web',
        accountId: 'engines',
      },
      context: { groupId: 'engines', userAgent: 'Mozilla/5.0', integration: { name: 'bellwire', version } },
    });
  });

  test('names an anonymous visitor without our prefix', () => {
    const body: object = JSON.parse(segmentBody({ ...upgraded, visitorId: '_PENDO_T_abc' }));
    expect(body).toHaveProperty('anonymousId', 'abc');
    expect(body).not.toHaveProperty('userId');
  });

  test("names somebody also when it is no visitor's", () => {
    const body: object = JSON.parse(segmentBody({ ...upgraded, type: 'adminEvent', visitorId: '' }));
    expect(body).toHaveProperty('anonymousId', 'bellwire');
    expect(body).not.toHaveProperty('userId');
  });

  test('leaves the account out when there is none', () => {
    const body = segmentBody({ ...upgraded, accountId: '' });
    expect(body).not.toContain('groupId');
    expect(body).not.toContain('accountId');
    expect(JSON.parse(body)).toHaveProperty('properties', JSON.parse(upgraded.propertiesJson));
  });

  test('has accountId once, whatever the properties hold', () => {
    expect(ofProperties('{}')).toContain('"properties":{"accountId":"engines"}');
    expect(ofProperties('{"accountId":"other","b":1}')).toContain('"properties":{"accountId":"engines","b":1}');
    expect(ofProperties('{"a":{"accountId":"other"}}')).toContain(
      '"properties":{"a":{"accountId":"other"},"accountId":"engines"}',
    );
  });

  test('holds any text unharmed', () => {
    fc.assert(
      fc.property(text, text, text, (visitorId, accountId, userAgent) => {
        const body = JSON.parse(segmentBody({ ...upgraded, visitorId: `v${visitorId}`, accountId, userAgent }));
        expect(body).toMatchObject({ userId: `v${visitorId}`, context: { userAgent } });
      }),
    );
  });
});

const ofProperties = (propertiesJson: string) => segmentBody({ ...upgraded, propertiesJson });

/** Any text that a door lets in: doors replace lone surrogates. */
const text = fc.string({ unit: 'grapheme' });
