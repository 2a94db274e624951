/**
 * What the management API changes, each command in a transaction that the caller has opened: apps,
 * visitors, the exclude list, settings. Webhooks, replays, people, keys, features and metadata have files of their own.
 */
import type { Kysely } from 'kysely';
import { newApiKey, newNumericId, newTrackSecret } from '../core/app-keys.ts';
import type { AuditEntry } from '../core/audit.ts';
import { cleanText } from '../core/canonical-json.ts';
import { BellwireError } from '../core/errors.ts';
import { exclusionProblem } from '../core/exclusion.ts';
import { limits } from '../core/limits.ts';
import { findApp, insertApp, updateApp } from '../store/apps.ts';
import { cancelPendingOf } from '../store/discards.ts';
import { countExclusions, deleteExclusion, insertExclusion } from '../store/exclusions.ts';
import { readSettings, writeFact } from '../store/facts.ts';
import type { Database } from '../store/schema.ts';
import { idsOfVisitor, updateVisitor } from '../store/visitors.ts';
import { trackSecretColumns } from './directory.ts';
import { createFeatureCommands, insertAnyClick } from './feature-commands.ts';
import { createKeyCommands } from './key-commands.ts';
import type { Ledger } from './ledger.ts';
import { createPeopleCommands } from './people-commands.ts';
import { createReplayCommands } from './replay-commands.ts';
import { type CommandConfig, type CommandDeps, createWebhookCommands } from './webhook-commands.ts';
import { writeMetadata } from './write-metadata.ts';

/** The part of the ledger that the management API and the metadata door write with. */
export type Commands = Omit<
  Ledger,
  'accept' | 'record' | 'release' | 'claimsForgotten' | 'audited' | 'lookAgain' | 'probe' | 'close'
>;

export function createCommands(
  db: Kysely<Database>,
  deps: CommandDeps & { note: (entry: AuditEntry) => Promise<void> },
  config: CommandConfig,
): Commands {
  const { clock, note } = deps;
  return {
    ...createWebhookCommands(db, deps, config),
    writeMetadata: (request) => writeMetadata(db, request, clock.now()),

    async createApp({ name }) {
      const trackSecret = newTrackSecret();
      const app = await insertApp(db, {
        id: newNumericId(),
        name: cleanText(name),
        api_key: newApiKey(),
        ...trackSecretColumns(trackSecret),
        track_enabled: 1,
        created_at: clock.now(),
      });
      await insertAnyClick(db, app.id, app.createdAt);
      return { ...app, trackSecret };
    },

    changeApp: (id, { name, trackEnabled }) =>
      updateApp(db, id, {
        ...(name === undefined ? {} : { name: cleanText(name) }),
        ...(trackEnabled === undefined ? {} : { track_enabled: trackEnabled ? 1 : 0 }),
      }),

    async rotateTrackSecret(id) {
      if ((await findApp(db, id)) === null) return null;
      const trackSecret = newTrackSecret();
      const app = await updateApp(db, id, trackSecretColumns(trackSecret));
      return app === null ? null : { ...app, trackSecret };
    },

    ...createReplayCommands(db, deps),
    ...createPeopleCommands(db, deps),
    ...createKeyCommands(db, deps),
    ...createFeatureCommands(db, deps),

    async changeVisitor(id, { doNotProcess }) {
      const ids = await idsOfVisitor(db, id);
      const isThere = await updateVisitor(db, ids[0] ?? id, { do_not_process: doNotProcess ? 1 : 0 });
      if (isThere && doNotProcess) await cancelPendingOf(db, ids, clock.now());
      return isThere;
    },

    async addExclusion({ kind, pattern }) {
      const problem = exclusionProblem({ kind, pattern });
      if (problem !== null) throw new BellwireError('invalid_field', problem, { field: 'pattern' });
      if ((await countExclusions(db)) >= limits.exclusionsMax) {
        throw new BellwireError('conflict', `The exclude list is full: it holds ${limits.exclusionsMax} entries.`);
      }
      const added = await insertExclusion(db, { kind, pattern }, clock.now());
      if (added === null) {
        throw new BellwireError('conflict', 'The exclude list has this entry already.', { field: 'pattern' });
      }
      return added;
    },

    noteRefusal: ({ actor, action, targetId }) =>
      note({
        at: clock.now(),
        actor,
        action,
        outcome: 'refused',
        targetId: cleanText(targetId).slice(0, limits.idCharsMax),
        beforeJson: null,
        afterJson: null,
      }),

    // Nothing is changed: that it is in the audit log is all.
    testSent: async () => true,
    sampleSent: async () => true,

    removeExclusion: (id) => deleteExclusion(db, id),

    async changeSettings({ subscriptionName, retentionDays }) {
      if (subscriptionName !== undefined) await writeFact(db, 'subscription_name', cleanText(subscriptionName));
      if (retentionDays !== undefined) await writeFact(db, 'retention_days', String(retentionDays));
      return readSettings(db);
    },
  };
}
