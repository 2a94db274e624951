/** What the ledger's loop works with. */
import type { WebhookTarget } from '../core/webhook.ts';
import type { Journal } from '../store/journal.ts';
import type { AdminEvents } from './admin-events.ts';
import type { ErrandsDeps } from './errands.ts';
import type { LedgerListener } from './ledger.ts';
import type { Standing } from './standing.ts';
import type { UpkeepDeps } from './upkeep.ts';

export interface WriterDeps extends UpkeepDeps, Omit<ErrandsDeps, 'desk' | 'onClaims' | 'upkeep'> {
  readStanding: () => Promise<Standing>;
  isStorageError: (error: unknown) => boolean;
  /** Makes events of what commands leave in the audit log. */
  adminEvents: Pick<AdminEvents, 'begin' | 'take'>;
  /** Whether this process sends for the webhook. */
  sentHere: (webhook: WebhookTarget) => boolean;
  /** A way of their own for reports; null: they ride in the commits of events. */
  reportJournal: Journal | null;
  listener: LedgerListener;
}
