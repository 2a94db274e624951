/** What the writer's loop knows from the database beside its journal; read again after each command. */
import type { Directory } from './ledger.ts';
import type { World } from './world.ts';

export interface Standing {
  directory: Directory;
  isExcluded: World['isExcluded'];
  retentionDays: number;
  /** Webhooks of which what was pending is being cancelled. */
  discarding: readonly string[];
}
