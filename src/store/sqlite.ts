/**
 * The embedded database: node:sqlite under Kysely, and the checks that make "committed" mean "on the disk". The only file
 * that knows node:sqlite.
 */
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import type { Database } from './schema.ts';

export interface Sqlite {
  raw: DatabaseSync;
  db: Kysely<Database>;
  /** For what is rare; the path of an event has the journal's. */
  transaction<Value>(work: () => Promise<Value>): Promise<Value>;
  close(): void;
}

/** Versions before this one can corrupt the database when a WAL is reset while another connection reads. */
const sqliteVersionMin = '3.51.3';

/** Waits this long for another connection's lock before it gives up. */
const busyTimeoutMs = 5000;

/**
 * Opens the database file, makes it when it is not there (unless read-only), and refuses to go on when it would not keep
 * what it says it has kept: WAL and `synchronous=FULL` are set, read back and insisted on.
 */
export function openSqlite(path: string, options: { readOnly?: boolean } = {}): Sqlite {
  const readOnly = options.readOnly === true;
  const file = resolve(path);
  if (!readOnly) makeFile(file);
  const raw = new DatabaseSync(file, { readOnly, timeout: busyTimeoutMs, enableForeignKeyConstraints: false });
  const version = String(pick(raw, 'select sqlite_version() as value'));
  if (compareVersions(version, sqliteVersionMin) < 0) {
    throw new Error(`SQLite ${version} is too old: versions before ${sqliteVersionMin} can corrupt a database.`);
  }
  if (!readOnly) {
    raw.exec('pragma journal_mode = wal');
    raw.exec('pragma synchronous = full');
    // What is deleted is overwritten, so that a visitor who was erased is not in the file any more.
    raw.exec('pragma secure_delete = fast');
    // 4 MB of WAL before it is copied back: as fast as 16 MB, and what waits for it waits for 6 ms instead of 25. Measured: a
    // checkpoint in this thread is faster than one beside it, and bounds the file.
    raw.exec('pragma wal_autocheckpoint = 1000');
    raw.exec('pragma cache_size = -32000');
    raw.exec('pragma temp_store = memory');
    // A read error of a mapped file would end the process instead of being told.
    raw.exec('pragma mmap_size = 0');
    const journal = pick(raw, 'pragma journal_mode', 'journal_mode');
    const synchronous = pick(raw, 'pragma synchronous', 'synchronous');
    if (journal !== 'wal' || synchronous !== 2) {
      throw new Error(
        `The database ${file} does not keep what it commits: journal_mode is ${String(journal)} and must be wal, synchronous is ${String(synchronous)} and must be 2 (full).`,
      );
    }
  }
  const db = new Kysely<Database>({ dialect: new SqliteDialect({ database: adapt(raw) }) });
  return { raw, db, transaction: (work) => inTransaction(raw, work), close: () => raw.close() };
}

async function inTransaction<Value>(raw: DatabaseSync, work: () => Promise<Value>): Promise<Value> {
  raw.exec('begin immediate');
  try {
    const value = await work();
    raw.exec('commit');
    return value;
  } catch (error) {
    if (raw.isTransaction) raw.exec('rollback');
    throw error;
  }
}

/**
 * A new file is for its owner only, whatever the umask, and so is a folder made for it: it holds what people did. SQLite
 * gives its WAL the mode of the file. One that is there keeps the mode that its operator gave it.
 */
function makeFile(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file)) return;
  closeSync(openSync(file, 'a', 0o600));
  chmodSync(file, 0o600);
}

/**
 * Takes the database for this process alone, until `release` or its end, however that comes. SQLite would let two servers
 * write by turns, and each would send what the other has claimed. A lock of the system's on a file beside it: a file that
 * only had to exist would be left behind by a crash. Throws a sentence when somebody else has it.
 */
export function holdDatabase(path: string): { release(): void } {
  const file = `${resolve(path)}.lock`;
  makeFile(file);
  const lock = new DatabaseSync(file, { timeout: holdTimeoutMs });
  try {
    // Nothing is ever written to it, so its journal needs no file.
    lock.exec('pragma journal_mode = memory');
    lock.exec('pragma locking_mode = exclusive');
    lock.exec('begin exclusive');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: unknown }).errcode !== sqliteBusy) throw error;
    throw new Error(
      `Another Bellwire server uses ${resolve(path)}. Stop it, or give this one a database of its own with --database-url.`,
      { cause: error },
    );
  }
  return { release: () => lock.close() };
}

const sqliteBusy = 5;
/** A server that is being replaced may take a moment to end. */
const holdTimeoutMs = 2000;

/** Whether an error is the database's or the disk's own trouble, and so no fault of what was being written. */
export function isStorageError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errcode } = error as { code?: unknown; errcode?: unknown };
  if (code !== 'ERR_SQLITE_ERROR' || typeof errcode !== 'number') return code === 'ERR_INVALID_STATE';
  // The low byte is the primary code. A constraint (19), a mismatch (20) or a value too big (18) is the row's fault.
  return ![18, 19, 20, 25].includes(errcode & 0xff);
}

/** Whether a sync failed: what was written before it may or may not be on the disk, and nobody will ever say. */
export function isSyncLost(error: unknown): boolean {
  return [1034, 1290].includes(Number((error as { errcode?: unknown } | null)?.errcode));
}

/** A sentence for a file that is damaged, or no database at all; null for any other error. */
export function damageOf(error: unknown, path: string): Error | null {
  const codes = [error, error instanceof Error ? error.cause : null].map(
    (one) => Number((one as { errcode?: unknown } | null)?.errcode) & 0xff,
  );
  if (!codes.some((code) => code === sqliteCorrupt || code === sqliteNotADatabase)) return null;
  const file = resolve(path);
  return new Error(
    `The database ${file} is damaged, or is no database. Nothing was changed in it. If it is something else, choose another file with --database-url. Else put the folder ${dirname(file)} of your last backup in its place, with secret.key; or move the file away and save what can be read with: sqlite3 ${basename(file)} .recover | sqlite3 recovered.db`,
    { cause: error },
  );
}

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/** Kysely speaks better-sqlite3's dialect of calling; node:sqlite differs in how it takes parameters and tells of columns. */
function adapt(raw: DatabaseSync) {
  return {
    close: () => raw.close(),
    prepare(sql: string) {
      const statement: StatementSync = raw.prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
}

function pick(raw: DatabaseSync, sql: string, column = 'value'): unknown {
  return raw.prepare(sql).get()?.[column];
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
