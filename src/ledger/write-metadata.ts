/**
 * Bulk metadata: values for many visitors or accounts, laid over what is known of each. What a person is called here makes
 * no event: somebody that only this API knows has not been seen yet.
 */
import type { Kysely } from 'kysely';
import type { Metadata } from '../core/event-input.ts';
import { mergeMetadata } from '../core/metadata.ts';
import { isAnonymous } from '../core/visitor-id.ts';
import { findAccountRow, insertAccount, updateAccount } from '../store/accounts.ts';
import type { Database } from '../store/schema.ts';
import { currentVisitorId, findVisitorRow, insertVisitor, updateVisitor } from '../store/visitors.ts';
import type { MetadataWrite, MetadataWriteResult } from './ledger.ts';

export async function writeMetadata(
  db: Kysely<Database>,
  request: MetadataWrite,
  now: number,
): Promise<MetadataWriteResult> {
  const { kind, group, create, items } = request;
  const subject = kind === 'visitor' ? visitorSubject(db, now) : accountSubject(db, now);
  const result: MetadataWriteResult = { updatedCount: 0, createdCount: 0, missing: [], tooLarge: [] };
  for (const { id, values } of items) {
    const stored = await subject.find(id);
    if (stored === null && !create) {
      result.missing.push(id);
      continue;
    }
    const merged = mergeMetadata(stored?.metadata ?? '{}', group, lowerKeys(values));
    if (merged === null) {
      result.tooLarge.push(id);
    } else if (stored === null) {
      await subject.add(id, merged);
      result.createdCount += 1;
    } else {
      // Of somebody who must not be processed nothing new is kept; the sender has done nothing wrong.
      if (merged !== stored.metadata && !stored.doNotProcess) await subject.change(stored.id, merged);
      result.updatedCount += 1;
    }
  }
  return result;
}

interface Subject {
  find(id: string): Promise<{ id: string; metadata: string; doNotProcess: boolean } | null>;
  add(id: string, metadata: string): Promise<void>;
  change(id: string, metadata: string): Promise<unknown>;
}

function visitorSubject(db: Kysely<Database>, now: number): Subject {
  return {
    async find(id) {
      const row = await findVisitorRow(db, await currentVisitorId(db, id), 'to change');
      return row === null ? null : { id: row.id, metadata: row.metadata, doNotProcess: row.do_not_process === 1 };
    },
    add: (id, metadata) =>
      insertVisitor(db, {
        id,
        account_id: null,
        anonymous: isAnonymous(id) ? 1 : 0,
        do_not_process: 0,
        first_seen_at: null,
        last_seen_at: null,
        created_at: now,
        metadata,
        version: 0,
      }),
    change: (id, metadata) => updateVisitor(db, id, { metadata }),
  };
}

function accountSubject(db: Kysely<Database>, now: number): Subject {
  return {
    async find(id) {
      const row = await findAccountRow(db, id, 'to change');
      return row === null ? null : { id, metadata: row.metadata, doNotProcess: false };
    },
    add: (id, metadata) =>
      insertAccount(db, { id, first_seen_at: null, last_seen_at: null, created_at: now, metadata, version: 0 }),
    change: (id, metadata) => updateAccount(db, id, { metadata }),
  };
}

/** Keys are kept in lower case, whatever the door; of two that differ only in case the later one holds. */
function lowerKeys(values: Metadata): Metadata {
  const lowered = Object.create(null) as Metadata;
  for (const [key, value] of Object.entries(values)) lowered[key.toLowerCase()] = value;
  return lowered;
}
