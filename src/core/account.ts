import type { Change } from './visitor.ts';

/** An account is the company that visitors belong to. The one with the empty id stands for "no account". */
export interface KnownAccount {
  id: string;
  /** When a door first saw it; null for one that only the metadata API knows. */
  firstSeenAt: number | null;
  lastSeenAt: number | null;
  createdAt: number;
  /** JSON: group, then key, then value. */
  metadata: string;
  /** How often it was changed; only asked for where others may change it too. */
  version: number;
  change: Change;
}
