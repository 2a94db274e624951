/** What is done to integration keys, in the caller's transaction. */
import type { Kysely } from 'kysely';
import { hint, newIntegrationKey, sha256Hex } from '../core/app-keys.ts';
import { cleanText } from '../core/canonical-json.ts';
import { BellwireError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import {
  deleteIntegrationKey,
  findIntegrationKey,
  insertIntegrationKey,
  integrationKeyRows,
  updateIntegrationKey,
} from '../store/integration-keys.ts';
import type { Database } from '../store/schema.ts';
import type { Ledger } from './ledger.ts';
import type { CommandDeps } from './webhook-commands.ts';

type KeyCommands = Pick<
  Ledger,
  'createIntegrationKey' | 'changeIntegrationKey' | 'revokeIntegrationKey' | 'noteKeyUsed'
>;

export function createKeyCommands(db: Kysely<Database>, { clock }: Pick<CommandDeps, 'clock'>): KeyCommands {
  return {
    async createIntegrationKey({ name, scopes }) {
      if ((await integrationKeyRows(db)).length >= limits.integrationKeysMax) {
        const message = `There can be at most ${limits.integrationKeysMax} integration keys. Revoke one first.`;
        throw new BellwireError('conflict', message);
      }
      const { id, key } = newIntegrationKey();
      const made = await insertIntegrationKey(db, {
        id,
        name: cleanText(name),
        hash: sha256Hex(key),
        hint: hint(key),
        scopes: JSON.stringify(scopes),
        created_at: clock.now(),
        last_used_at: null,
      });
      return { ...made, key };
    },

    async changeIntegrationKey(id, { name }) {
      await updateIntegrationKey(db, id, { name: cleanText(name) });
      return findIntegrationKey(db, id);
    },

    revokeIntegrationKey: (id) => deleteIntegrationKey(db, id),
    noteKeyUsed: (id) => updateIntegrationKey(db, id, { last_used_at: clock.now() }),
  };
}
