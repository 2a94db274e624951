/** The first app's API key, read straight from the database file while the server may be running. */
import { existsSync } from 'node:fs';
import { openSqlite } from './sqlite.ts';

/** Null when there is no database, or no app in it yet. */
export function localApiKey(path: string): string | null {
  if (!existsSync(path)) return null;
  const sqlite = openSqlite(path, { readOnly: true });
  try {
    const tables = sqlite.raw.prepare("select 1 from sqlite_master where type = 'table' and name = 'apps'").all();
    if (tables.length === 0) return null;
    const key = sqlite.raw.prepare('select api_key from apps order by created_at, id limit 1').get()?.api_key;
    return typeof key === 'string' ? key : null;
  } finally {
    sqlite.close();
  }
}
