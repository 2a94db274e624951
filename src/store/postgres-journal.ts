/**
 * The path of an event on PostgreSQL: a statement for each kind of row of a batch, all of a commit on their way at once. Many
 * nodes do this at the same time, so nothing is remembered from one commit to the next. What two of them change at once is
 * written by the one that was faster; the other finds its rows changed, and runs its transaction again on what is there now.
 */
import type { KnownAccount } from '../core/account.ts';
import type { AttemptReport } from '../core/delivery.ts';
import type { Event } from '../core/event.ts';
import type { EventInput, IngestionWarning } from '../core/event-input.ts';
import { limits } from '../core/limits.ts';
import type { KnownVisitor } from '../core/visitor.ts';
import { isAnonymous } from '../core/visitor-id.ts';
import type { DeliveryKey, DueDelivery, Effects, Journal, NewDelivery } from './journal.ts';
import type { Membership } from './nodes.ts';
import { dropParts, makePartFor, makeParts } from './parts.ts';
import { channel, isWorthAnotherTry, momentWithoutPart, Overtaken, type PostgresLink } from './postgres.ts';
import { type StatementName, statements } from './postgres-statements.ts';

/** How often a transaction is run when others were faster; after the first two it has the others wait. */
const triesMax = 8;

export function postgresJournal(link: PostgresLink, self: Pick<Membership, 'nodeId'>): Journal {
  const run = async (name: StatementName, ...values: unknown[]): Promise<Answer> => {
    const { rows, rowCount } = await link.query(statements[name], values, name);
    return { rows, count: rowCount ?? 0 };
  };
  let tries = 0;

  return {
    async transaction(work) {
      for (let tried = 1; ; tried += 1) {
        try {
          return await link.transaction(() => {
            tries = tried;
            return work();
          });
        } catch (error) {
          if (tried === triesMax) throw error;
          const homeless = momentWithoutPart(error);
          if (homeless !== null) await makePartFor(link, homeless);
          else if (!isWorthAnotherTry(error)) throw error;
        }
      }
    },
    forget() {},

    async freshMessages(inputs) {
      const standing = tries > 2 ? run('alone') : run('together');
      const keys = inputs.map(messageKey);
      const first = new Map(inputs.map((input, index) => [keys[index], input] as const).toReversed());
      first.delete(null);
      if (first.size === 0) {
        await standing;
        return inputs.map(() => true);
      }
      const noted = [...first.values()].map(({ appId, messageId, receivedAt }) => ({
        a: appId,
        m: messageId,
        r: receivedAt,
      }));
      const [{ rows }] = await Promise.all([run('noteMessages', JSON.stringify(noted)), standing]);
      const fresh = new Set(rows.map((row) => `${String(row['app_id'])} ${String(row['message_id'])}`));
      // Of two in one batch the first is the one that is new.
      return inputs.map((input, index) => {
        const key = keys[index] ?? null;
        return key === null || (fresh.has(key) && first.get(key) === input);
      });
    },

    async forgetMessages(inputs) {
      const keys = inputs.flatMap(({ appId, messageId }) => (messageId === null ? [] : [{ a: appId, m: messageId }]));
      await run('forgetMessages', JSON.stringify(keys));
    },

    visitors: async (ids) => byId(ids.size === 0 ? [] : (await run('visitors', [...ids])).rows.map(visitorOf)),
    accounts: async (ids) => byId(ids.size === 0 ? [] : (await run('accounts', [...ids])).rows.map(accountOf)),
    async aliases(ids) {
      const anonymous = [...ids].filter(isAnonymous);
      if (anonymous.length === 0) return new Map();
      const { rows } = await run('aliases', anonymous);
      return new Map(rows.map((row) => [String(row['from_id']), String(row['to_id'])]));
    },

    async writeWorld({ visitors, accounts, effects }) {
      await Promise.all([
        writeVisitors(run, [...visitors.values()]),
        writeAccounts(run, [...accounts.values()]),
        writeAliases(run, effects.aliases),
        writeEvents(run, effects.events),
        writeBodies(run, effects.bodies),
        writeDeliveries(run, effects.deliveries, self.nodeId),
        writeWarnings(run, effects.warnings),
      ]);
    },

    async touch(visitors, accounts) {
      await Promise.all([
        visitors.size > 0 ? run('touchVisitors', jsonOfTimes(visitors)) : null,
        accounts.size > 0 ? run('touchAccounts', jsonOfTimes(accounts)) : null,
      ]);
    },

    lastEventId: async () => textOrNull((await run('lastEvent')).rows[0]?.['id']),
    lastReceivedAt: () => null,
    keepsTrails: false,
    untrailed: () => [],
    addTrails() {},
    finishTrails() {},
    dropUnfinishedTrails() {},

    async claimDue(webhookId, { now, limit, bodyCharsMax, onlyRetries }) {
      const which = onlyRetries ? 'claimDueAgain' : 'claimDue';
      const deliveries = (await run(which, webhookId, now, limit, self.nodeId, bodyCharsMax)).rows.map(dueOf);
      const bodyChars = deliveries.reduce((sum, { body }) => sum + (body?.length ?? 0), 0);
      // Bytes are counted there and characters here, so a few may be left over although it does not look like it.
      return { deliveries, more: deliveries.length === limit || bodyChars >= bodyCharsMax / 4 };
    },
    claimThese: async (deliveries) => (await run('claimThese', jsonOfKeys(deliveries), self.nodeId)).rows.map(dueOf),
    async release(deliveries) {
      await run('release', jsonOfKeys(deliveries), self.nodeId);
    },
    async releaseAllBut(deliveries) {
      await run('releaseAllBut', jsonOfKeys(deliveries), self.nodeId);
    },
    // The other nodes' clocks agree with what is stored: it is ours that was wrong.
    moveDue() {},
    nextDueAt: async (webhookId, now) => numberOrNull((await run('nextDue', webhookId, now)).rows[0]?.['due_at']),
    async unclaimed(webhookIds) {
      const { rows } = await run('unclaimed', webhookIds);
      return rows.flatMap((row) => {
        const dueAt = numberOrNull(row['due_at']);
        return dueAt === null ? [] : [{ webhookId: String(row['webhook_id']), dueAt }];
      });
    },

    async record(reports, now) {
      if (reports.length > 0) await writeReports(run, reports, self.nodeId, now);
    },

    restoreOwed() {},
    settleOwed: () => false,
    settleAllOwed() {},

    makeRoom: (now, retentionDays) => makeParts(link, now, retentionDays),
    pruneMessages: async (receivedBefore, limit) => (await run('pruneMessages', receivedBefore, limit)).count,
    expirePending: async (beforeEventId, now, limit) => (await run('expirePending', now, beforeEventId, limit)).count,
    async pruneEvents(beforeEventId) {
      await dropParts(link, beforeEventId);
      return 0;
    },
    pruneWarnings: async (receivedBefore, limit) => (await run('pruneWarnings', receivedBefore, limit)).count,

    takeTurn: async (at) => (await run('takeTurn', at)).count === 1,
    async noteChange() {
      // Changes are made one after the other: whoever makes one holds this row until it is committed.
      await run('noteChange');
      await link.query(`notify ${channel}`);
    },
    async probe(now) {
      await run('probe', String(now));
    },
  };
}

type Row = Record<string, unknown>;
interface Answer {
  rows: Row[];
  count: number;
}
type Run = (name: StatementName, ...values: unknown[]) => Promise<Answer>;

function messageKey({ appId, messageId }: EventInput): string | null {
  return messageId === null ? null : `${appId} ${messageId}`;
}

async function writeVisitors(run: Run, visitors: readonly KnownVisitor[]): Promise<void> {
  const added = visitors.filter(({ change }) => change === 'new');
  const changed = visitors.filter(({ change }) => change === 'changed');
  await Promise.all([
    inFull(
      run,
      'addVisitors',
      added,
      ({ id, accountId, anonymous, doNotProcess, firstSeenAt, createdAt, metadata }) => ({
        id,
        account_id: accountId,
        anonymous: +anonymous,
        mark: +doNotProcess,
        seen: firstSeenAt,
        at: createdAt,
        metadata,
      }),
    ),
    inFull(run, 'changeVisitors', changed, ({ id, accountId, firstSeenAt, metadata, version }) => ({
      id,
      account_id: accountId,
      seen: firstSeenAt,
      metadata,
      version,
    })),
  ]);
}

async function writeAccounts(run: Run, accounts: readonly KnownAccount[]): Promise<void> {
  const added = accounts.filter(({ change }) => change === 'new');
  const changed = accounts.filter(({ change }) => change === 'changed');
  await Promise.all([
    inFull(run, 'addAccounts', added, ({ id, firstSeenAt, createdAt, metadata }) => ({
      id,
      seen: firstSeenAt,
      at: createdAt,
      metadata,
    })),
    inFull(run, 'changeAccounts', changed, ({ id, firstSeenAt, metadata, version }) => ({
      id,
      seen: firstSeenAt,
      metadata,
      version,
    })),
  ]);
}

async function writeAliases(run: Run, aliases: Effects['aliases']): Promise<void> {
  // Within a batch the first one holds, as the world that it was resolved in has seen to.
  await inFull(run, 'addAliases', aliases, ({ from, to, at }) => ({ f: from, t: to, at }));
}

/** Writes all of these, or finds that another node has written or changed one of them since they were read. */
async function inFull<Item>(
  run: Run,
  name: StatementName,
  items: readonly Item[],
  row: (item: Item) => object,
): Promise<void> {
  if (items.length === 0) return;
  const { count } = await run(name, JSON.stringify(items.map((item) => row(item))));
  if (count !== items.length)
    throw new Overtaken(`${name}: ${items.length - count} of ${items.length} were changed by others.`);
}

async function writeEvents(run: Run, events: Effects['events']): Promise<void> {
  if (events.length === 0) return;
  const texts = new Texts();
  const rows = events.map(({ event, body, routes }) => eventRow(event, routes, texts.add(body)));
  await run('addEvents', JSON.stringify(rows), texts.bytes());
}

function eventRow(event: Event, routes: string | null, place: Place): object {
  return {
    i: event.id,
    a: event.appId,
    d: event.door,
    t: event.type,
    v: event.visitorId,
    c: event.accountId,
    o: event.occurredAt,
    r: event.receivedAt,
    z: +event.timeReplaced,
    m: event.messageId,
    u: event.url,
    n: event.title,
    g: event.agentVersion,
    w: event.withheld,
    s: routes,
    ...place,
  };
}

async function writeBodies(run: Run, bodies: Effects['bodies']): Promise<void> {
  if (bodies.length === 0) return;
  const texts = new Texts();
  const rows = bodies.map(({ eventId, format, text }) => ({ e: eventId, f: format, ...texts.add(text) }));
  await run('addBodies', JSON.stringify(rows), texts.bytes());
}

async function writeDeliveries(run: Run, deliveries: readonly NewDelivery[], nodeId: number): Promise<void> {
  if (deliveries.length === 0) return;
  const rows = deliveries.map(({ eventId, webhookId, format, at, claimed }) => ({
    e: eventId,
    w: webhookId,
    f: format,
    t: at,
    m: +claimed,
  }));
  await run('addDeliveries', JSON.stringify(rows), nodeId);
}

/** A flood of one mistake is kept as some samples and a count, so that it can neither fill the disk nor hide the rest. */
async function writeWarnings(run: Run, warnings: readonly IngestionWarning[]): Promise<void> {
  const alike = Map.groupBy(warnings, ({ reason, appId }) => `${appId ?? 0} ${reason}`);
  for (const group of alike.values()) {
    const [{ reason, appId, receivedAt }] = group as [IngestionWarning];
    const hourStart = receivedAt - (receivedAt % hourMs);
    const like = (await run('likeWarnings', hourStart, reason, appId ?? 0)).rows[0];
    const room = Math.max(0, limits.warningSamplesPerHour - Number(like?.['count'] ?? 0));
    const samples = group.slice(0, room).map((warning) => ({
      a: warning.appId,
      d: warning.door,
      r: warning.reason,
      m: warning.message,
      f: warning.field,
      i: warning.messageId,
      s: warning.sample,
      t: warning.receivedAt,
    }));
    const added = samples.length === 0 ? [] : (await run('addWarnings', JSON.stringify(samples))).rows;
    const last = added.at(-1)?.['id'] ?? like?.['last'];
    if (group.length > samples.length) await run('countWarnings', last, group.length - samples.length);
  }
}

const hourMs = 3_600_000;

async function writeReports(run: Run, reports: readonly AttemptReport[], nodeId: number, now: number): Promise<void> {
  const texts = new Texts();
  const rows = reports.map(({ eventId, webhookId, status, attempt, verdict }) => ({
    e: eventId,
    w: webhookId,
    s: status,
    c: verdict.kind === 'delivered' ? null : verdict.code,
    k: verdict.kind,
    d: verdict.kind === 'retry' ? verdict.dueAt : null,
    ...texts.add(attempt),
  }));
  await run('record', JSON.stringify(rows), texts.bytes(), nodeId, now);
}

/** Where a text lies among the bytes: from, counted from 1, and how many. */
interface Place {
  x: number;
  y: number;
}

/** Texts of many rows as one parameter. */
class Texts {
  readonly #parts: Buffer[] = [];
  #length = 0;

  add(text: string): Place {
    const part = Buffer.from(text, 'utf8');
    this.#parts.push(part);
    const place = { x: this.#length + 1, y: part.length };
    this.#length += part.length;
    return place;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }
}

function jsonOfKeys(deliveries: readonly DeliveryKey[]): string {
  return JSON.stringify(deliveries.map(({ eventId, webhookId }) => ({ e: eventId, w: webhookId })));
}

function jsonOfTimes(times: ReadonlyMap<string, number>): string {
  return JSON.stringify([...times].map(([id, at]) => ({ id, at })));
}

function byId<Known extends { id: string }>(found: readonly Known[]): Map<string, Known> {
  return new Map(found.map((one) => [one.id, one]));
}

function visitorOf(row: Row): KnownVisitor {
  return {
    ...seenOf(row),
    accountId: textOrNull(row['account_id']),
    anonymous: row['anonymous'] === 1,
    doNotProcess: row['do_not_process'] === 1,
  };
}

const accountOf = (row: Row): KnownAccount => seenOf(row);

function seenOf(row: Row): KnownAccount {
  return {
    id: String(row['id']),
    firstSeenAt: numberOrNull(row['first_seen_at']),
    lastSeenAt: numberOrNull(row['last_seen_at']),
    createdAt: Number(row['created_at']),
    metadata: String(row['metadata']),
    version: Number(row['version']),
    change: 'none',
  };
}

function dueOf(row: Row): DueDelivery {
  return {
    eventId: String(row['event_id']),
    webhookId: String(row['webhook_id']),
    attemptCount: Number(row['attempt_count']),
    attemptsBeforeReplay: Number(row['attempts_before_replay']),
    body: textOrNull(row['body']),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
