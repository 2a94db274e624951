/**
 * `bellwire listen`: a receiver on this machine that prints each delivery and says whether its signatures hold. With an
 * integration key it makes a webhook for itself, and deletes it again at the end.
 */
import type { Clock } from '../core/clock.ts';
import { chosenTypes, type EventChoice } from '../core/event.ts';
import type { Flag } from '../core/flags.ts';
import { managementApi } from './management.ts';
import { type ReceiverSecrets, startReceiver } from './receiver.ts';
import { Mishap } from './request.ts';
import type { Terminal } from './terminal.ts';

export const listenFlags: readonly Flag[] = [
  {
    name: 'key',
    value: '<key>',
    text: 'An integration key. With one, a webhook to this receiver is made and switched on, and deleted at the end. Default: BELLWIRE_INTEGRATION_KEY.',
  },
  {
    name: 'url',
    value: '<url>',
    text: 'The server. Default: where `npx bellwire serve` listens with the same settings.',
  },
  { name: 'port', value: '<number>', text: 'Where to receive, on 127.0.0.1. Default: any port that is free.' },
  {
    name: 'events',
    value: '<list>',
    text: `What to receive, separated by commas: ${chosenTypes.join(', ')}. Default: all, but for adminEvent.`,
  },
  {
    name: 'send',
    value: '<event type>',
    text: 'Send this sample as soon as everything is ready, like `npx bellwire send`.',
  },
  { name: 'api-key', value: '<key>', text: 'For --send, like that of `npx bellwire send`.' },
  { name: 'body', value: null, text: 'Print the whole body of each delivery.' },
  { name: 'status', value: '<number>', text: 'Answer with this instead of 204, to see what is tried again.' },
  { name: 'secret', value: '<text>', text: "Without a key: the webhook's own secret, to check X-Pendo-Signature." },
  {
    name: 'signing-secret',
    value: '<whsec_…>',
    text: "Without a key: the webhook's signing secret, to check the Standard Webhooks signature.",
  },
];

export interface ListenRequest {
  port: number;
  /** Null: only listen, and let somebody else register this receiver. */
  registration: { url: string; key: string; events: EventChoice } | null;
  secrets: ReceiverSecrets;
  status: number;
  showBody: boolean;
}

export interface ListenDeps {
  clock: Clock;
  terminal: Terminal;
  /** Resolves when it is time to end. */
  stopped: Promise<void>;
  /** A secret that nobody can guess. */
  newSecret(): string;
  /** Called when deliveries can come. */
  onReady(): Promise<void>;
}

export async function listen(request: ListenRequest, deps: ListenDeps): Promise<number> {
  const { terminal } = deps;
  const secrets = { ...request.secrets };
  const receiver = await startReceiver({ ...request, secrets }, deps);
  try {
    const unregister = await register(request, receiver.url, secrets, deps);
    try {
      await deps.onReady();
      await deps.stopped;
    } finally {
      await unregister();
    }
  } finally {
    await receiver.close();
  }
  terminal.note(`Received ${receiver.receivedCount()}, of which ${receiver.wrongCount()} with a wrong signature.`);
  return 0;
}

/** Which event types a list names. */
export function eventsNamed(list: string | undefined): EventChoice {
  if (list === undefined || list === 'all') return 'all';
  const words = list.split(',').map((word) => word.trim());
  const unknown = words.filter((word) => !chosenTypes.some((type) => type === word));
  if (unknown.length > 0) {
    throw new Mishap(`--events has ${unknown.join(', ')}; the event types are ${chosenTypes.join(', ')}.`);
  }
  return chosenTypes.filter((type) => words.includes(type));
}

/** Makes the webhook when there is a key to make it with; returns what takes it away again. */
async function register(
  { registration }: ListenRequest,
  receiverUrl: string,
  secrets: ReceiverSecrets,
  deps: ListenDeps,
): Promise<() => Promise<void>> {
  const { terminal } = deps;
  if (registration === null) {
    terminal.note(
      `Receiving at ${receiverUrl} until Ctrl+C. No integration key was given: make a webhook with this URL yourself.`,
    );
    return async () => {};
  }
  const api = managementApi(registration);
  secrets.secret = deps.newSecret();
  const webhook = await api.registerWebhook({
    name: 'bellwire listen',
    url: receiverUrl,
    secret: secrets.secret,
    events: registration.events,
  });
  secrets.signingSecret = webhook.signingSecret;
  terminal.note(`Receiving at ${receiverUrl} until Ctrl+C, by webhook ${webhook.id} of ${registration.url}.`);
  return async () => {
    await api.deleteWebhook(webhook.id);
    terminal.note(`Deleted webhook ${webhook.id}.`);
  };
}
