/** What the API's routes stand on. */
import type { Clock } from '../core/clock.ts';
import type { Attempt } from '../core/delivery.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { WebhookTarget } from '../core/webhook.ts';
import type { WebhookHealth } from '../core/webhook-health.ts';
import type { Log } from '../http/log.ts';
import type { Directory, Ledger } from '../ledger/ledger.ts';
import type { Reads } from '../ledger/reads.ts';

export interface ApiConfig {
  /** Where webhooks of the Segment type post to, instead of Segment's own hosts. */
  segmentApiUrl: string | null;
}

export interface ApiDeps {
  ledger: Omit<Ledger, 'accept' | 'record' | 'release' | 'writeMetadata' | 'probe' | 'close'>;
  reads: Omit<Reads, 'queue' | 'close'>;
  directory: () => Directory;
  /** Whether a receiver's address may be dialled. */
  checkUrl: (raw: string) => Promise<{ ok: true; url: URL | string } | { ok: false; code: ErrorCode; message: string }>;
  /** One attempt through the code of real deliveries; nothing of it is kept. */
  testSend: (target: WebhookTarget, body: string) => Promise<Attempt>;
  /** How it goes with sending to a webhook; null for one that is off. */
  health: (webhookId: string) => WebhookHealth | null;
  clock: Pick<Clock, 'now'>;
  log: Pick<Log, 'info'>;
}
