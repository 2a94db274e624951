/**
 * The change of the secret key: at the start, everything that is still under a former one is sealed anew with the present one,
 * in the transaction of the caller, so that after it the former key is needed for nothing.
 */
import type { Kysely } from 'kysely';
import type { Vault } from '../core/vault.ts';
import { readFact, writeFact } from '../store/facts.ts';
import type { Database, WebhookRow } from '../store/schema.ts';
import { sealedHeadersOf, updateWebhook, webhookRows } from '../store/webhooks.ts';
import { canaryPlace } from './directory.ts';
import { openHeaders, sealedColumns, sealedPlace, sealHeaders } from './webhook-secrets.ts';

export interface Resealed {
  /** Secrets that are under the present key now and were not before. */
  sealedCount: number;
  /** Secrets that none of the keys opens. They stay as they are, and their webhooks send nothing. */
  unreadableCount: number;
}

export async function resealAll(db: Kysely<Database>, vault: Vault): Promise<Resealed> {
  const done: Resealed = { sealedCount: 0, unreadableCount: 0 };
  /** Null when there is nothing to change. */
  const reseal = (sealed: string, place: string): string | null => {
    const text = vault.open(sealed, place);
    if (text === null) done.unreadableCount += 1;
    if (text === null || vault.isCurrent(sealed)) return null;
    done.sealedCount += 1;
    return vault.seal(text, place);
  };

  const canary = reseal((await readFact(db, 'vault_canary')) ?? '', canaryPlace);
  if (canary !== null) await writeFact(db, 'vault_canary', canary);
  for (const row of await webhookRows(db)) {
    const changes = { ...columnsAnew(row, reseal), ...headersAnew(row, vault, done) };
    if (Object.keys(changes).length > 0) await updateWebhook(db, row.id, changes);
  }
  return done;
}

function columnsAnew(row: WebhookRow, reseal: (sealed: string, place: string) => string | null): Partial<WebhookRow> {
  const changes: Partial<WebhookRow> = {};
  for (const column of sealedColumns) {
    const sealed = row[`${column}_sealed`];
    const anew = sealed === null ? null : reseal(sealed, sealedPlace(row.id, column));
    if (anew !== null) changes[`${column}_sealed`] = anew;
  }
  return changes;
}

/** All headers of a webhook are sealed anew, or none: with one that does not open it cannot send in any case. */
function headersAnew(row: WebhookRow, vault: Vault, done: Resealed): Partial<WebhookRow> {
  const sealed = sealedHeadersOf(row);
  if (sealed.every(([, value]) => vault.isCurrent(value))) return {};
  const opened = openHeaders(sealed, row.id, vault);
  if (opened === null) {
    done.unreadableCount += 1;
    return {};
  }
  done.sealedCount += sealed.length;
  return { headers_sealed: sealHeaders(opened, row.id, vault) };
}
