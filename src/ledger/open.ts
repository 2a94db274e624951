/** Opens the ledger in the calling thread: database, migrations, first keys, the loop, and the commands of the API. */

import type { Actor } from '../core/audit.ts';
import type { Clock } from '../core/clock.ts';
import type { DatabaseAddress } from '../core/database-address.ts';
import type { DatabaseTime } from '../core/database-time.ts';
import { parseDeliveryId } from '../core/delivery.ts';
import { exclusionMatcher } from '../core/exclusion.ts';
import { continueEventIds, newReplayId, newWebhookId } from '../core/id.ts';
import { limits } from '../core/limits.ts';
import { type Role, roles } from '../core/role.ts';
import { createVault } from '../core/vault.ts';
import { version } from '../core/version.ts';
import { deleteOldAuditEntries } from '../store/audit-log.ts';
import { discardingWebhooks, discardLate, discardStep } from '../store/discards.ts';
import { allExclusions } from '../store/exclusions.ts';
import { readFact, readSettings, writeFact } from '../store/facts.ts';
import type { NodeView } from '../store/nodes.ts';
import { openStore, type Store } from '../store/open-store.ts';
import { deleteOverPasswordLinks } from '../store/password-links.ts';
import { deleteOverSessions } from '../store/sessions.ts';
import { endOverlaps } from '../store/webhooks.ts';
import { AdminEvents } from './admin-events.ts';
import { auditedCommand } from './audited.ts';
import { createCommands } from './commands.ts';
import { type FirstKeys, type FixedKeys, firstStart, loadDirectory } from './directory.ts';
import { isSentHere } from './home.ts';
import { endlessLease, type LeaseCell } from './lease.ts';
import type { AuditedCall, Ledger, LedgerListener } from './ledger.ts';
import { endingAtLostSync } from './lost-sync.ts';
import { NodeLife } from './node-life.ts';
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
  /** What others that share the database see of this process. */
  node?: { name: string; roles: readonly Role[] };
}

export interface OpenedLedger {
  ledger: Ledger;
  /** The keys that were made because this is the first start; they can be shown now and never again. */
  firstKeys: FirstKeys | null;
  /** What a change of the secret key has sealed anew; null when no former key was given. */
  resealed: Resealed | null;
}

export async function openLedger(config: LedgerConfig, deps: LedgerDeps): Promise<OpenedLedger> {
  const node = { ...(config.node ?? onlyNode), version };
  const { clock, time } = deps;
  const store = await openStore(config.database, { clock, time, node, migrates: config.migrates !== false });
  try {
    return await openHeld(store, { ...config, node }, deps);
  } catch (error) {
    await store.close();
    throw store.explained(error);
  }
}

const theServer = { kind: 'server', id: '', name: 'Bellwire', address: '' } as const;
const onlyNode = { name: 'bellwire', roles };
type HeldConfig = LedgerConfig & Required<Pick<LedgerConfig, 'node'>>;

export interface LedgerDeps {
  clock: Clock;
  /** Where others use the database too, `clock` is to go by the database's: this is how. */
  time?: DatabaseTime;
  listener: LedgerListener;
  /** Until when attempts may be started: where somebody asks, and others use the database too. */
  lease?: LeaseCell;
}

async function openHeld(store: Store, config: HeldConfig, deps: LedgerDeps): Promise<OpenedLedger> {
  const { clock, time, listener, lease = endlessLease() } = deps;
  const { db } = store;
  const { formerSecretKeys = [] } = config;
  const vault = createVault(
    Buffer.from(config.secretKey),
    formerSecretKeys.map((key) => Buffer.from(key)),
  );
  const journal = endingAtLostSync(store.journal, (error) => store.isSyncLost(error));
  const { firstKeys, resealed } = await journal.transaction(async () => {
    // Of nodes that start at once on an empty database one makes the keys.
    await journal.noteChange();
    return {
      firstKeys: await firstStart(db, { vault, clock }, config.fixedKeys),
      resealed: formerSecretKeys.length === 0 ? null : await resealAll(db, vault),
    };
  });

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
  const life = store.membership === null ? null : new NodeLife(store.membership, { clock, lease, time });
  const fellows: { nodes: readonly NodeView[] } = { nodes: (await life?.join()) ?? [] };
  const delivers = config.node.roles.includes('deliver');
  const adminEvents = new AdminEvents(db, journal);
  const writer = await Writer.open({
    journal,
    adminEvents,
    replays,
    readStanding,
    discardStep: discard,
    discardLate: () => discardLate(db, clock.now()),
    async endOverlaps(now) {
      await endOverlaps(db, now);
      await deleteOverSessions(db, now);
      await deleteOverPasswordLinks(db, now);
      await deleteOldAuditEntries(db, now);
    },
    doubts: {
      load: () => readFact(db, 'clock_doubts'),
      save: (text) => journal.transaction(() => writeFact(db, 'clock_doubts', text)),
    },
    isStorageError: (error) => store.isTrouble(error),
    sentHere: (webhook) => delivers && (life === null || isSentHere(webhook, fellows.nodes, life.nodeId)),
    isShared: life !== null,
    reportJournal: store.reportJournal,
    clock,
    listener,
  });
  store.onNotice(() => life?.wake());
  life?.start({
    onChange: () => writer.reload(),
    onNodes(nodes) {
      fellows.nodes = nodes;
      writer.reload();
    },
    onLost: () => writer.loseClaims(),
    onTrouble: (message, detail) => listener.onTrouble(message, detail),
  });
  const note = adminEvents.note.bind(adminEvents);
  const commands = createCommands(db, { vault, clock, newWebhookId, newReplayId, note }, config);
  const noted = (by: Actor, call: AuditedCall) =>
    auditedCommand(db, { commands, note }, { ...call, by, now: clock.now() });

  const ledger: Ledger = {
    accept: (inputs, warnings) => writer.accept(inputs, warnings),
    record: (records) => writer.record(records),
    release: (claims) => writer.release(claims),
    claimsForgotten: () => writer.claimsForgotten(),
    writeMetadata: (request, by) =>
      writer.command(async () => {
        const done = await noted(by, { name: 'writeMetadata', args: [request] });
        return done as Awaited<ReturnType<Ledger['writeMetadata']>>;
      }),
    createApp: (settings) => writer.command(() => commands.createApp(settings)),
    changeApp: (id, changes) => writer.command(() => commands.changeApp(id, changes)),
    rotateTrackSecret: (id) => writer.command(() => commands.rotateTrackSecret(id)),
    createWebhook: (settings) => writer.command(() => commands.createWebhook(settings)),
    changeWebhook: (id, changes) => writer.command(() => commands.changeWebhook(id, changes)),
    enableWebhook: (id, held) => writer.command(() => commands.enableWebhook(id, held)),
    rotateSigningSecret: (id, overlapMs) => writer.command(() => commands.rotateSigningSecret(id, overlapMs)),
    retireSigningSecret: (id) => writer.command(() => commands.retireSigningSecret(id)),
    // Outside of the API only the server itself switches one off.
    disableWebhook: (id, reason, url) =>
      writer.command(async () => {
        const done = await noted(theServer, { name: 'disableWebhook', args: [id, reason, url] });
        return done as Awaited<ReturnType<Ledger['disableWebhook']>>;
      }),
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
    createFeature: (settings) => writer.command(() => commands.createFeature(settings)),
    changeFeature: (id, changes) => writer.command(() => commands.changeFeature(id, changes)),
    deleteFeature: (id) => writer.command(() => commands.deleteFeature(id)),
    createIntegrationKey: (settings) => writer.command(() => commands.createIntegrationKey(settings)),
    changeIntegrationKey: (id, changes) => writer.command(() => commands.changeIntegrationKey(id, changes)),
    revokeIntegrationKey: (id) => writer.command(() => commands.revokeIntegrationKey(id)),
    noteKeyUsed: (id) => writer.command(() => commands.noteKeyUsed(id)),
    audited: (by, call) => {
      const work = () => noted(by, call);
      if (call.name !== 'replayDelivery') return writer.command(work);
      return writer.commandThatRequeues(parseDeliveryId(String(call.args[0]))?.webhookId ?? '', work);
    },
    testSent: (id, sent) => writer.command(() => commands.testSent(id, sent)),
    sampleSent: (id, sent) => writer.command(() => commands.sampleSent(id, sent)),
    noteRefusal: (refusal) => writer.command(() => commands.noteRefusal(refusal)),
    openSetup: (linkHash) => writer.command(() => commands.openSetup(linkHash)),
    completeSetup: (linkHash, admin, session) => writer.command(() => commands.completeSetup(linkHash, admin, session)),
    // By the settings, so it is the server that makes them.
    createFirstAdmin: (admin) =>
      writer.command(async () => {
        const done = await noted(theServer, { name: 'createFirstAdmin', args: [admin] });
        return done as Awaited<ReturnType<Ledger['createFirstAdmin']>>;
      }),
    inviteUser: (user, linkHash) => writer.command(() => commands.inviteUser(user, linkHash)),
    renewPasswordLink: (userId, linkHash) => writer.command(() => commands.renewPasswordLink(userId, linkHash)),
    redeemPasswordLink: (linkHash, chosen, session) =>
      writer.command(() => commands.redeemPasswordLink(linkHash, chosen, session)),
    changeUser: (id, changes) => writer.command(() => commands.changeUser(id, changes)),
    deleteUser: (id) => writer.command(() => commands.deleteUser(id)),
    startSession: (checked, session) => writer.command(() => commands.startSession(checked, session)),
    changePassword: (checked, session) => writer.command(() => commands.changePassword(checked, session)),
    noteSessionSeen: (id) => writer.command(() => commands.noteSessionSeen(id)),
    endSession: (id) => writer.command(() => commands.endSession(id)),
    endSessionsOf: (userId, exceptId) => writer.command(() => commands.endSessionsOf(userId, exceptId)),
    lookAgain() {
      writer.reload();
      // It is done by the loop, before any command that comes after it.
      return writer.probe();
    },
    probe: () => writer.probe(),
    async close() {
      await writer.close();
      await life
        ?.leave()
        .catch((error: unknown) =>
          listener.onTrouble('The others could not be told that this node goes.', { error: String(error) }),
        );
      await store.close();
    },
  };
  return { ledger, firstKeys, resealed };
}
