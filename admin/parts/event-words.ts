/** What event types, doors and states are called where people read. */
import type { Delivery, Event } from '../api/answers.ts';
import type { Tone } from './state.tsx';

export const eventTypes = {
  guideDisplayed: 'Guide displayed',
  trackEventReceived: 'Track Event received',
  npsDisplayed: 'NPS displayed',
  npsSubmitted: 'NPS submitted',
  pollDisplayed: 'Poll displayed',
  pollSubmitted: 'Poll submitted',
  visitorCreated: 'Visitor first seen',
  accountCreated: 'Account first seen',
  pageLoaded: 'Page loaded',
  featureClicked: 'Feature clicked',
  adminEvent: 'Admin event',
  click: 'Click (kept, not pushed)',
} as const satisfies Record<Event['type'], string>;

export const doors = {
  segment: 'Segment library',
  'segment-webhook': 'Segment Webhooks destination',
  track: 'Track Events from a server',
  agent: 'browser agent',
  metadata: 'metadata API',
  'audit-log': 'audit log',
} as const satisfies Record<Event['door'], string>;

export const deliveryStates = {
  pending: { words: 'waiting', tone: 'busy' },
  held: { words: 'held', tone: 'off' },
  delivered: { words: 'delivered', tone: 'good' },
  failed: { words: 'failed', tone: 'bad' },
  cancelled: { words: 'cancelled', tone: 'off' },
} as const satisfies Record<Delivery['state'], { words: string; tone: Tone }>;

/** Without what only those see who may read the audit log. */
export function shownTypes(isAdmin: boolean): Readonly<Record<string, string>> {
  const { adminEvent, ...others } = eventTypes;
  return isAdmin ? { ...others, adminEvent } : others;
}

/** For a list to choose from, with everything first. */
export function choices(names: Readonly<Record<string, string | { words: string }>>, all: string) {
  const each = Object.entries(names).map(([value, name]) => ({
    value,
    label: typeof name === 'string' ? name : name.words,
  }));
  return [{ value: '', label: all }, ...each];
}

/** What an event is called on its own: that of a Track Event or guide by its name, if it has one. */
export function eventTitle({ type, properties }: Pick<Event, 'type' | 'properties'>): string {
  const { name, action } = properties;
  if (type === 'adminEvent' && typeof action === 'string') return `${eventTypes[type]}: ${action}`;
  return typeof name === 'string' && name !== '' ? `${eventTypes[type]}: ${name}` : eventTypes[type];
}

/** Why an event goes to no webhook at all. */
export const withheldReasons: Readonly<Record<string, { short: string; words: string }>> = {
  excluded: {
    short: 'excluded',
    words: 'Its visitor, account, host or address is on the exclude list.',
  },
  agent_too_old: {
    short: 'agent too old',
    words: 'NPS and poll events need version 2.33.0 of the agent or a newer one. Update the snippet of the page.',
  },
  kept: {
    short: 'kept',
    words: 'A click that matches no tagged feature is kept and not pushed. Tag it, in Settings > Tagged features.',
  },
};

/** Why one webhook did not get an event. */
export const notSentReasons: Readonly<Record<string, string>> = {
  type_not_chosen: 'It has not chosen this kind of event.',
  not_enabled: 'It was turned off when the event came.',
  created_later: 'It was added after the event came.',
  deleted: 'It was deleted before the event came.',
};
