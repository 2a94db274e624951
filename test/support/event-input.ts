/** Inputs as a door would hand them to the ledger, with everything filled in that a test does not care about. */
import type { Act, EventInput } from '../../src/core/event-input.ts';

export const testAppId = -323232;
export const testNow = Date.UTC(2026, 0, 5, 12);

export function trackInput(visitorId: string, over: Partial<EventInput> & { name?: string } = {}): EventInput {
  const { name = 'Account Upgraded', ...rest } = over;
  return inputOf(visitorId, eventAct(name), rest);
}

export function identifyInput(
  visitorId: string,
  over: Partial<EventInput> & { traits?: Record<string, string> } = {},
): EventInput {
  const { traits = {}, ...rest } = over;
  return inputOf(visitorId, { kind: 'identify', visitorMetadata: traits, accountMetadata: {} }, rest);
}

export function groupInput(visitorId: string, accountId: string, traits: Record<string, string> = {}): EventInput {
  return inputOf(visitorId, { kind: 'group', accountMetadata: traits }, { accountId });
}

export function aliasInput(visitorId: string, previousId: string, looksAnonymous = false): EventInput {
  return inputOf(visitorId, { kind: 'alias', previousId, looksAnonymous }, {});
}

export function eventAct(name: string): Extract<Act, { kind: 'event' }> {
  return {
    kind: 'event',
    type: 'trackEventReceived',
    propertiesJson: `{"eventProperties":{},"name":${JSON.stringify(name)},"source":"server"}`,
    url: '',
    title: '',
    agentVersion: null,
    agentTooOld: false,
  };
}

function inputOf(visitorId: string, act: Act, over: Partial<EventInput>): EventInput {
  return {
    appId: testAppId,
    door: 'segment',
    receivedAt: testNow,
    occurredAt: testNow,
    timeReplaced: false,
    messageId: null,
    visitorId,
    anonymousId: null,
    accountId: null,
    userAgent: '',
    ip: null,
    host: null,
    act,
    ...over,
  };
}
