/** Searches that no index leads to: each page looks through a bounded number of rows, and its cursor says honestly where it stopped. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { isOnPostgres } from '../../test/support/stand-database.ts';
import { limits } from '../core/limits.ts';
import type { Page, PageRequest } from '../core/page.ts';

const total = 2 * limits.scanRowsMax + 10;
const hook = 'wh_000000000001';

let stand: ApiStand;
let start: number;
beforeAll(async () => {
  stand = await openApiStand();
  const { body } = await stand.ask('POST', '/webhooks', { name: 'Search', url: 'https://127.0.0.1:9443/' });
  const { look, clock } = stand;
  start = clock.now();
  await look.change('update webhooks set id = ? where id = ?', hook, String(body['id']));
  // Ids as they are made, out of moments that have a part of the tables.
  const id = isOnPostgres ? "lpad(to_hex(at), 12, '0') || lpad(to_hex(i), 28, '0')" : "printf('%012x%028x', at, i)";
  await look.change(`
    with recursive n(i) as (select 1 union all select i + 1 from n where i < ${total}),
      timed as (select i, i + ${start} as at from n)
    insert into events (id, app_id, door, type, visitor_id, account_id, occurred_at, received_at, time_replaced,
      message_id, url, title, body)
    select ${id}, 1, 'track', case when i in (3, ${total - 1}) then 'npsSubmitted' else 'pageLoaded' end, 'ada', 'acme',
      at, at, 0, 'm' || i, '', '', '{"userAgent":"","properties":{}}' from timed`);
  await look.change(`
    insert into deliveries (event_id, webhook_id, format, revision, state, attempt_count, attempts_before_replay,
      created_at, due_at, last_code)
    select id, '${hook}', 'pendo', 1, case when type = 'npsSubmitted' then 'failed' else 'delivered' end, 1, 0, received_at,
      received_at, case when type = 'npsSubmitted' then 'timeout' end from events`);
});
afterAll(() => stand.close());

async function allPages<Item>(read: (page: PageRequest) => Promise<Page<Item>>) {
  const sizes: number[] = [];
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read({ limit: 50, cursor });
    sizes.push(page.items.length);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && sizes.length < 20);
  return { sizes, items };
}

test('events by type and by messageId: short pages lead on to all that there is', async () => {
  const byType = await allPages((page) => stand.reads.events({ type: 'npsSubmitted' }, page));
  expect(byType.sizes).toEqual([1, 0, 1]);
  expect(byType.items.map(({ messageId }) => messageId)).toEqual([`m${total - 1}`, 'm3']);
  const byMessage = await allPages((page) => stand.reads.events({ messageId: 'm5' }, page));
  expect(byMessage.sizes).toEqual([0, 0, 1]);
});

test('deliveries by type do the same, and those that failed are found at once', async () => {
  const byType = await allPages((page) => stand.reads.deliveries({ eventType: 'npsSubmitted' }, page));
  expect(byType.sizes).toEqual([1, 0, 1]);
  for (const filter of [{ code: 'timeout' }, { state: 'failed', eventType: 'npsSubmitted' }] as const) {
    const { sizes } = await allPages((page) => stand.reads.deliveries(filter, page));
    expect(sizes).toEqual([2]);
  }
});

test('deliveries of a time, and nothing beside it', async () => {
  const time = { receivedFrom: start + 10, receivedBefore: start + 15 };
  const { items } = await allPages((page) => stand.reads.deliveries(time, page));
  expect(items.map(({ createdAt }) => createdAt - start)).toEqual([14, 13, 12, 11, 10]);
});

test('what is asked for without a search comes in full pages', async () => {
  const page = await stand.reads.events({}, { limit: 50, cursor: null });
  expect(page.items).toHaveLength(50);
});
