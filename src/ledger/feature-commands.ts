/** What is done to features, in the caller's transaction. */
import type { Kysely } from 'kysely';
import { cleanText } from '../core/canonical-json.ts';
import { compileClickRule } from '../core/click-rule.ts';
import { BellwireError } from '../core/errors.ts';
import { anyClick } from '../core/feature.ts';
import { newFeatureId } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import { findApp } from '../store/apps.ts';
import { deleteFeature, findFeature, insertFeature, listFeatures, updateFeature } from '../store/features.ts';
import type { Database } from '../store/schema.ts';
import type { FeatureSettings, Ledger } from './ledger.ts';
import type { CommandDeps } from './webhook-commands.ts';

type FeatureCommands = Pick<Ledger, 'createFeature' | 'changeFeature' | 'deleteFeature'>;

export function createFeatureCommands(db: Kysely<Database>, { clock }: Pick<CommandDeps, 'clock'>): FeatureCommands {
  async function check({ appId, rule }: FeatureSettings, ownId: string | null): Promise<void> {
    const compiled = compileClickRule(rule);
    if (!compiled.ok) throw new BellwireError('invalid_field', compiled.message, { field: 'rule' });
    if (appId !== null && (await findApp(db, appId)) === null) {
      throw new BellwireError('invalid_field', 'There is no app with this id.', { field: 'appId' });
    }
    const all = await listFeatures(db);
    const twin = all.find((other) => other.id !== ownId && other.appId === appId && other.rule === rule);
    if (twin !== undefined) {
      const message = `"${twin.name}" has this rule already, and a click is on one feature only.`;
      throw new BellwireError('conflict', message, { field: 'rule' });
    }
    if (ownId === null && all.length >= limits.featuresMax) {
      throw new BellwireError('conflict', `There can be at most ${limits.featuresMax} features. Delete one first.`);
    }
  }

  return {
    async createFeature(given) {
      const settings = cleaned(given);
      await check(settings, null);
      return insertFeature(db, rowOf(settings, clock.now()));
    },

    async changeFeature(id, changes) {
      const feature = await findFeature(db, id);
      if (feature === null) return null;
      const settings = cleaned({ ...feature, ...changes });
      await check(settings, id);
      const { appId, name, rule } = settings;
      await updateFeature(db, id, { app_id: appId, name, rule, changed_at: clock.now() });
      return findFeature(db, id);
    },

    deleteFeature: (id) => deleteFeature(db, id),
  };
}

/** What a new app starts with. */
export async function insertAnyClick(db: Kysely<Database>, appId: number, now: number): Promise<void> {
  await insertFeature(db, rowOf({ appId, ...anyClick }, now));
}

function cleaned({ appId, name, rule }: FeatureSettings): FeatureSettings {
  return { appId, name: cleanText(name).trim(), rule: cleanText(rule).trim() };
}

function rowOf({ appId, name, rule }: FeatureSettings, now: number) {
  return { id: newFeatureId(), app_id: appId, name, rule, created_at: now, changed_at: now };
}
