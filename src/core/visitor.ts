/** A visitor is a person who uses the product, by the id that the product gave; or somebody not yet named. */
export interface KnownVisitor {
  id: string;
  /** The last account. Null as long as none, not even the empty one, has been tied to it. */
  accountId: string | null;
  anonymous: boolean;
  /** Nothing of what it does is recorded. */
  doNotProcess: boolean;
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

/** What the batch at hand did to it. */
export type Change = 'none' | 'new' | 'changed';
