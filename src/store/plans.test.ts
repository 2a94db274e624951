/**
 * Lists must stay quick with millions of rows. What decides that is the plan: an index that gives the rows in the order of
 * the page, so that reading stops when the page is full. A sort, or a scan past what the filter names, shows here.
 */
import type { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import type { Reads } from '../ledger/reads.ts';
import { createReads } from '../ledger/reads-store.ts';

let stand: ApiStand;
let reads: Reads;
let prepare: DatabaseSync['prepare'];
let texts: string[] = [];
beforeAll(async () => {
  stand = await openApiStand();
  const { raw, db } = stand.sqlite;
  reads = createReads(db);
  prepare = raw.prepare.bind(raw);
  raw.prepare = (sql) => {
    texts.push(sql);
    return prepare(sql);
  };
});
afterAll(() => stand.close());

const eventId = '0'.repeat(40);
const hookId = 'wh_000000000000';
const page = (...key: (string | number)[]) => ({
  limit: 50,
  cursor: key.length === 0 ? null : Buffer.from(JSON.stringify(key)).toString('base64url'),
});

async function planOf(ask: () => Promise<unknown>): Promise<string[]> {
  texts = [];
  await ask();
  // The last one is the list itself; what comes before and after looks up who a visitor was.
  const list = texts.findLast((sql) => sql.includes('limit') && !sql.includes('where "to_id" in'));
  if (list === undefined) throw new Error('No list was read.');
  return prepare(`explain query plan ${list}`)
    .all()
    .map((row) => String(row['detail']));
}

test.each<[string, () => Promise<unknown>, string]>([
  ['events', () => reads.events({}, page(eventId)), 'SEARCH events USING INDEX sqlite_autoindex_events_1 (id<?)'],
  [
    'events by time',
    () => reads.events({ receivedFrom: 1, receivedBefore: 2 }, page()),
    'SEARCH events USING INDEX sqlite_autoindex_events_1 (id>? AND id<?)',
  ],
  ['visitors', () => reads.visitors({}, page('a')), 'SEARCH visitors USING PRIMARY KEY (id>?)'],
  [
    'visitors by the start of an id',
    () => reads.visitors({ search: 'a' }, page()),
    'SEARCH visitors USING PRIMARY KEY (id>? AND id<?)',
  ],
  [
    'visitors by account',
    () => reads.visitors({ accountId: 'a' }, page('a')),
    'SEARCH visitors USING INDEX visitors_account (account_id=? AND id>?)',
  ],
  [
    'accounts by the start of an id',
    () => reads.accounts({ search: 'a' }, page()),
    'SEARCH accounts USING PRIMARY KEY (id>? AND id<?)',
  ],
  ['deliveries', () => reads.deliveries({}, page(eventId, hookId)), 'SEARCH deliveries USING PRIMARY KEY (event_id<?)'],
  [
    'deliveries by webhook',
    () => reads.deliveries({ webhookId: hookId }, page()),
    'SEARCH deliveries USING INDEX deliveries_webhook (webhook_id=?)',
  ],
  [
    'deliveries that failed',
    () => reads.deliveries({ state: 'failed' }, page()),
    'SCAN deliveries USING INDEX deliveries_failed',
  ],
  ['warnings', () => reads.warnings({}, page(5)), 'SEARCH warnings USING INTEGER PRIMARY KEY (rowid<?)'],
])('%s come from an index, in order', async (_, ask, wanted) => {
  const plan = await planOf(ask);
  expect(plan).toContain(wanted);
  expect(plan.filter((step) => step.includes('TEMP B-TREE') && !step.includes('LAST TERM'))).toEqual([]);
  // Whatever else is read is looked up by its key.
  expect(plan.filter((step) => step.startsWith('SCAN') && step !== wanted)).toEqual([]);
});
