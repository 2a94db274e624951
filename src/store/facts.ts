/** Single values of the installation, one row each. */
import type { Kysely } from 'kysely';
import { limits } from '../core/limits.ts';
import type { Database } from './schema.ts';

export type FactName =
  | 'subscription_id'
  | 'subscription_name'
  | 'retention_days'
  /** A known text under the vault's key: tells a wrong key at start, before anything is sealed with it. */
  | 'vault_canary'
  | 'first_integration_key_id'
  /** From this event on a delivery may have no row yet: see owed-deliveries.ts. */
  | 'owed_from'
  /** Jumps of the clock that are not believed yet: see ledger/clearing-time.ts. */
  | 'clock_doubts';

export async function readFact(db: Kysely<Database>, name: FactName): Promise<string | null> {
  const row = await db.selectFrom('facts').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value ?? null;
}

export async function writeFact(db: Kysely<Database>, name: FactName, value: string): Promise<void> {
  await db
    .insertInto('facts')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

export async function readSettings(db: Kysely<Database>): Promise<{ subscriptionName: string; retentionDays: number }> {
  const days = await readFact(db, 'retention_days');
  return {
    subscriptionName: (await readFact(db, 'subscription_name')) ?? '',
    retentionDays: days === null ? limits.retentionDaysDefault : Number(days),
  };
}
