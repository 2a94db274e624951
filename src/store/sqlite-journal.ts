/**
 * The path of an event on SQLite: prepared statements, one run a row. Measured: as fast as multi-row inserts, and faster
 * than passing JSON (207,000 against 141,000 rows/s at 100 rows a commit).
 */
import type { DatabaseSync } from 'node:sqlite';
import type { KnownAccount } from '../core/account.ts';
import type { AttemptRecord, Verdict } from '../core/delivery.ts';
import type { Event } from '../core/event.ts';
import type { IngestionWarning } from '../core/event-input.ts';
import { limits } from '../core/limits.ts';
import { accountSubject, visitorSubject } from '../core/trail-subject.ts';
import type { Change, KnownVisitor } from '../core/visitor.ts';
import { isAnonymous } from '../core/visitor-id.ts';
import type { DueDelivery, Effects, Journal } from './journal.ts';
import { bodyRevision, type Statements, statements } from './sqlite-statements.ts';

export function sqliteJournal(raw: DatabaseSync): Journal {
  const run = statements(raw);
  const known = { visitors: new Map<string, KnownVisitor>(), accounts: new Map<string, KnownAccount>() };
  const forget = (): void => {
    known.visitors.clear();
    known.accounts.clear();
  };

  return {
    async transaction(work) {
      raw.exec('begin immediate');
      try {
        const value = await work();
        raw.exec('commit');
        return value;
      } catch (error) {
        if (raw.isTransaction) raw.exec('rollback');
        // They may have been changed in memory by what was rolled back.
        forget();
        throw error;
      }
    },
    forget,

    freshMessages: (inputs) =>
      inputs.map(({ appId, messageId, receivedAt }) => {
        if (messageId === null) return true;
        return run.noteMessage.run(appId, messageId, receivedAt, receivedAt - limits.dedupeWindowMs).changes === 1;
      }),

    forgetMessages(inputs) {
      for (const { appId, messageId } of inputs) if (messageId !== null) run.forgetMessage.run(appId, messageId);
    },

    visitors: (ids) => gather(ids, (id) => known.visitors.get(id) ?? read(run.visitor.get(id), visitorOf)),
    accounts: (ids) => gather(ids, (id) => known.accounts.get(id) ?? read(run.account.get(id), accountOf)),
    aliases: (ids) => gather(ids, (id) => (isAnonymous(id) ? read(run.alias.get(id), aliasOf) : null)),

    writeWorld({ visitors, accounts, effects }) {
      for (const visitor of visitors.values()) {
        writeVisitor(run, visitor);
        remember(known.visitors, visitor);
      }
      for (const account of accounts.values()) {
        writeAccount(run, account);
        remember(known.accounts, account);
      }
      writeEffects(run, effects);
    },

    touch(visitors, accounts) {
      for (const [id, at] of visitors) run.touchVisitor.run(at, id, at);
      for (const [id, at] of accounts) run.touchAccount.run(at, id, at);
    },

    lastEventId: () => textOrNull(run.lastEvent.get()?.['id']),
    untrailed: (afterEventId, limit) =>
      run.untrailed.all(afterEventId, limit).map((row) => ({
        id: String(row['id']),
        visitorId: String(row['visitor_id']),
        accountId: String(row['account_id']),
      })),
    addTrails(entries, trailedTo) {
      for (const { subject, eventId } of entries) run.addTrail.run(subject, eventId);
      if (trailedTo !== null) run.setTrailedTo.run(trailedTo);
    },

    due: (webhookId, now, limit) => run.due.all(webhookId, now, limit).map((row) => dueOf(row)),
    nextDueAt: (webhookId, now) => numberOrNull(run.nextDue.get(webhookId, now)?.['due_at']),
    body({ eventId, format, revision }) {
      const row = format === 'pendo' ? run.ownBody.get(eventId) : run.body.get(eventId, format, revision);
      return row === undefined ? null : String(row['text']);
    },
    record(records, now) {
      for (const record of records) recordOne(run, record, now);
    },

    pruneMessages: (receivedBefore, limit) => Number(run.pruneMessages.run(receivedBefore, limit).changes),
    expirePending: (beforeEventId, now, limit) => Number(run.expirePending.run(now, beforeEventId, limit).changes),
    pruneEvents(beforeEventId, limit) {
      const old = run.oldEvents.all(beforeEventId, limit);
      for (const row of old) {
        const id = String(row['id']);
        run.pruneTrail.run(visitorSubject(String(row['visitor_id'])), id);
        run.pruneTrail.run(accountSubject(String(row['account_id'])), id);
        for (const prune of run.pruneEvent) prune.run(id);
      }
      return old.length;
    },
    pruneWarnings: (receivedBefore, limit) => Number(run.pruneWarnings.run(receivedBefore, limit).changes),

    probe: (now) => {
      run.probe.run(String(now));
    },
  };
}

type Row = Record<string, unknown>;

function gather<Value>(ids: ReadonlySet<string>, find: (id: string) => Value | null): Map<string, Value> {
  const found = new Map<string, Value>();
  for (const id of ids) {
    const value = find(id);
    if (value !== null) found.set(id, value);
  }
  return found;
}

function read<Value>(row: Row | undefined, of: (row: Row) => Value): Value | null {
  return row === undefined ? null : of(row);
}

/**
 * This process is the only one that writes the file, so what it has read or written of a visitor or account stays true
 * until a command changes it; most events are of somebody who was here a moment ago.
 */
function remember<Known extends { id: string; change: Change }>(known: Map<string, Known>, one: Known): void {
  one.change = 'none';
  if (known.size >= limits.rememberedMax) known.clear();
  known.set(one.id, one);
}

function writeVisitor(run: Statements, visitor: KnownVisitor): void {
  const { id, accountId, anonymous, doNotProcess, firstSeenAt, createdAt, metadata } = visitor;
  if (visitor.change === 'new') {
    run.addVisitor.run(id, accountId, +anonymous, +doNotProcess, firstSeenAt, firstSeenAt, createdAt, metadata);
  } else if (visitor.change === 'changed') {
    run.changeVisitor.run(accountId, firstSeenAt, metadata, id);
  }
}

function writeAccount(run: Statements, account: KnownAccount): void {
  const { id, firstSeenAt, createdAt, metadata } = account;
  if (account.change === 'new') run.addAccount.run(id, firstSeenAt, firstSeenAt, createdAt, metadata);
  else if (account.change === 'changed') run.changeAccount.run(firstSeenAt, metadata, id);
}

function writeEffects(run: Statements, effects: Effects): void {
  for (const { from, to, at } of effects.aliases) run.addAlias.run(from, to, at);
  for (const { event, body } of effects.events) addEvent(run, event, body);
  for (const { eventId, format, text } of effects.bodies) run.addBody.run(eventId, format, bodyRevision, text);
  for (const { eventId, webhookId, format, at } of effects.deliveries)
    run.addDelivery.run(eventId, webhookId, format, at, at);
  for (const warning of effects.warnings) writeWarning(run, warning);
}

function addEvent(run: Statements, event: Event, body: string): void {
  run.addEvent.run(
    event.id,
    event.appId,
    event.door,
    event.type,
    event.visitorId,
    event.accountId,
    event.occurredAt,
    event.receivedAt,
    +event.timeReplaced,
    event.messageId,
    event.userAgent,
    event.url,
    event.title,
    body,
    event.agentVersion,
    event.withheld,
  );
}

/** A flood of one mistake is kept as some samples and a count, so that it can neither fill the disk nor hide the rest. */
function writeWarning(run: Statements, warning: IngestionWarning): void {
  const hourMs = 3_600_000;
  const hourStart = warning.receivedAt - (warning.receivedAt % hourMs);
  const like = run.likeWarnings.get(hourStart, warning.reason, warning.appId ?? 0);
  if (Number(like?.['count']) >= limits.warningSamplesPerHour) {
    run.countWarning.run(Number(like?.['last']));
    return;
  }
  const { appId, door, reason, message, field, messageId, sample, receivedAt } = warning;
  run.addWarning.run(appId, door, reason, message, field, messageId, sample, receivedAt);
}

/** An attempt that comes back after its delivery was cancelled is kept, and counts if the receiver took it. */
function recordOne(run: Statements, { eventId, webhookId, attempt, verdict }: AttemptRecord, now: number): void {
  const row =
    moveOn(run, eventId, webhookId, attempt.status, attempt.code, verdict, now) ??
    run.tooLate.get(attempt.status, attempt.code, verdict.kind, eventId, webhookId);
  // Its event has left with the retention while it was under way: there is nothing to add to.
  if (row === undefined) return;
  const { timings } = attempt;
  run.addAttempt.run(
    eventId,
    webhookId,
    Number(row['attempt_count']),
    attempt.startedAt,
    attempt.url,
    attempt.requestHeadersJson,
    attempt.status,
    attempt.responseHeadersJson,
    attempt.responseBody,
    +attempt.responseTruncated,
    attempt.code,
    timings.dnsMs,
    timings.connectMs,
    timings.tlsMs,
    timings.firstByteMs,
    timings.totalMs,
  );
}

function moveOn(
  run: Statements,
  eventId: string,
  webhookId: string,
  status: number | null,
  code: string | null,
  verdict: Verdict,
  now: number,
): Row | undefined {
  if (verdict.kind === 'retry') return run.retry.get(status, code, verdict.dueAt, eventId, webhookId);
  return run.finish.get(status, code, verdict.kind, now, eventId, webhookId);
}

function visitorOf(row: Row): KnownVisitor {
  return {
    id: String(row['id']),
    accountId: textOrNull(row['account_id']),
    anonymous: row['anonymous'] === 1,
    doNotProcess: row['do_not_process'] === 1,
    firstSeenAt: numberOrNull(row['first_seen_at']),
    lastSeenAt: numberOrNull(row['last_seen_at']),
    createdAt: Number(row['created_at']),
    metadata: String(row['metadata']),
    change: 'none',
  };
}

function accountOf(row: Row): KnownAccount {
  return {
    id: String(row['id']),
    firstSeenAt: numberOrNull(row['first_seen_at']),
    lastSeenAt: numberOrNull(row['last_seen_at']),
    createdAt: Number(row['created_at']),
    metadata: String(row['metadata']),
    change: 'none',
  };
}

function aliasOf(row: Row): string {
  return String(row['to_id']);
}

function dueOf(row: Row): DueDelivery {
  return {
    eventId: String(row['event_id']),
    webhookId: String(row['webhook_id']),
    format: String(row['format']),
    revision: Number(row['revision']),
    attemptCount: Number(row['attempt_count']),
    attemptsBeforeReplay: Number(row['attempts_before_replay']),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
