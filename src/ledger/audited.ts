/**
 * Commands that leave an entry in the audit log, in the transaction of the command itself: there is no change without its
 * entry, and no entry of a change that was not made.
 */
import type { Kysely } from 'kysely';
import { type Actor, type AuditEntry, differences } from '../core/audit.ts';
import { findApp } from '../store/apps.ts';
import { findExclusion } from '../store/exclusions.ts';
import { readSettings } from '../store/facts.ts';
import { findFeature } from '../store/features.ts';
import { findIntegrationKey } from '../store/integration-keys.ts';
import type { Database } from '../store/schema.ts';
import { findUser } from '../store/users.ts';
import { findVisitor } from '../store/visitors.ts';
import { findWebhook } from '../store/webhooks.ts';
import type { AuditedCall, AuditedName, Ledger, MetadataWrite, MetadataWriteResult } from './ledger.ts';

type Shown = (db: Kysely<Database>, id: string) => Promise<object | null>;

interface Rule {
  action: string;
  /** The id of what it is done to; `result` is what the command answered. */
  target: (args: readonly unknown[], result: unknown) => string;
  shown: Shown;
  /** What it did, where nothing is left to look at; null: it did nothing. */
  did?: (args: readonly unknown[], result: unknown) => object | null;
  /** Done again it does nothing, as when many answers say that a receiver is gone. */
  idleAgain?: true;
  /** Whoever signs in by it is nobody until then. */
  signsIn?: true;
}

const nothing: Shown = async () => null;
const app: Shown = (db, id) => findApp(db, Number(id));
const exclusion: Shown = (db, id) => findExclusion(db, Number(id));
const feature: Shown = async (db, id) => {
  const found = await findFeature(db, id);
  return found === null ? null : { ...found, changedAt: undefined };
};
const settings: Shown = (db) => readSettings(db);
const webhook: Shown = async (db, id) => {
  const found = await findWebhook(db, id, null);
  // What stands behind the ? of a receiver's URL is often what opens it.
  return found === null ? null : { ...found, url: found.url.replace(/\?.*$/, '?…'), changedAt: undefined };
};
const visitor: Shown = async (db, id) => {
  const found = await findVisitor(db, id);
  return found === null ? null : { doNotProcess: found.doNotProcess };
};

const first: Rule['target'] = ([id]) => String(id);
const made: Rule['target'] = (_args, result) => String((result as { id: unknown }).id);
const madeUser: Rule['target'] = (_args, result) => (result as { user: { id: string } }).user.id;
const only: Rule['target'] = () => '';
const second: Rule['did'] = ([, sent]) => sent as object;

const auditRules: Readonly<Record<AuditedName, Rule>> = {
  createApp: { action: 'app.created', target: made, shown: app },
  changeApp: { action: 'app.changed', target: first, shown: app },
  rotateTrackSecret: { action: 'app.secret_rotated', target: first, shown: app },
  createWebhook: { action: 'webhook.created', target: made, shown: webhook },
  changeWebhook: { action: 'webhook.changed', target: first, shown: webhook },
  enableWebhook: { action: 'webhook.enabled', target: first, shown: webhook, idleAgain: true },
  disableWebhook: { action: 'webhook.disabled', target: first, shown: webhook, idleAgain: true },
  deleteWebhook: { action: 'webhook.deleted', target: first, shown: webhook },
  rotateSigningSecret: { action: 'webhook.secret_rotated', target: first, shown: webhook },
  retireSigningSecret: { action: 'webhook.secret_retired', target: first, shown: webhook },
  replayDelivery: { action: 'delivery.replayed', target: first, shown: nothing },
  createReplay: { action: 'replay.created', target: (_args, id) => String(id), shown: nothing },
  cancelReplay: { action: 'replay.cancelled', target: first, shown: nothing },
  changeVisitor: { action: 'visitor.changed', target: first, shown: visitor },
  addExclusion: { action: 'exclusion.added', target: made, shown: exclusion },
  removeExclusion: { action: 'exclusion.removed', target: first, shown: exclusion },
  createFeature: { action: 'feature.created', target: made, shown: feature },
  changeFeature: { action: 'feature.changed', target: first, shown: feature },
  deleteFeature: { action: 'feature.deleted', target: first, shown: feature },
  changeSettings: { action: 'settings.changed', target: only, shown: settings },
  testSent: { action: 'webhook.tested', target: first, shown: nothing, did: second },
  sampleSent: { action: 'app.sample_sent', target: first, shown: nothing, did: second },
  writeMetadata: { action: 'metadata.written', target: only, shown: nothing, did: metadataWritten },
  createFirstAdmin: { action: 'user.set_up', target: made, shown: findUser },
  createIntegrationKey: { action: 'key.created', target: made, shown: findIntegrationKey },
  changeIntegrationKey: { action: 'key.changed', target: first, shown: findIntegrationKey },
  revokeIntegrationKey: { action: 'key.revoked', target: first, shown: findIntegrationKey },
  completeSetup: { action: 'user.set_up', target: madeUser, shown: findUser, signsIn: true },
  inviteUser: { action: 'user.invited', target: madeUser, shown: findUser },
  renewPasswordLink: { action: 'user.password_link_made', target: first, shown: nothing },
  redeemPasswordLink: { action: 'user.password_chosen', target: madeUser, shown: nothing, signsIn: true },
  changePassword: { action: 'user.password_changed', target: madeUser, shown: nothing },
  changeUser: { action: 'user.changed', target: first, shown: findUser },
  deleteUser: { action: 'user.deleted', target: first, shown: findUser },
  startSession: { action: 'session.started', target: madeUser, shown: nothing, signsIn: true },
  endSession: { action: 'session.ended', target: first, shown: nothing },
  endSessionsOf: { action: 'session.ended_all', target: first, shown: nothing },
};

/** Does a command in the caller's transaction, and notes it if it did something. */
export async function auditedCommand(
  db: Kysely<Database>,
  { commands, note }: { commands: Pick<Ledger, AuditedName>; note: (entry: AuditEntry) => Promise<void> },
  { name, args, by, now }: AuditedCall & { by: Actor; now: number },
): Promise<unknown> {
  const { action, target, shown, did, idleAgain, signsIn } = auditRules[name];
  // What is only being made has no state before, and its id is known by what the command answers.
  const before = target === first || target === only ? await shown(db, target(args, null)) : null;
  const command = commands[name] as (...given: unknown[]) => Promise<unknown>;
  const result = await command(...args);
  if (result === null || result === false) return result;
  const targetId = target(args, result);
  const actor = signsIn === true ? { ...by, ...(await signedIn(db, targetId)) } : by;
  const after = did === undefined ? await shown(db, targetId) : did(args, result);
  if (did !== undefined && after === null) return result;
  const changes = differences(before, after);
  if (idleAgain === true && changes.beforeJson === null && changes.afterJson === null) return result;
  await note({ at: now, actor, action, outcome: 'done', targetId, ...changes });
  return result;
}

/** Counts alone: a request may name a thousand people. */
function metadataWritten([request]: readonly unknown[], result: unknown): object | null {
  const { kind, group, create } = request as MetadataWrite;
  const { updatedCount, createdCount, missing, tooLarge } = result as MetadataWriteResult;
  if (updatedCount + createdCount === 0) return null;
  const refused = { missingCount: missing.length, tooLargeCount: tooLarge.length };
  return { kind, group, create, updatedCount, createdCount, ...refused };
}

async function signedIn(db: Kysely<Database>, id: string): Promise<Pick<Actor, 'kind' | 'id' | 'name'>> {
  return { kind: 'user', id, name: (await findUser(db, id))?.email ?? '' };
}
