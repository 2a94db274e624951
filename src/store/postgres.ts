/**
 * The database of many nodes: `pg` under Kysely, and the checks that make "committed" mean "on the disk". The only file that
 * knows `pg`.
 *
 * A link is one connection that is made when it is first needed and made anew after it broke. What is inside a transaction
 * never goes on over another connection than the one it began on.
 */
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import { type QueryResult as Answer, types as builtIn, Client, DatabaseError } from 'pg';
import { allOf } from '../core/all-of.ts';
import { systemClock } from '../core/clock.ts';
import { dialledUrl } from '../core/database-address.ts';
import type { Database } from './schema.ts';

export interface Postgres {
  link: PostgresLink;
  db: Kysely<Database>;
  close(): Promise<void>;
}

export interface LinkOptions {
  /** What the database's own views show of this connection. */
  name: string;
  /** Nothing may be written. */
  readOnly?: boolean;
  /** What a statement may take before the connection is given up; the doors wait for it. */
  queryTimeoutMs?: number;
  /** All reads and writes go by keys and indexes: what tables looked like when a statement was first planned must not matter. */
  byIndexOnly?: boolean;
  onNotification?: () => void;
}

const connectTimeoutMs = 5000;
const queryTimeoutDefaultMs = 15_000;
const goodbyeMs = 1000;

/** The first version that knows all that is asked of it. */
const serverVersionMin = 150_000;

/** The connection broke, or could not be made. What was under way may have been done or not. */
class DatabaseGone extends Error {
  override readonly name = 'DatabaseGone';
}

/** Others were faster with what this transaction read: it is to be run again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

export class PostgresLink {
  readonly #url: string;
  readonly #options: LinkOptions;
  #client: Promise<Client> | null = null;
  #inTransaction: Client | null = null;
  /** Of the transaction that is open: what was written and its answer not read. */
  #written: Promise<unknown>[] = [];
  #closed = false;

  constructor(url: string, options: LinkOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** Rejects with `DatabaseGone`, or with the database's own error, which has a `code` of five characters. */
  async query(text: string, values: readonly unknown[] = [], name?: string): Promise<Answer<Row>> {
    const client = this.#inTransaction ?? (await this.#connected());
    return ask(client, text, values, name);
  }

  /** For what says nothing that the transaction's work needs: it goes out now, and must have been done when that is committed. */
  write(text: string, values: readonly unknown[], name: string): void {
    const written = this.query(text, values, name);
    // Whoever commits is told.
    written.catch(() => {});
    this.#written.push(written);
  }

  /** Runs the work in a transaction, once. It is committed when this comes back; when it rejects, ask `DatabaseGone`. */
  async transaction<Value>(work: () => Promise<Value>): Promise<Value> {
    const client = await this.#connected();
    // The answer comes before that of the first query of the work, which need not wait for it.
    const begun = ask(client, 'begin isolation level read committed', []);
    begun.catch(() => {});
    this.#inTransaction = client;
    this.#written = [];
    try {
      const value = await work();
      // It goes out behind what was written, and is none when any of that has failed.
      const committed = ask(client, 'commit', []);
      await allOf([begun, ...this.#written, committed]);
      const { command } = await committed;
      // A transaction in which something had failed is not committed, and that is no error to the database.
      if (command !== 'COMMIT') throw new DatabaseGone('The transaction was rolled back by the database.');
      return value;
    } catch (error) {
      // On a connection that is gone there is nothing to roll back.
      await ask(client, 'rollback', []).catch(() => this.#drop(client));
      throw error;
    } finally {
      this.#inTransaction = null;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => null);
    this.#client = null;
    if (client === null || client === undefined) return;
    // A database that hangs does not say goodbye.
    await new Promise<void>((resolve) => {
      const cancel = systemClock.after(goodbyeMs, resolve);
      void client
        .end()
        .catch(() => {})
        .finally(() => {
          cancel();
          resolve();
        });
    });
  }

  #connected(): Promise<Client> {
    if (this.#closed) return Promise.reject(new DatabaseGone('The connection to the database is closed.'));
    if (this.#client === null) {
      const connecting = this.#connect();
      this.#client = connecting;
      connecting.catch(() => {
        if (this.#client === connecting) this.#client = null;
      });
    }
    return this.#client;
  }

  async #connect(): Promise<Client> {
    const { name, queryTimeoutMs = queryTimeoutDefaultMs, onNotification } = this.#options;
    const client = new Client({
      connectionString: dialledUrl(this.#url),
      application_name: name,
      connectionTimeoutMillis: connectTimeoutMs,
      query_timeout: queryTimeoutMs,
      keepAlive: true,
      pipeline: true,
      types,
    });
    client.on('error', () => this.#drop(client));
    client.on('end', () => this.#drop(client));
    if (onNotification !== undefined) client.on('notification', onNotification);
    try {
      await client.connect();
      await ask(client, this.#sessionSettings(), []);
      await insistOn(client);
      if (onNotification !== undefined) await ask(client, `listen ${channel}`, []);
      return client;
    } catch (error) {
      client.end().catch(() => {});
      throw asGone(error);
    }
  }

  #sessionSettings(): string {
    const { readOnly = false, byIndexOnly = false } = this.#options;
    return [
      // A node that was stopped in the middle of a transaction must not hold its locks for as long as others wait for them.
      'set idle_in_transaction_session_timeout = 4000',
      // What is answered with 2xx is on the disk, whatever the database's own setting.
      "set synchronous_commit = on; set client_encoding = 'UTF8'; set lock_timeout = 10000",
      ...(readOnly ? ['set default_transaction_read_only = on; set statement_timeout = 30000'] : []),
      ...(byIndexOnly
        ? [
            'set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off',
            'set max_parallel_workers_per_gather = 0',
          ]
        : []),
    ].join('; ');
  }

  #drop(client: Client): void {
    void this.#forget(client);
  }

  async #forget(client: Client): Promise<void> {
    const present = await this.#client?.catch(() => null);
    if (present !== client) return;
    this.#client = null;
    // What still waits for an answer on it is told that there will be none.
    await client.end().catch(() => {});
  }
}

/** What changes of what nodes hold in memory are told by. */
export const channel = 'bellwire';

type Row = Record<string, unknown>;

async function ask(client: Client, text: string, values: readonly unknown[], name?: string): Promise<Answer<Row>> {
  try {
    return await client.query<Row>({ text, values: [...values], ...(name === undefined ? {} : { name }) });
  } catch (error) {
    throw asGone(error);
  }
}

/** The database's own errors have an SQLSTATE; what has none is the connection's. */
function asGone(error: unknown): unknown {
  if (error instanceof DatabaseGone || sqlState(error) !== null) return error;
  return new DatabaseGone(error instanceof Error ? error.message : String(error), { cause: error });
}

function sqlState(error: unknown): string | null {
  const { code } = (error ?? {}) as { code?: unknown };
  return error instanceof DatabaseError && typeof code === 'string' ? code : null;
}

/** Whether an error is the database's own trouble, and so no fault of what was being written. */
export function isPostgresTrouble(error: unknown): boolean {
  if (error instanceof DatabaseGone || error instanceof Overtaken) return true;
  const state = sqlState(error);
  // A value that does not fit (22), a constraint (23) and a statement that is wrong (42) are the row's fault, or ours.
  return state !== null && !['22', '23', '42'].includes(state.slice(0, 2));
}

/** Whether the same transaction may well succeed when it is run again. */
export function isWorthAnotherTry(error: unknown): boolean {
  // Serialization failure, deadlock, and a key that somebody else has just made.
  return error instanceof Overtaken || ['40001', '40P01', '23505'].includes(sqlState(error) ?? '');
}

/** The moment of a row that no partition is there for; null for any other error. */
export function momentWithoutPart(error: unknown): number | null {
  if (sqlState(error) !== '23514' || !(error instanceof DatabaseError)) return null;
  const id = error.message.startsWith('no partition of relation')
    ? /\(([0-9a-f]{12})/.exec(error.detail ?? '')?.[1]
    : undefined;
  return id === undefined ? null : Number.parseInt(id, 16);
}

/** Whether somebody else has made or changed the same table a moment ago. */
export function wasThereFirst(error: unknown): boolean {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return ['23505', '42P07', '42701', '42710', '40P01', '40001', 'XX000', '55P03'].includes(sqlState(cause) ?? '');
}

/** Whether a lock was not to be had in time. */
export function isLockedOut(error: unknown): boolean {
  return sqlState(error) === '55P03';
}

/** Refuses a database that would not keep what it says it has kept, or would order text in another way. */
async function insistOn(client: Client): Promise<void> {
  const { rows } = await ask(
    client,
    `select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
      current_setting('server_encoding') as encoding`,
    [],
  );
  const { version, fsync, encoding } = rows[0] ?? {};
  if (Number(version) < serverVersionMin) throw new Error('The PostgreSQL is older than version 15, which is needed.');
  if (fsync === 'off') throw new Error('The PostgreSQL does not keep what it commits: set fsync to on.');
  if (encoding !== 'UTF8') throw new Error(`The database is encoded in ${String(encoding)} and must be in UTF8.`);
}

/** Numbers as numbers, as the moments and counts that they are fit; bytes as the text that they are of. */
const { INT8, NUMERIC, BYTEA } = builtIn.builtins;
type Oid = Parameters<typeof builtIn.getTypeParser>[0];
const types = {
  getTypeParser(oid: Oid, format?: 'text' | 'binary') {
    if (oid === INT8 || oid === NUMERIC) return Number;
    if (oid === BYTEA) return (value: string) => Buffer.from(value.slice(2), 'hex').toString('utf8');
    return builtIn.getTypeParser(oid, format);
  },
};

/** The link as Kysely asks it, for queries inside and outside of the link's transactions. */
function dialectOf(link: PostgresLink): Dialect {
  const connection: DatabaseConnection = {
    async executeQuery<Value>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Value>> {
      const { rows, rowCount, command } = await link.query(sql, parameters);
      const isWrite = ['INSERT', 'UPDATE', 'DELETE', 'MERGE'].includes(command);
      return { rows: rows as Value[], ...(isWrite ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
    },
    streamQuery() {
      throw new Error('Rows are not streamed.');
    },
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},
    // Transactions are the link's, because only it knows on which connection each began.
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: async () => {},
  };
  return {
    createDriver: () => driver,
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

async function refuse(): Promise<void> {
  throw new Error('Transactions are begun by the link.');
}

/** One connection, made when it is first used. */
export function openPostgres(url: string, options: LinkOptions): Postgres {
  const link = new PostgresLink(url, options);
  return { link, db: new Kysely<Database>({ dialect: dialectOf(link) }), close: () => link.close() };
}
