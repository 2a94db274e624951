/**
 * A replay sends many deliveries again, and makes those that were never made: which ones is decided here, by the same rule
 * when they are counted and when they are sent. Pure: a candidate is one event and one webhook as they are now.
 *
 *   running ──▶ finished      when all that it matched has been put back, and is delivered or has failed again
 *      │  ▲
 *      │  └── paused          shown while every webhook that it still has to do with is off
 *      └────▶ cancelled       nothing more is put back; the few that were handed out already still go
 */
import { deliveryId } from './delivery.ts';
import { type ChosenType, type RecordedType, type Withheld, wants } from './event.ts';

/** What a replay can be asked to send. What is pending is on its way already. */
export const replayableStates = ['failed', 'delivered', 'cancelled', 'never_attempted'] as const;
export type ReplayableState = (typeof replayableStates)[number];

export const replayStates = ['running', 'paused', 'finished', 'cancelled'] as const;
export type ReplayState = (typeof replayStates)[number];

/** All of its conditions hold together; null is no condition. Moments are epoch milliseconds. */
export interface ReplayFilter {
  states: readonly ReplayableState[];
  /** Ids of deliveries, and of events, which stand for all their deliveries. */
  ids: readonly string[] | null;
  webhookId: string | null;
  eventType: RecordedType | null;
  /** The error code of the last attempt. */
  code: string | null;
  /** A visitor under all the ids that it has had. */
  visitorIds: readonly string[] | null;
  accountId: string | null;
  /** When the event was received: from this moment on, and before that one. */
  receivedFrom: number | null;
  receivedBefore: number | null;
  /** Whether it may send entries of the audit log: only if whoever asked for it may read that. */
  withAdminEvents?: boolean;
}

export interface ReplayCandidate {
  eventId: string;
  eventType: RecordedType;
  visitorId: string;
  accountId: string;
  receivedAt: number;
  withheld: Withheld | null;
  /** The delivery's stored state; null when this webhook has none of this event. */
  state: 'pending' | 'delivered' | 'failed' | 'cancelled' | null;
  code: string | null;
  /** Its visitor must not be processed any more, or it is on the exclude list now. */
  barred: boolean;
}

/** What the candidate would be sent as, or null when it would not be sent. */
export function replayableAs(
  filter: ReplayFilter,
  candidate: ReplayCandidate,
  webhook: { id: string; events: 'all' | readonly ChosenType[] },
): ReplayableState | null {
  const { state } = candidate;
  if (candidate.eventType === 'adminEvent' && filter.withAdminEvents !== true) return null;
  if (candidate.withheld !== null || candidate.barred || state === 'pending') return null;
  // One that was never made is only made for a webhook that wants such events now.
  if (state === null && !wants(webhook.events, candidate.eventType)) return null;
  const as = state ?? 'never_attempted';
  return filter.states.includes(as) && meets(filter, candidate, webhook.id) ? as : null;
}

function meets(filter: ReplayFilter, candidate: ReplayCandidate, webhookId: string): boolean {
  const { ids, eventType, code, visitorIds, accountId, receivedFrom, receivedBefore } = filter;
  const { eventId, receivedAt } = candidate;
  return (
    (filter.webhookId === null || filter.webhookId === webhookId) &&
    (ids === null || ids.includes(eventId) || ids.includes(deliveryId(eventId, webhookId))) &&
    (eventType === null || candidate.eventType === eventType) &&
    (code === null || candidate.code === code) &&
    (visitorIds === null || visitorIds.includes(candidate.visitorId)) &&
    (accountId === null || candidate.accountId === accountId) &&
    (receivedFrom === null || receivedAt >= receivedFrom) &&
    (receivedBefore === null || receivedAt < receivedBefore)
  );
}

/** The ids of events that a selection names, in order: a delivery's id begins with its event's. */
export function eventIdsIn(ids: readonly string[]): string[] {
  return [...new Set(ids.map((id) => id.slice(0, 40)))].sort();
}

/** Whether it names less than everything that was ever sent. The state alone does not: most of it is in one state. */
export function isNarrow({ ids, webhookId, eventType, code, ...rest }: ReplayFilter): boolean {
  const { visitorIds, accountId, receivedFrom, receivedBefore } = rest;
  const conditions = [ids, webhookId, eventType, code, visitorIds, accountId, receivedFrom, receivedBefore];
  return conditions.some((condition) => condition !== null);
}

/** The filter as a person would say it: `failed deliveries of trackEventReceived to CRM, last error http_503`. */
export function replayInWords(filter: ReplayFilter, names: { webhookName: string | null }): string {
  const { states, ids, eventType, code, visitorIds, accountId, receivedFrom, receivedBefore } = filter;
  const past = states.filter((state) => state !== 'never_attempted');
  const what = [
    ...(past.length === 0 ? [] : [`${past.join(' and ')} deliveries`]),
    ...(states.includes('never_attempted') ? ['events that were never sent'] : []),
  ].join(', and ');
  return [
    ids === null ? what : chosenInWords(ids.length, states.length === replayableStates.length ? null : what),
    eventType === null ? '' : ` of ${eventType}`,
    filter.webhookId === null
      ? ids === null
        ? ' to all webhooks'
        : ''
      : ` to ${names.webhookName ?? filter.webhookId}`,
    code === null ? '' : `, last error ${code}`,
    visitorIds === null ? '' : `, of visitor ${visitorIds[0] ?? ''}`,
    accountId === null ? '' : `, of ${accountId === '' ? 'no account' : `account ${accountId}`}`,
    receivedFrom === null ? '' : `, received from ${new Date(receivedFrom).toISOString()}`,
    receivedBefore === null
      ? ''
      : `${receivedFrom === null ? ', received' : ''} before ${new Date(receivedBefore).toISOString()}`,
  ].join('');
}

/** `which` is null when all of them are meant, whatever became of them. */
function chosenInWords(count: number, which: string | null): string {
  const chosen = `${count} chosen ${count === 1 ? 'delivery' : 'deliveries'}`;
  return which === null ? chosen : `of ${chosen}: ${which}`;
}

/** How far a replay, or its part for one webhook, is. */
export interface ReplayCounts {
  /** How many there were when it was asked for. */
  matched: number;
  /** Put back to pending, or made. Less than matched at the end where something was sent or changed meanwhile. */
  requeued: number;
  /** What became of those. */
  delivered: number;
  failed: number;
  cancelled: number;
  /** On their way, or waiting for a retry. */
  waiting: number;
}
