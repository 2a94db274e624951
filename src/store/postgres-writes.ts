/** What a commit writes on PostgreSQL: a statement for each kind of row, with all rows of that kind. */
import type { KnownAccount } from '../core/account.ts';
import { allOf } from '../core/all-of.ts';
import type { AttemptReport } from '../core/delivery.ts';
import type { Event } from '../core/event.ts';
import type { IngestionWarning } from '../core/event-input.ts';
import { limits } from '../core/limits.ts';
import type { KnownVisitor } from '../core/visitor.ts';
import type { Effects, NewDelivery, WorldWrites } from './journal.ts';
import { Overtaken } from './postgres.ts';
import type { StatementName } from './postgres-statements.ts';

type Row = Record<string, unknown>;
export interface Answer {
  rows: Row[];
  count: number;
}
/** Asks one of the statements. */
export type Run = (name: StatementName, ...values: unknown[]) => Promise<Answer>;

/** The same, when its answer is read by nobody: it goes out, and whoever commits is told when it fails. */
export type Write = (name: StatementName, ...values: unknown[]) => void;

/**
 * All of it is on its way at once: within a transaction the database does one after the other anyway. Comes back when it is
 * known that no other node was faster.
 */
export async function writeAll(
  { run, write }: { run: Run; write: Write },
  { visitors, accounts, effects }: WorldWrites,
  nodeId: number,
): Promise<void> {
  const read = [
    writeVisitors(run, [...visitors.values()]),
    writeAccounts(run, [...accounts.values()]),
    writeAliases(run, effects.aliases),
  ];
  writeEvents(write, effects.events);
  writeBodies(write, effects.bodies);
  writeDeliveries(write, effects.deliveries, nodeId);
  await allOf([...read, writeWarnings(run, effects.warnings)]);
}

async function writeVisitors(run: Run, visitors: readonly KnownVisitor[]): Promise<void> {
  const added = visitors.filter(({ change }) => change === 'new');
  const changed = visitors.filter(({ change }) => change === 'changed');
  await allOf([
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
      n: 1,
    })),
  ]);
}

async function writeAccounts(run: Run, accounts: readonly KnownAccount[]): Promise<void> {
  const added = accounts.filter(({ change }) => change === 'new');
  const changed = accounts.filter(({ change }) => change === 'changed');
  await allOf([
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
      n: 1,
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

function writeEvents(write: Write, events: Effects['events']): void {
  if (events.length === 0) return;
  const texts = new Texts();
  const rows = events.map(({ event, body, routes }) => eventRow(event, routes, texts.add(body)));
  write('addEvents', JSON.stringify(rows), texts.bytes());
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

function writeBodies(write: Write, bodies: Effects['bodies']): void {
  if (bodies.length === 0) return;
  const texts = new Texts();
  const rows = bodies.map(({ eventId, format, text }) => ({ e: eventId, f: format, ...texts.add(text) }));
  write('addBodies', JSON.stringify(rows), texts.bytes());
}

function writeDeliveries(write: Write, deliveries: readonly NewDelivery[], nodeId: number): void {
  if (deliveries.length === 0) return;
  const rows = deliveries.map(({ eventId, webhookId, format, at, claimed }) => ({
    e: eventId,
    w: webhookId,
    f: format,
    t: at,
    m: +claimed,
  }));
  write('addDeliveries', JSON.stringify(rows), nodeId);
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

export function writeReports(write: Write, reports: readonly AttemptReport[], nodeId: number, now: number): void {
  const [first, again] = [reports.filter((report) => report.again !== true), reports.filter((report) => report.again)];
  writeSome(write, 'recordFirst', first, { nodeId, now });
  writeSome(write, 'recordAgain', again, { nodeId, now });
}

function writeSome(
  write: Write,
  name: 'recordFirst' | 'recordAgain',
  reports: readonly AttemptReport[],
  { nodeId, now }: { nodeId: number; now: number },
): void {
  if (reports.length === 0) return;
  const texts = new Texts();
  const sorted = reports.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  if (name === 'recordAgain')
    write(
      'lockClaimed',
      JSON.stringify(sorted.map(({ eventId, webhookId }) => ({ e: eventId, w: webhookId, n: 1 }))),
      nodeId,
    );
  const rows = sorted.map((report) => reportRow(report, texts.add(report.attempt)));
  write(name, JSON.stringify(rows), texts.bytes(), nodeId, now);
}

function reportRow({ eventId, webhookId, status, verdict, uncounted }: AttemptReport, place: Place): object {
  return {
    e: eventId,
    w: webhookId,
    s: status,
    c: verdict.kind === 'delivered' ? null : verdict.code,
    k: verdict.kind,
    d: verdict.kind === 'retry' ? verdict.dueAt : null,
    p: uncounted === true ? 1 : 0,
    ...place,
    n: 1,
  };
}

function keyOf({ eventId, webhookId }: AttemptReport): string {
  return eventId + webhookId;
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
