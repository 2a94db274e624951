/** Whatever the database: the same events make the same webhooks, byte for byte. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { eventTypes } from '../../src/core/event.ts';
import { oddJourney } from '../support/odd-journey.ts';
import { openLook, standDatabase } from '../support/stand-database.ts';

test('a journey with odd texts through all doors makes the same webhooks on SQLite and on PostgreSQL', {
  timeout: 120_000,
}, async () => {
  const onSqlite = await onFile();
  const postgres = await standDatabase();
  onTestFinished(() => postgres.drop());
  expect(differencesOf(await oddJourney(postgres.address, postgres.look), onSqlite)).toEqual([]);

  // It has met all that it is about.
  const all = onSqlite.join('\n');
  for (const type of eventTypes) expect(all).toContain(`"event":"${type}"`);
  expect(new Set(onSqlite.map((one) => one.split(' ')[0])).size).toBe(2);
  expect(Math.max(...onSqlite.map((one) => Buffer.byteLength(one)))).toBeGreaterThan(20_000);
  expect(all).toContain('\u{10ffff}');

  // And a database that takes two ways of writing an é for one would be found out.
  const meddled = await onFile((look) => look.change("update events set body = replace(body, 'e\u0301', '\u00e9')"));
  expect(differencesOf(meddled, onSqlite).length).toBeGreaterThan(0);
});

async function onFile(meddle?: Parameters<typeof oddJourney>[2]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'bellwire-same-'));
  const file = { kind: 'sqlite' as const, path: join(folder, 'bellwire.db') };
  const look = openLook(file);
  try {
    return await oddJourney(file, look, meddle);
  } finally {
    await look.close();
    rmSync(folder, { recursive: true });
  }
}

/** The first few, so that they can be read. */
function differencesOf(found: readonly string[], wanted: readonly string[]): unknown[] {
  const pairs = Array.from({ length: Math.max(found.length, wanted.length) }, (_, index) => [
    found[index],
    wanted[index],
  ]);
  return pairs.filter(([one, other]) => one !== other).slice(0, 3);
}
