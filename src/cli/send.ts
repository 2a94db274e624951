/**
 * `bellwire send <event type>`: a sample event through the front door, as our browser agent would send it. So it takes
 * the way of every real event, and is resolved, recorded and pushed like one.
 */
import type { Clock } from '../core/clock.ts';
import { type EventType, eventTypes } from '../core/event.ts';
import type { Flag } from '../core/flags.ts';
import { nearest } from '../core/nearest.ts';
import { sampleAgentBody } from '../core/sample-item.ts';
import { Mishap, postJson } from './request.ts';
import type { Terminal } from './terminal.ts';

export const sendFlags: readonly Flag[] = [
  {
    name: 'url',
    value: '<url>',
    text: 'The server. Default: where `npx bellwire serve` listens with the same settings.',
  },
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
  /** Where the key was taken from, for when the server does not know it. */
  apiKeyFrom: string;
  visitorId: string | null;
  accountId: string | null;
}

export async function send(request: SendRequest, deps: { clock: Clock; terminal: Terminal }): Promise<number> {
  const { type, url, apiKey, apiKeyFrom } = request;
  const body = sampleAgentBody(request, deps.clock.now());
  const [item] = body.events;
  const answer = await postJson(`${url}/data/agent/${encodeURIComponent(apiKey)}`, body, { keyFrom: apiKeyFrom });
  insistOnAcceptance(answer);
  deps.terminal.out(`Accepted: ${type} of visitor ${item.visitorId} in account ${item.accountId}.`);
  deps.terminal.note(
    `See what became of it: curl -H 'Authorization: Bearer <integration key>' '${url}/api/v1/events?visitorId=${encodeURIComponent(item.visitorId)}'`,
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

/** The door answers 2xx for what a sender should not send again, also when it did not take it; then it says so. */
function insistOnAcceptance({ refused }: Record<string, unknown>): void {
  const [first] = Array.isArray(refused) ? refused : [];
  if (first !== undefined) throw new Mishap(`The server did not take it: ${JSON.stringify(first)}`);
}
