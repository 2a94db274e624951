/** What the API's routes stand on. */
import type { AddressList } from '../core/address-list.ts';
import type { Clock } from '../core/clock.ts';
import type { Attempt } from '../core/delivery.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import type { WebhookHealth } from '../core/webhook-health.ts';
import type { Log } from '../http/log.ts';
import type { Directory, Ledger } from '../ledger/ledger.ts';
import type { Reads } from '../ledger/reads.ts';
import type { Passwords } from './passwords.ts';
import type { OwnSystem } from './system.ts';

export interface ApiConfig {
  /** Where webhooks of the Segment type post to, instead of Segment's own hosts. */
  segmentApiUrl: string | null;
  /** Where people reach this server, without a slash at its end; null when nobody has said it. */
  publicUrl: string | null;
  /** Proxies whose word is taken for where a request comes from; null for none. */
  trustedProxies: AddressList | null;
}

export interface ApiDeps {
  ledger: Omit<
    Ledger,
    'accept' | 'record' | 'release' | 'writeMetadata' | 'openSetup' | 'createFirstAdmin' | 'probe' | 'close'
  >;
  reads: Omit<Reads, 'close'>;
  /** What only this process knows of itself. */
  system: () => Promise<OwnSystem>;
  directory: () => Directory;
  /** Whether a receiver's address may be dialled. */
  checkUrl: (raw: string) => Promise<{ ok: true; url: URL | string } | { ok: false; code: ErrorCode; message: string }>;
  /** One attempt through the code of real deliveries; nothing of it is kept. */
  testSend: (target: WebhookTarget, body: string) => Promise<Attempt>;
  /** How it goes with sending to a webhook; null for one that is off. */
  health: (webhookId: string) => WebhookHealth | null;
  /** What the agent's door does with a body for an app; answers what of it was refused. */
  takeIn: (apiKey: string, body: object) => Promise<{ code: ErrorCode; message: string }[]>;
  clock: Pick<Clock, 'now' | 'monotonicMs'>;
  passwords: Passwords;
  /** What links to pages begin with. */
  baseUrl: () => string;
  log: Pick<Log, 'info'>;
}
