/** The audit log, newest first. Entries are added and leave with time; nothing changes one. */
import type { Kysely, Selectable } from 'kysely';
import type { Actor, AuditEntry } from '../core/audit.ts';
import { limits } from '../core/limits.ts';
import type { Page, PageRequest } from '../core/page.ts';
import { cursorNumber, pageOf } from './page.ts';
import type { AuditEntryRow, Database } from './schema.ts';

export async function insertAuditEntry(db: Kysely<Database>, entry: AuditEntry): Promise<void> {
  const { actor } = entry;
  await db
    .insertInto('audit_entries')
    .values({
      at: entry.at,
      actor_kind: actor.kind,
      actor_id: actor.id,
      actor_name: actor.name,
      address: actor.address,
      action: entry.action,
      outcome: entry.outcome,
      target_id: entry.targetId,
      before_json: entry.beforeJson,
      after_json: entry.afterJson,
    })
    .execute();
}

export async function listAuditEntries(
  db: Kysely<Database>,
  where: { actorId?: string; targetId?: string; action?: string; outcome?: string; from?: number; before?: number },
  page: PageRequest,
): Promise<Page<AuditEntry & { id: number }>> {
  let query = db
    .selectFrom('audit_entries')
    .selectAll()
    .orderBy('id', 'desc')
    .limit(page.limit + 1);
  if (where.actorId !== undefined) query = query.where('actor_id', '=', where.actorId);
  if (where.targetId !== undefined) query = query.where('target_id', '=', where.targetId);
  if (where.action !== undefined) query = query.where('action', '=', where.action);
  if (where.outcome !== undefined) query = query.where('outcome', '=', where.outcome);
  if (where.from !== undefined) query = query.where('at', '>=', where.from);
  if (where.before !== undefined) query = query.where('at', '<', where.before);
  const after = cursorNumber(page);
  if (after !== null) query = query.where('id', '<', after);
  return pageOf(
    await query.execute(),
    page,
    (row) => entryOf(row),
    (row) => [row.id],
  );
}

/** What is older than a year leaves, and the oldest of too many; a batch of it. */
export async function deleteOldAuditEntries(db: Kysely<Database>, now: number): Promise<void> {
  const newest = await db.selectFrom('audit_entries').select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
  if (newest === undefined) return;
  // The oldest are looked at, whether they may leave or not: else all that are kept would be looked through for those that may.
  const oldest = db.selectFrom('audit_entries').select(['id', 'at']).orderBy('id').limit(limits.pruneBatchRows);
  const old = db
    .selectFrom(oldest.as('oldest'))
    .select('oldest.id')
    .where((eb) =>
      eb.or([
        eb('oldest.at', '<', now - limits.auditKeptMs),
        eb('oldest.id', '<=', newest.id - limits.auditEntriesMax),
      ]),
    );
  await db.deleteFrom('audit_entries').where('id', 'in', old).execute();
}

function entryOf(row: Selectable<AuditEntryRow>): AuditEntry & { id: number } {
  return {
    id: row.id,
    at: row.at,
    actor: {
      kind: row.actor_kind as Actor['kind'],
      id: row.actor_id,
      name: row.actor_name,
      address: row.address,
    },
    action: row.action,
    outcome: row.outcome as AuditEntry['outcome'],
    targetId: row.target_id,
    beforeJson: row.before_json,
    afterJson: row.after_json,
  };
}
