/** Opens the database that an address names, for the ledger and for those who only read. */
import type { Kysely } from 'kysely';
import type { Clock } from '../core/clock.ts';
import type { DatabaseAddress } from '../core/database-address.ts';
import { agree, type DatabaseTime } from '../core/database-time.ts';
import { limits } from '../core/limits.ts';
import type { Journal } from './journal.ts';
import { insistUpToDate, migrate } from './migrate.ts';
import { Membership, type NodeInfo } from './nodes.ts';
import { insistOnOwnSessions } from './own-sessions.ts';
import { makeParts } from './parts.ts';
import { isPostgresTrouble, openPostgres, wasThereFirst } from './postgres.ts';
import { postgresJournal } from './postgres-journal.ts';
import { refusalOf } from './refused-database.ts';
import type { Database } from './schema.ts';
import { damageOf, holdDatabase, isStorageError, isSyncLost, openSqlite } from './sqlite.ts';
import { sqliteJournal } from './sqlite-journal.ts';

export interface Store {
  db: Kysely<Database>;
  journal: Journal;
  /** The same on a connection of its own, for what need not wait for events nor they for it; null where there is one writer. */
  reportJournal: Journal | null;
  /** Whether an error is the database's or the disk's own trouble, and so no fault of what was being written. */
  isTrouble(error: unknown): boolean;
  /** Whether what was written may be lost although nothing says so: the process must not go on. */
  isSyncLost(error: unknown): boolean;
  /** This process among others that share the database; null where there can be none. */
  membership: Membership | null;
  /** Asks to be told when another process has changed something. May never be told: whoever asks has to look as well. */
  onNotice(listener: () => void): void;
  /** What an operator can do about an error that it cannot be used for; any other error is itself. */
  explained(error: unknown): unknown;
  close(): Promise<void>;
}

export interface StoreOptions {
  clock: Clock;
  /** To be corrected by the database's, where others use it too; it then is what `clock` goes by. */
  time?: DatabaseTime | undefined;
  node: NodeInfo;
  /** False: tables that are behind are not brought up to date, and it is refused. */
  migrates: boolean;
}

/** Opens it for writing, with its tables brought up to date. Throws a sentence when it cannot be used. */
export async function openStore(address: DatabaseAddress, options: StoreOptions): Promise<Store> {
  return address.kind === 'sqlite' ? openFile(address.path, options) : openServer(address.url, options);
}

/** What is asked by the pages and the API: nothing can be written by it. */
export function openForReading(address: DatabaseAddress): Pick<Store, 'db' | 'isTrouble' | 'close'> {
  if (address.kind === 'postgres') {
    const server = openPostgres(address.url, { name: 'bellwire reader', readOnly: true, byIndexOnly: true });
    return { db: server.db, isTrouble: isPostgresTrouble, close: () => server.close() };
  }
  const sqlite = openSqlite(address.path, { readOnly: true });
  return { db: sqlite.db, isTrouble: isStorageError, close: async () => sqlite.close() };
}

async function openFile(path: string, { migrates }: StoreOptions): Promise<Store> {
  let sqlite: ReturnType<typeof openSqlite> | null = null;
  let hold: ReturnType<typeof holdDatabase> | null = null;
  const close = async (): Promise<void> => {
    sqlite?.close();
    hold?.release();
  };
  try {
    sqlite = openSqlite(path);
    hold = holdDatabase(path);
    const { db, raw } = sqlite;
    await (migrates ? migrate(sqlite) : insistUpToDate(db));
    return {
      db,
      journal: sqliteJournal(raw),
      reportJournal: null,
      isTrouble: isStorageError,
      isSyncLost,
      membership: null,
      onNotice: () => {},
      explained: (error) => damageOf(error, path) ?? error,
      close,
    };
  } catch (error) {
    await close();
    throw damageOf(error, path) ?? error;
  }
}

async function openServer(url: string, { clock, time, node, migrates }: StoreOptions): Promise<Store> {
  let listener: (() => void) | null = null;
  const ledger = openPostgres(url, { name: `bellwire ${node.name}`, byIndexOnly: true });
  const reports = openPostgres(url, { name: `bellwire ${node.name} reports`, byIndexOnly: true });
  // Its own, so that being alive is said while a long transaction is under way.
  const life = openPostgres(url, {
    name: `bellwire ${node.name} life`,
    byIndexOnly: true,
    queryTimeoutMs: lifeTimeoutMs,
    onNotification: () => listener?.(),
  });
  const close = async (): Promise<void> => {
    await Promise.all([ledger.close(), reports.close(), life.close()]);
  };
  const membership = new Membership(life.link, node);
  try {
    await insistOnOwnSessions([ledger.link, reports.link, life.link]);
    // Before anything is written: what is made for today must be made for the database's day.
    if (time !== undefined) await agreeWith(time, membership);
    await (migrates ? migrateServer(url, clock) : insistUpToDate(ledger.db));
  } catch (error) {
    await close();
    throw refusalOf(error, url) ?? error;
  }
  return {
    db: ledger.db,
    journal: postgresJournal(ledger.link, membership),
    reportJournal: postgresJournal(reports.link, membership),
    isTrouble: isPostgresTrouble,
    isSyncLost: () => false,
    membership,
    onNotice(told) {
      listener = told;
    },
    explained: (error) => refusalOf(error, url) ?? error,
    close,
  };
}

async function agreeWith(time: DatabaseTime, membership: Membership): Promise<void> {
  const askedMs = time.own.monotonicMs();
  agree(time, await membership.time(), askedMs);
}

/** Brings the tables up to date, and makes the first parts of those that are divided by time. Answers what was done. */
export async function migrateServer(url: string, clock: Clock): Promise<string[]> {
  const server = openPostgres(url, { name: 'bellwire migrate', queryTimeoutMs: migrationTimeoutMs });
  const { link, db } = server;
  const transaction = <Value>(work: () => Promise<Value>): Promise<Value> => link.transaction(work);
  try {
    for (let tried = 1; ; tried += 1) {
      try {
        const done = await migrate({ db, transaction });
        await transaction(() => makeParts(link, clock.now(), limits.retentionDaysDefault));
        return done;
      } catch (error) {
        // Nodes that start at once wait for each other by a lock. Where the database has none, one of them is first, and the
        // others find that nothing is left to do.
        if (tried === triesMax || !wasThereFirst(error)) throw refusalOf(error, url) ?? error;
        await new Promise<void>((resolve) => void clock.after(retryMs, resolve));
      }
    }
  } finally {
    await server.close();
  }
}

const migrationTimeoutMs = 60 * 60_000;
const triesMax = 20;
const retryMs = 200;

/** Less than others wait before they take a node for dead. */
const lifeTimeoutMs = 4000;
