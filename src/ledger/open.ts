/** Opens the ledger in the calling thread: database, migrations, first keys, the loop, and the commands of the API. */
import type { Clock } from '../core/clock.ts';
import type { DatabaseAddress } from '../core/database-address.ts';
import { parseDeliveryId } from '../core/delivery.ts';
import { exclusionMatcher } from '../core/exclusion.ts';
import { continueEventIds, newReplayId, newWebhookId } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import { createVault } from '../core/vault.ts';
import { discardingWebhooks, discardStep } from '../store/discards.ts';
import { allExclusions } from '../store/exclusions.ts';
import { readSettings } from '../store/facts.ts';
import { insistUpToDate, migrate } from '../store/migrate.ts';
import { damageOf, holdDatabase, isStorageError, isSyncLost, openSqlite, type Sqlite } from '../store/sqlite.ts';
import { sqliteJournal } from '../store/sqlite-journal.ts';
import { createCommands } from './commands.ts';
import { type FirstKeys, type FixedKeys, firstStart, loadDirectory } from './directory.ts';
import type { Ledger, LedgerListener } from './ledger.ts';
import { endingAtLostSync } from './lost-sync.ts';
import { ReplayWork } from './replay-work.ts';
import { type Resealed, resealAll } from './reseal.ts';
import { Writer } from './writer.ts';

export interface LedgerConfig {
  database: DatabaseAddress;
  /** 32 bytes; what secrets are encrypted with. */
  secretKey: Uint8Array;
  /** Keys that something may still be under. It is sealed anew with `secretKey` at the start. */
  formerSecretKeys?: readonly Uint8Array[];
  /** Keys that the operator has fixed. */
  fixedKeys: FixedKeys;
  /** Where webhooks of the Segment type post to, instead of Segment's own hosts. */
  segmentApiUrl: string | null;
  /** False: the start is refused while the tables are behind. Default true. */
  migrates?: boolean;
  /** False: this node sends nothing, so nothing is claimed for it. Default true; on SQLite nobody else could. */
  delivers?: boolean;
}

export interface OpenedLedger {
  ledger: Ledger;
  /** The keys that were made because this is the first start; they can be shown now and never again. */
  firstKeys: FirstKeys | null;
  /** What a change of the secret key has sealed anew; null when no former key was given. */
  resealed: Resealed | null;
}

export async function openLedger(config: LedgerConfig, deps: LedgerDeps): Promise<OpenedLedger> {
  if (config.database.kind === 'postgres') throw new Error('The database cannot be a PostgreSQL yet.');
  const { path } = config.database;
  let sqlite: Sqlite | null = null;
  let hold: { release(): void } | null = null;
  try {
    sqlite = openSqlite(path);
    hold = holdDatabase(path);
    return await openHeld(sqlite, hold, config, deps);
  } catch (error) {
    sqlite?.close();
    hold?.release();
    throw damageOf(error, path) ?? error;
  }
}

interface LedgerDeps {
  clock: Clock;
  listener: LedgerListener;
}

async function openHeld(
  sqlite: Sqlite,
  hold: { release(): void },
  config: LedgerConfig,
  deps: LedgerDeps,
): Promise<OpenedLedger> {
  const { clock, listener } = deps;
  const { raw, db } = sqlite;
  await (config.migrates === false ? insistUpToDate(db) : migrate(sqlite));
  const { formerSecretKeys = [] } = config;
  const vault = createVault(
    Buffer.from(config.secretKey),
    formerSecretKeys.map((key) => Buffer.from(key)),
  );
  const journal = endingAtLostSync(sqliteJournal(raw), isSyncLost);
  const { firstKeys, resealed } = await journal.transaction(async () => ({
    firstKeys: await firstStart(db, { vault, clock }, config.fixedKeys),
    resealed: formerSecretKeys.length === 0 ? null : await resealAll(db, vault),
  }));

  const readStanding = async () => ({
    directory: await loadDirectory(db, vault, config),
    isExcluded: exclusionMatcher(await allExclusions(db)),
    retentionDays: (await readSettings(db)).retentionDays,
    discarding: await discardingWebhooks(db),
  });
  const lastEventId = await journal.lastEventId();
  if (lastEventId !== null) continueEventIds(lastEventId);
  const replays = new ReplayWork(db);
  const discard = (webhookId: string) => discardStep(db, webhookId, limits.discardBatchRows);
  const writer = await Writer.open({
    journal,
    replays,
    readStanding,
    discardStep: discard,
    isStorageError,
    clock,
    listener,
  });
  const commands = createCommands(db, { vault, clock, newWebhookId, newReplayId }, config);

  const ledger: Ledger = {
    accept: (inputs, warnings) => writer.accept(inputs, warnings),
    record: (records) => writer.record(records),
    release: (claims) => writer.release(claims),
    writeMetadata: (request) => writer.command(() => commands.writeMetadata(request)),
    createApp: (settings) => writer.command(() => commands.createApp(settings)),
    changeApp: (id, changes) => writer.command(() => commands.changeApp(id, changes)),
    rotateTrackSecret: (id) => writer.command(() => commands.rotateTrackSecret(id)),
    createWebhook: (settings) => writer.command(() => commands.createWebhook(settings)),
    changeWebhook: (id, changes) => writer.command(() => commands.changeWebhook(id, changes)),
    enableWebhook: (id, held) => writer.command(() => commands.enableWebhook(id, held)),
    rotateSigningSecret: (id, overlapMs) => writer.command(() => commands.rotateSigningSecret(id, overlapMs)),
    retireSigningSecret: (id) => writer.command(() => commands.retireSigningSecret(id)),
    disableWebhook: (id, reason) => writer.command(() => commands.disableWebhook(id, reason)),
    deleteWebhook: (id) => writer.command(() => commands.deleteWebhook(id)),
    replayDelivery: (id) => {
      const webhookId = parseDeliveryId(id)?.webhookId ?? '';
      return writer.commandThatRequeues(webhookId, () => commands.replayDelivery(id));
    },
    createReplay: (request) => writer.command(() => commands.createReplay(request)),
    cancelReplay: (id) => writer.command(() => commands.cancelReplay(id)),
    changeVisitor: (id, changes) => writer.command(() => commands.changeVisitor(id, changes)),
    addExclusion: (exclusion) => writer.command(() => commands.addExclusion(exclusion)),
    removeExclusion: (id) => writer.command(() => commands.removeExclusion(id)),
    changeSettings: (changes) => writer.command(() => commands.changeSettings(changes)),
    probe: () => writer.probe(),
    async close() {
      await writer.close();
      sqlite.close();
      hold.release();
    },
  };
  return { ledger, firstKeys, resealed };
}
