/**
 * Judges what happened: the client's log of what it sent and what was acknowledged, against the receiver's log of what
 * arrived. Pure, so that its own tests can hand it histories in which something went wrong.
 *
 *   sent, acknowledged ──┐
 *   arrived, answered  ──┼──▶  lost, stored twice, seen first twice, wrongly signed, changed, never sent, repeated
 *   interruptions      ──┘
 */
export interface History {
  /** By name of the event. */
  sent: ReadonlyMap<string, Sent>;
  arrivals: readonly Arrival[];
  /** Names of the webhooks that get every sent event. */
  webhooks: readonly string[];
  /** Spans in which the server was hindered from writing down what it had sent: what arrived then may arrive again. */
  interruptions: readonly Interruption[];
}

export interface Sent {
  /** Epoch milliseconds of the 2xx; null while there was none. Only what was acknowledged was promised. */
  acknowledgedAt: number | null;
}

export interface Arrival {
  webhook: string;
  /** The same at each repetition. */
  deliveryId: string;
  /** The event's own id. */
  eventId: string;
  eventType: string;
  /** Of the event as the client sent it; of an event that the server makes itself, whose first sight it tells. */
  name: string;
  bodyHash: string;
  signed: boolean;
  /** The status that it was answered with. */
  status: number;
  /** Epoch milliseconds. */
  at: number;
}

export interface Interruption {
  from: number;
  to: number;
}

export interface Verdict {
  sent: number;
  acknowledged: number;
  /** Of what was acknowledged, how many each webhook has got. */
  delivered: number;
  arrivals: number;
  /** Arrivals of what had been answered with a 2xx before, and how many of them no interruption explains. */
  repeated: number;
  /** How many could have been repeated: all that was answered within an interruption. */
  repeatedMax: number;
  /** Each of these must be empty. */
  faults: Readonly<Record<FaultKind, readonly string[]>>;
}

export const faultKinds = [
  'lost',
  'stored twice',
  'first seen twice',
  'wrongly signed',
  'changed',
  'never sent',
  'repeated without cause',
] as const;
export type FaultKind = (typeof faultKinds)[number];

const firstSights = new Set(['visitorCreated', 'accountCreated']);

export function judge({ sent, arrivals, webhooks, interruptions }: History): Verdict {
  const faults = Object.fromEntries(faultKinds.map((kind) => [kind, [] as string[]])) as Record<FaultKind, string[]>;
  /** By webhook: names that arrived as they should. */
  const arrived = new Map(webhooks.map((webhook) => [webhook, new Set<string>()]));
  const eventIds = new Map<string, string>();
  const bodies = new Map<string, string>();
  const answeredAt = new Map<string, number>();
  let repeated = 0;
  let repeatedMax = 0;

  for (const arrival of arrivals.toSorted((a, b) => a.at - b.at)) {
    const { webhook, deliveryId, eventId, eventType, name, bodyHash, signed, status, at } = arrival;
    if (!signed) {
      faults['wrongly signed'].push(`${webhook}: ${deliveryId}`);
      continue;
    }
    const body = bodies.get(deliveryId);
    if (body !== undefined && body !== bodyHash) faults.changed.push(`${webhook}: ${deliveryId}`);
    bodies.set(deliveryId, bodyHash);

    const subject = `${eventType} ${name}`;
    const knownId = eventIds.get(subject) ?? eventId;
    eventIds.set(subject, knownId);
    if (knownId !== eventId) faults[firstSights.has(eventType) ? 'first seen twice' : 'stored twice'].push(subject);
    if (!firstSights.has(eventType)) {
      if (!sent.has(name)) faults['never sent'].push(subject);
      arrived.get(webhook)?.add(name);
    }

    const before = answeredAt.get(deliveryId);
    if (before !== undefined) {
      repeated += 1;
      if (!within(before, interruptions)) faults['repeated without cause'].push(`${webhook}: ${deliveryId} of ${name}`);
    }
    if (status < 200 || status >= 300) continue;
    if (before === undefined && within(at, interruptions)) repeatedMax += 1;
    answeredAt.set(deliveryId, at);
  }

  const acknowledged = [...sent].flatMap(([name, { acknowledgedAt }]) => (acknowledgedAt === null ? [] : [name]));
  let delivered = 0;
  for (const name of acknowledged) {
    const missing = webhooks.filter((webhook) => arrived.get(webhook)?.has(name) !== true);
    if (missing.length === 0) delivered += 1;
    else faults.lost.push(`${name} at ${missing.join(', ')}`);
  }
  return {
    sent: sent.size,
    acknowledged: acknowledged.length,
    delivered,
    arrivals: arrivals.length,
    repeated,
    repeatedMax,
    faults,
  };
}

function within(at: number, interruptions: readonly Interruption[]): boolean {
  return interruptions.some(({ from, to }) => at >= from && at <= to);
}
