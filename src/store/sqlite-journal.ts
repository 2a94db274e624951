/**
 * The path of an event on SQLite: prepared statements, one run a row. Measured: as fast as multi-row inserts, and faster
 * than passing JSON (207,000 against 141,000 rows/s at 100 rows a commit).
 */
import type { DatabaseSync } from 'node:sqlite';
import type { KnownAccount } from '../core/account.ts';
import type { AttemptReport } from '../core/delivery.ts';
import type { Event } from '../core/event.ts';
import type { IngestionWarning } from '../core/event-input.ts';
import { limits } from '../core/limits.ts';
import type { Change, KnownVisitor } from '../core/visitor.ts';
import { isAnonymous } from '../core/visitor-id.ts';
import type { DueDelivery, Effects, Journal, NewDelivery } from './journal.ts';
import { accountOf, numberOrNull, type Row, textOrNull, visitorOf } from './journal-rows.ts';
import { OwedDeliveries } from './owed-deliveries.ts';
import { bodyRevision, routesIn } from './routes.ts';
import { type Statements, statements } from './sqlite-statements.ts';

export function sqliteJournal(raw: DatabaseSync): Journal {
  const run = statements(raw);
  const known = { visitors: new Map<string, KnownVisitor>(), accounts: new Map<string, KnownAccount>() };
  const owed = new OwedDeliveries();
  const forget = (): void => {
    known.visitors.clear();
    known.accounts.clear();
  };
  const transaction: Journal['transaction'] = async (work) => {
    run.begin.run();
    try {
      const value = await work();
      run.commit.run();
      owed.committed();
      return value;
    } catch (error) {
      if (raw.isTransaction) run.rollback.run();
      owed.rolledBack();
      // They may have been changed in memory by what was rolled back.
      forget();
      throw error;
    }
  };

  return {
    transaction,
    forget,

    freshMessages: (inputs) =>
      inputs.map(({ appId, messageId, receivedAt }) => {
        if (messageId === null) return true;
        return run.noteMessage.run(appId, messageId, receivedAt, receivedAt - limits.dedupeWindowMs).changes === 1;
      }),

    forgetMessages(inputs) {
      for (const { appId, messageId } of inputs) if (messageId !== null) run.forgetMessage.run(appId, messageId);
    },

    people(named) {
      const visitors = gather(named.visitors, (id) => known.visitors.get(id) ?? read(run.visitor.get(id), visitorOf));
      const ids = new Set(named.accounts);
      for (const { accountId } of visitors.values()) if (accountId !== null) ids.add(accountId);
      return {
        visitors,
        accounts: gather(ids, (id) => known.accounts.get(id) ?? read(run.account.get(id), accountOf)),
      };
    },
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
      for (const delivery of effects.deliveries) owed.add(delivery);
    },

    touch(visitors, accounts) {
      for (const [id, at] of visitors) run.touchVisitor.run(at, id, at);
      for (const [id, at] of accounts) run.touchAccount.run(at, id, at);
    },

    lastEventId: () => textOrNull(run.lastEvent.get()?.['id']),
    lastReceivedAt: () => numberOrNull(run.lastReceived.get()?.['received_at']),
    keepsTrails: true,
    untrailed: (afterEventId, limit) =>
      run.untrailed.all(afterEventId, limit).map((row) => ({
        id: String(row['id']),
        visitorId: String(row['visitor_id']),
        accountId: String(row['account_id']),
      })),
    addTrails(windowEnd, trails) {
      // Ids have nothing in them that JSON would have to escape.
      for (const { subject, eventIds } of trails) run.addTrail.run(windowEnd, subject, `["${eventIds.join('","')}"]`);
    },
    finishTrails({ firstEventId, lastEventId }) {
      run.addTrailWindow.run(lastEventId, firstEventId);
    },
    dropUnfinishedTrails() {
      run.dropUnfinishedTrails.run();
    },

    async claimDue(webhookId, { now, limit, bodyCharsMax, onlyRetries, claimed }) {
      if (!owed.isEmpty) await transaction(async () => addPending(run, owed.takeAll()));
      // A claim is nothing that is stored, so those that are claimed come with the others.
      const wanted = limit + claimed.size;
      const rows = (onlyRetries ? run.dueRetries : run.due).all(webhookId, now, wanted);
      const free = rows.filter((row) => !claimed.has(String(row['event_id'])));
      const deliveries: DueDelivery[] = [];
      let bodyChars = 0;
      for (const row of free) {
        if (deliveries.length === limit || bodyChars >= bodyCharsMax) break;
        const delivery = dueOf(run, row);
        deliveries.push(delivery);
        bodyChars += delivery.body?.length ?? 0;
      }
      return { deliveries, more: rows.length === wanted || deliveries.length < free.length };
    },
    claimThese: (deliveries) =>
      deliveries.flatMap(({ eventId, webhookId }) => {
        const row = run.pending.get(eventId, webhookId);
        return row === undefined ? [] : [dueOf(run, row)];
      }),
    release: () => {},
    releaseAllBut: () => {},
    moveDue(now, byMs) {
      run.moveDue.run(byMs, now);
    },
    nextDueAt: (webhookId, now) => numberOrNull(run.nextDue.get(webhookId, now)?.['due_at']),
    unclaimed: () => [],
    record(reports, now) {
      for (const report of reports) {
        const delivery = owed.take(report.eventId, report.webhookId);
        if (delivery === null) recordOne(run, report, now);
        else addAttempted(run, delivery, report, now);
      }
    },

    restoreOwed() {
      for (const row of run.unsettled.all()) {
        const eventId = String(row['id']);
        const at = Number(row['received_at']);
        for (const { webhookId, format, revision } of routesIn(String(row['routes'])))
          run.addPending.run(eventId, webhookId, format, revision, at, at);
      }
      setOwedFrom(run, owed);
    },
    settleOwed() {
      addPending(run, owed.takeOld());
      setOwedFrom(run, owed);
      return !owed.isEmpty;
    },
    settleAllOwed() {
      addPending(run, owed.takeAll());
      setOwedFrom(run, owed);
    },

    makeRoom() {},
    pruneMessages: (receivedBefore, limit) => Number(run.pruneMessages.run(receivedBefore, limit).changes),
    expirePending: (beforeEventId, now, limit) =>
      run.expirePending.all(now, beforeEventId, limit).map((row) => String(row['webhook_id'])),
    pruneEvents(beforeEventId, limit) {
      const old = run.oldEvents.all(beforeEventId, limit);
      for (const row of old) for (const prune of run.pruneEvent) prune.run(String(row['id']));
      // A window at a time: its rows may be as many as its events.
      const windowEnd = textOrNull(run.oldTrailWindow.get(beforeEventId)?.['id']);
      if (windowEnd !== null) for (const prune of [run.pruneTrails, run.pruneTrailWindows]) prune.run(windowEnd);
      return old.length;
    },
    pruneWarnings: (receivedBefore, limit) => Number(run.pruneWarnings.run(receivedBefore, limit).changes),
    pruneTallies: (span, bucketBefore, limit) => Number(run.pruneTallies.run(span, bucketBefore, limit).changes),
    addTallies(tallies) {
      for (const { subject, span, bucketAt, measure, count, lastAt } of tallies)
        run.addTally.run(subject, span, bucketAt, measure, count, lastAt);
    },

    // Nobody else has this file open.
    takeTurn: () => true,
    noteChange() {},
    probe: (now) => {
      run.probe.run(String(now));
    },
  };
}

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
  for (const { event, body, routes } of effects.events) addEvent(run, event, body, routes);
  for (const { eventId, format, text } of effects.bodies) run.addBody.run(eventId, format, bodyRevision, text);
  for (const warning of effects.warnings) writeWarning(run, warning);
}

function addEvent(run: Statements, event: Event, body: string, routes: string | null): void {
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
    event.url,
    event.title,
    body,
    event.agentVersion,
    event.withheld,
    routes,
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

function addPending(run: Statements, deliveries: readonly NewDelivery[]): void {
  for (const { eventId, webhookId, format, at } of deliveries)
    run.addPending.run(eventId, webhookId, format, bodyRevision, at, at);
}

/** All events before this one have their deliveries. */
function setOwedFrom(run: Statements, owed: OwedDeliveries): void {
  const from = owed.firstEventId ?? textOrNull(run.lastEvent.get()?.['id']);
  if (from !== null) run.setOwedFrom.run(from);
}

/** A delivery with its first attempt. */
function addAttempted(run: Statements, delivery: NewDelivery, report: AttemptReport, now: number): void {
  const { eventId, webhookId, format, at } = delivery;
  const { verdict, status, attempt } = report;
  const isRetry = verdict.kind === 'retry';
  run.addAttempted.run(
    eventId,
    webhookId,
    format,
    bodyRevision,
    isRetry ? 'pending' : verdict.kind,
    report.uncounted === true ? 1 : 0,
    at,
    isRetry ? verdict.dueAt : at,
    isRetry ? null : now,
    status,
    verdict.kind === 'delivered' ? null : verdict.code,
    attempt,
  );
}

/** An attempt that comes back after its delivery was cancelled is kept, and counts if the receiver took it. */
function recordOne(
  run: Statements,
  { eventId, webhookId, status, attempt, verdict, uncounted }: AttemptReport,
  now: number,
): void {
  const code = verdict.kind === 'delivered' ? null : verdict.code;
  run.keepLastAttempt.run(eventId, webhookId);
  const { changes } =
    verdict.kind === 'retry'
      ? run.retry.run(uncounted === true ? 1 : 0, status, code, attempt, verdict.dueAt, eventId, webhookId)
      : run.finish.run(status, code, attempt, verdict.kind, now, eventId, webhookId);
  // None: it is over already, or its event has left with the retention while it was under way.
  if (changes === 0) run.tooLate.run(status, code, attempt, verdict.kind, eventId, webhookId);
}

function aliasOf(row: Row): string {
  return String(row['to_id']);
}

function dueOf(run: Statements, row: Row): DueDelivery {
  const eventId = String(row['event_id']);
  const format = String(row['format']);
  const body = format === 'pendo' ? run.ownBody.get(eventId) : run.body.get(eventId, format, Number(row['revision']));
  return {
    eventId,
    webhookId: String(row['webhook_id']),
    attemptCount: Number(row['attempt_count']),
    attemptsBeforeReplay: Number(row['attempts_before_replay']),
    body: textOrNull(body?.['text']),
  };
}
