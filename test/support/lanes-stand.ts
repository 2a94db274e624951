/** Lanes with real senders and sockets, before a ledger that only notes what it is told. */
import { parseEgressAllow } from '../../src/core/address.ts';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import type { AttemptReport, Claim } from '../../src/core/delivery.ts';
import type { Webhook, WebhookTarget } from '../../src/core/webhook.ts';
import { createDialer } from '../../src/deliver/connect.ts';
import { createLanes, type Lanes, type LanesConfig, lanesConfig } from '../../src/deliver/lanes.ts';
import { createSender } from '../../src/deliver/send.ts';
import type { FakeClock } from './fake-clock.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { webhookTarget } from './webhook-target.ts';

const open: { close(): unknown }[] = [];

/** After each test. */
export async function closeAll(): Promise<void> {
  for (const one of open.splice(0).toReversed()) await one.close();
}

export interface FakeLedger {
  records: AttemptReport[];
  recordCalls: number;
  released: string[];
  disabled: string[];
  failNext: number;
  /** Resolves when so many records have come. */
  recorded(count: number): Promise<void>;
}

export function setUp(
  targets: WebhookTarget[],
  config: Partial<LanesConfig> = {},
  clock: Clock | FakeClock = systemClock,
): { lanes: Lanes; ledger: FakeLedger; troubles: string[]; news: string[] } {
  const rules = { allow: parseEgressAllow('127.0.0.1'), http: true };
  const sender = createSender({ dialer: createDialer({ rules, dnsServers: null }, { clock }), clock });
  open.push(sender);
  const troubles: string[] = [];
  const news: string[] = [];
  const ledger: FakeLedger = {
    records: [],
    recordCalls: 0,
    released: [],
    disabled: [],
    failNext: 0,
    recorded: (count) => until(() => ledger.records.length >= count),
  };
  const lanes = createLanes(
    { ...lanesConfig, ...config },
    {
      sender,
      clock,
      dice: () => 0.5,
      version: '1.2.3',
      onTrouble: (message) => troubles.push(message),
      onNews: (message) => news.push(message),
      ledger: {
        async record(records) {
          ledger.recordCalls += 1;
          if (ledger.failNext-- > 0) throw new Error('The disk is full.');
          ledger.records.push(...records);
        },
        async release(released) {
          ledger.released.push(...released.map(({ webhookId }) => webhookId));
        },
        async disableWebhook(id) {
          ledger.disabled.push(id);
          return { webhook: {} as Webhook, heldCount: 0 };
        },
      },
    },
  );
  lanes.update(targets);
  return { lanes, ledger, troubles, news };
}

/** Looks once in every turn of the event loop, so it waits for sockets and not for a time. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

export async function start(behaviour: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const receiver = await startReceiver(behaviour);
  open.push(receiver);
  return receiver;
}

export function targetOf(number: number, receiver: Receiver, changes: Partial<WebhookTarget> = {}): WebhookTarget {
  return webhookTarget({ id: idOf(number), url: receiver.url, ...changes });
}

export function idOf(number: number): string {
  return `wh_${String(number).padStart(12, '0')}`;
}

let made = 0;
export function claims(number: number, count: number, over: Partial<Claim> = {}): Claim[] {
  return Array.from({ length: count }, () => {
    made += 1;
    return {
      eventId: String(made).padStart(40, '0'),
      webhookId: idOf(number),
      triesUsed: 0,
      body: `{"n":${made}}`,
      ...over,
    };
  });
}
