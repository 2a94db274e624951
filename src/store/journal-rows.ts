/** What both journals read: rows of either database, whose values are numbers and texts on both. */
import type { KnownAccount } from '../core/account.ts';
import type { KnownVisitor } from '../core/visitor.ts';

export type Row = Record<string, unknown>;

export function visitorOf(row: Row): KnownVisitor {
  return {
    ...accountOf(row),
    accountId: textOrNull(row['account_id']),
    anonymous: row['anonymous'] === 1,
    doNotProcess: row['do_not_process'] === 1,
  };
}

export function accountOf(row: Row): KnownAccount {
  return {
    id: String(row['id']),
    firstSeenAt: numberOrNull(row['first_seen_at']),
    lastSeenAt: numberOrNull(row['last_seen_at']),
    createdAt: Number(row['created_at']),
    metadata: String(row['metadata']),
    version: Number(row['version']),
    change: 'none',
  };
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
