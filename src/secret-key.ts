/**
 * The key that secrets are encrypted with, when nobody has given one. It lies beside the database and not in it, so that a copy of the database alone
 * gives nothing away; and a backup needs both.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { DatabaseAddress } from './core/database-address.ts';
import { secretKeyMissing } from './settings.ts';

/**
 * Reads the key beside the database, or makes it, readable by its owner alone, when this is the first start. Beside a
 * PostgreSQL there is no place that all its nodes know: then it throws.
 */
export function secretKeyMade(database: DatabaseAddress): Buffer {
  if (database.kind === 'postgres') throw new Error(secretKeyMissing);
  const file = join(dirname(resolve(database.path)), 'secret.key');
  const known = readKey(file);
  if (known !== null) return known;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const made = randomBytes(32);
  // `wx`: when two starts race, one of them makes the key and the other must take it.
  writeFileSync(file, `${made.toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  return made;
}

function readKey(file: string): Buffer | null {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const key = Buffer.from(text.trim(), 'base64');
  if (key.length !== 32) throw new Error(`${file} is not a key of 32 bytes in base64. Restore it from a backup.`);
  return key;
}
