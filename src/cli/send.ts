/**
 * `bellwire send <event type>`: a sample event through the front door, as our browser agent would send it. So it takes
 * the way of every real event, and is resolved, recorded and pushed like one.
 */
import type { Clock } from '../core/clock.ts';
import { type EventType, eventTypes } from '../core/event.ts';
import type { Flag } from '../core/flags.ts';
import { newEventId } from '../core/id.ts';
import { nearest } from '../core/nearest.ts';
import { sampleAccountId, samplePage, sampleProperties, sampleUserAgent, sampleVisitorId } from '../core/sample.ts';
import { Mishap, postJson } from './request.ts';
import type { Terminal } from './terminal.ts';

export const sendFlags: readonly Flag[] = [
  { name: 'url', value: '<url>', text: 'The server. Default: where `bellwire serve` listens with the same settings.' },
  {
    name: 'api-key',
    value: '<key>',
    text: "An app's API key. Default: BELLWIRE_API_KEY, or that of the first app in the local database.",
  },
  { name: 'visitor', value: '<id>', text: 'Who did it. Default: a sample visitor, and for visitorCreated a new one.' },
  {
    name: 'account',
    value: '<id>',
    text: "The visitor's account. Default: a sample account, and for accountCreated a new one.",
  },
];

export interface SendRequest {
  type: EventType;
  url: string;
  apiKey: string;
  visitorId: string | null;
  accountId: string | null;
}

export async function send(request: SendRequest, deps: { clock: Clock; terminal: Terminal }): Promise<number> {
  const { type, url, apiKey } = request;
  const item = agentItem(request, deps.clock.now());
  const answer = await postJson(`${url}/data/agent/${encodeURIComponent(apiKey)}`, {
    agentVersion: sampleAgentVersion,
    sentAt: deps.clock.now(),
    events: [item],
  });
  insistOnAcceptance(answer);
  deps.terminal.out(
    `Accepted: ${type} of visitor ${item.visitorId} in account ${item.accountId}. It goes to every webhook that is on and has chosen it.`,
  );
  deps.terminal.note(
    `See what became of it: curl -H 'Authorization: Bearer <integration key>' '${url}/api/v1/deliveries?visitorId=${encodeURIComponent(item.visitorId)}'`,
  );
  return 0;
}

/** The event type that was asked for, or what to write instead. */
export function eventTypeNamed(word: string | undefined): EventType {
  const type = eventTypes.find((type) => type === word);
  if (type !== undefined) return type;
  const known = `The event types are ${eventTypes.join(', ')}.`;
  if (word === undefined) throw new Mishap(`Which event? ${known}`);
  const likely = nearest(word, eventTypes);
  throw new Mishap(`There is no event type "${word}".${likely === null ? '' : ` Did you mean ${likely}?`} ${known}`);
}

/** From 2.33.0 on, an agent's poll and NPS events are pushed. */
const sampleAgentVersion = '2.33.0';

/** First seen visitors and accounts are no events that an agent sends: they follow from an identify or a group. */
function agentItem({ type, visitorId, accountId }: SendRequest, now: number) {
  const isNew = { visitor: type === 'visitorCreated', account: type === 'accountCreated' };
  return {
    ...agentCall(type),
    messageId: newEventId(now),
    visitorId: visitorId ?? (isNew.visitor ? `visitor-${now.toString(36)}` : sampleVisitorId),
    accountId: accountId ?? (isNew.account ? `account-${now.toString(36)}` : sampleAccountId),
    timestamp: now,
    ...samplePage,
    userAgent: sampleUserAgent,
  };
}

function agentCall(type: EventType): { type: string; properties: object } {
  if (type === 'visitorCreated') return { type: 'identify', properties: { visitor: { plan: 'team' } } };
  if (type === 'accountCreated') return { type: 'group', properties: { account: { plan: 'team' } } };
  if (type === 'pageLoaded') return { type: 'pageLoad', properties: { name: sampleProperties.pageLoaded['name'] } };
  if (type !== 'trackEventReceived') return { type, properties: sampleProperties[type] };
  const { name, eventProperties } = sampleProperties.trackEventReceived;
  return { type: 'track', properties: { name, eventProperties } };
}

/** The door answers 2xx for what a sender should not send again, also when it did not take it; then it says so. */
function insistOnAcceptance({ refused }: Record<string, unknown>): void {
  const [first] = Array.isArray(refused) ? refused : [];
  if (first !== undefined) throw new Mishap(`The server did not take it: ${JSON.stringify(first)}`);
}
