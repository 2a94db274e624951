/** What the torture does to the database, and asks of it, while the server is down. */
import { copyFileSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { databaseIn } from './server.ts';

/**
 * `ok`, or what SQLite finds wrong. Looks at a copy, because opening the file itself would mend what the server is to find
 * after a crash.
 */
export function integrityOf(folder: string): string {
  const copy = join(folder, 'copy.db');
  for (const end of ['', '-wal']) {
    rmSync(copy + end, { force: true });
    if (existsSync(databaseIn(folder) + end)) copyFileSync(databaseIn(folder) + end, copy + end);
  }
  const database = new DatabaseSync(copy);
  const [row] = database.prepare('pragma integrity_check').all();
  database.close();
  for (const end of ['', '-wal', '-shm']) rmSync(copy + end, { force: true });
  return String(row?.['integrity_check']);
}

/** Copies some events and their deliveries to 45 days ago, so that the next start has something to clear away. */
export function addOldEvents(folder: string, count: number): void {
  const database = new DatabaseSync(databaseIn(folder), { enableForeignKeyConstraints: false, timeout: 5000 });
  const oldId = `printf('%012x', ${Date.now() - 45 * 86_400_000}) || substr(id, 13)`;
  const old = (table: string, column: string, source: string): void => {
    const columns = database
      .prepare(`select name from pragma_table_info('${table}')`)
      .all()
      .map(({ name }) => String(name));
    const values = columns.map((name) => (name === column ? `(${oldId.replace('id,', `${column},`)})` : name));
    database.exec(`insert or ignore into ${table} (${columns.join(', ')}) select ${values.join(', ')} from ${source}`);
  };
  database.exec('begin');
  const newest = `select id from events order by id desc limit ${count}`;
  old('deliveries', 'event_id', `deliveries where event_id in (${newest})`);
  old('events', 'id', `events where id in (${newest})`);
  database.exec('commit');
  database.close();
}

/** How many events are still there that are older than anything the torture's client has sent. */
export function oldEventCount(folder: string): number {
  const database = new DatabaseSync(databaseIn(folder), { readOnly: true });
  const before = (Date.now() - 86_400_000).toString(16).padStart(12, '0');
  const row = database.prepare('select count(*) as count from events where id < ?').get(before);
  database.close();
  return Number(row?.['count']);
}
