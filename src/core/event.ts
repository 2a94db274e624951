/**
 * An event is a fact we accepted: something a visitor did, or that we saw a visitor or an account for the first time.
 * The names are Pendo's, so that a receiver built for its webhooks knows them.
 */
export const eventTypes = [
  'guideDisplayed',
  'trackEventReceived',
  'npsDisplayed',
  'npsSubmitted',
  'pollDisplayed',
  'pollSubmitted',
  'visitorCreated',
  'accountCreated',
  'pageLoaded',
  'featureClicked',
] as const;

/** What comes of what visitors do: all that `all` means. */
export type EventType = (typeof eventTypes)[number];

/**
 * What a webhook can choose. An `adminEvent` is an entry of the audit log: only those who may read that log see its events and
 * deliveries, and `all` never means it.
 */
export const chosenTypes = [...eventTypes, 'adminEvent'] as const;
export type ChosenType = (typeof chosenTypes)[number];
export type EventChoice = 'all' | ChosenType[];

/** What is recorded: all that can be pushed, and the raw clicks, which match no feature and are kept for later. */
export const recordedTypes = [...chosenTypes, 'click'] as const;
export type RecordedType = (typeof recordedTypes)[number];

/** Whether a webhook with this choice gets events of the type. */
export function wants(events: 'all' | readonly ChosenType[], type: RecordedType): boolean {
  if (type === 'click') return false;
  return events === 'all' ? type !== 'adminEvent' : events.includes(type);
}

/** The event types in the groups in which people choose them. */
export const eventCategories: Readonly<Record<string, readonly EventType[]>> = {
  Guides: ['guideDisplayed'],
  'Track Events': ['trackEventReceived'],
  NPS: ['npsDisplayed', 'npsSubmitted'],
  Polls: ['pollDisplayed', 'pollSubmitted'],
  Visitors: ['visitorCreated'],
  Accounts: ['accountCreated'],
  Pages: ['pageLoaded'],
  Features: ['featureClicked'],
};

/** The way by which an event came in. */
export const doors = ['segment', 'segment-webhook', 'track', 'agent', 'metadata'] as const;
export type Door = (typeof doors)[number];

/** Where an event is from: a door, or the server's own audit log. */
export const origins = [...doors, 'audit-log'] as const;
export type Origin = (typeof origins)[number];

/**
 * Why an event is recorded and yet goes to no webhook at all: its visitor, account, host or address is on the exclude
 * list; its agent is older than polls and NPS need; or it is of a kind that is only kept (raw clicks).
 */
export const withheldReasons = ['excluded', 'agent_too_old', 'kept'] as const;
export type Withheld = (typeof withheldReasons)[number];

/** One event as it is stored and shown. Moments are epoch milliseconds. */
export interface Event {
  /** 40 lower-case hex characters, ordered by the time they were made; `uniqueId` on the wire. */
  id: string;
  appId: number;
  door: Origin;
  type: RecordedType;
  visitorId: string;
  /** The empty string when the visitor belongs to no account. */
  accountId: string;
  occurredAt: number;
  receivedAt: number;
  /** The time the sender named was out of bounds, and `occurredAt` is the time of receipt instead. */
  timeReplaced: boolean;
  messageId: string | null;
  userAgent: string;
  url: string;
  title: string;
  /** Compact JSON of an object with all keys in alphabetical order; goes into the webhook's body as it is. */
  propertiesJson: string;
  agentVersion: string | null;
  withheld: Withheld | null;
}
