/** A sample event as our browser agent would send it, so that it takes the way of every real event through a front door. */
import type { EventType } from './event.ts';
import { newEventId } from './id.ts';
import { sampleAccountId, samplePage, sampleProperties, sampleUserAgent, sampleVisitorId } from './sample.ts';

export interface SampleItem {
  type: string;
  properties: object;
  messageId: string;
  visitorId: string;
  accountId: string;
  timestamp: number;
}

/** The body for the agent's door, of one item. Null: a sample visitor or account, and a new one where that is what is seen. */
export function sampleAgentBody(
  { type, visitorId, accountId }: { type: EventType; visitorId: string | null; accountId: string | null },
  now: number,
): { agentVersion: string; sentAt: number; events: [SampleItem] } {
  const isNew = { visitor: type === 'visitorCreated', account: type === 'accountCreated' };
  const item = {
    ...agentCall(type),
    messageId: newEventId(now),
    visitorId: visitorId ?? (isNew.visitor ? `visitor-${now.toString(36)}` : sampleVisitorId),
    accountId: accountId ?? (isNew.account ? `account-${now.toString(36)}` : sampleAccountId),
    timestamp: now,
    ...samplePage,
    userAgent: sampleUserAgent,
  };
  return { agentVersion: sampleAgentVersion, sentAt: now, events: [item] };
}

/** From 2.33.0 on, an agent's poll and NPS events are pushed. */
const sampleAgentVersion = '2.33.0';

/** First seen visitors and accounts are no events that an agent sends: they follow from an identify or a group. */
function agentCall(type: EventType): { type: string; properties: object } {
  if (type === 'visitorCreated') return { type: 'identify', properties: { visitor: { plan: 'team' } } };
  if (type === 'accountCreated') return { type: 'group', properties: { account: { plan: 'team' } } };
  if (type === 'pageLoaded') return { type: 'pageLoad', properties: { name: sampleProperties.pageLoaded['name'] } };
  if (type !== 'trackEventReceived') return { type, properties: sampleProperties[type] };
  const { name, eventProperties } = sampleProperties.trackEventReceived;
  return { type: 'track', properties: { name, eventProperties } };
}
