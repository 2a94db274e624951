import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { aliasInput, trackInput } from '../../test/support/event-input.ts';
import { isOnPostgres } from '../../test/support/stand-database.ts';
import { deliveryId } from '../core/delivery.ts';
import type { Page, PageRequest } from '../core/page.ts';
import { trailQuietMs } from '../ledger/trails.ts';

/**
 * Three events of Ada's before the trails are written and three after, among others; of the first three two are from when
 * she was anonymous, in different browsers. Every list is read in pages of each size, so that the mark is met inside a
 * page, between two, and at both ends.
 */
const type = 'trackEventReceived';
let stand: ApiStand;
let hooks: string[];
beforeAll(async () => {
  stand = await openApiStand();
  hooks = [await addHook('One'), await addHook('Two')].toSorted().toReversed();

  await stand.ledger.accept([trackInput('_PENDO_T_x', { name: '1' })], []);
  await stand.ledger.accept([aliasInput('ada', '_PENDO_T_x')], []);
  await add('2');
  await stand.ledger.accept([trackInput('_PENDO_T_y', { name: '3', accountId: 'Acme' })], []);
  await stand.ledger.accept([aliasInput('ada', '_PENDO_T_y')], []);
  const before = await trailedTo();
  stand.clock.advance(trailQuietMs);
  for (let turn = 0; turn < 3; turn += 1) await stand.settled();
  const after = await trailedTo();
  if (before !== null || (after === null) !== isOnPostgres)
    throw new Error('The trails were not written when they should be.');
  await add('4', '5', '6');
  await stand.settled();
});
afterAll(() => stand.close());

async function addHook(name: string): Promise<string> {
  const settings = { name, url: 'https://127.0.0.1:9443/', events: [type] };
  const id = String((await stand.ask('POST', '/webhooks', settings)).body['id']);
  await stand.ask('POST', `/webhooks/${id}/enable`);
  return id;
}

async function add(...names: string[]): Promise<void> {
  for (const name of names) {
    stand.clock.advance(1);
    await stand.ledger.accept(
      [trackInput('ada', { name, accountId: 'Acme' }), trackInput('bob', { name, accountId: 'Other' })],
      [],
    );
  }
}

async function trailedTo(): Promise<string | null> {
  const row = await stand.look.db
    .selectFrom('trail_windows')
    .select('last_event_id')
    .orderBy('last_event_id', 'desc')
    .executeTakeFirst();
  return row?.last_event_id ?? null;
}

async function inPages<Item>(limit: number, read: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<Item> = await read({ limit, cursor });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}

test.each([1, 2, 3, 4, 5, 6, 7])(
  'pages of %i meet each event once, newest first, on both sides of the mark',
  async (limit) => {
    const events = async (filter: { visitorId?: string; accountId?: string }): Promise<unknown[]> => {
      const found = await inPages(limit, (page) => stand.reads.events({ type, ...filter }, page));
      return found.map(({ propertiesJson }) => (JSON.parse(propertiesJson) as { name: string }).name);
    };
    expect(await events({ visitorId: 'ada' })).toEqual(['6', '5', '4', '3', '2', '1']);
    expect(await events({ visitorId: '_PENDO_T_x' })).toEqual(['6', '5', '4', '3', '2', '1']);
    expect(await events({ accountId: 'Acme' })).toEqual(['6', '5', '4', '3', '2']);
    expect(await events({ visitorId: 'ada', accountId: 'Acme' })).toEqual(['6', '5', '4', '3', '2']);
    expect(await events({ accountId: '' })).toEqual(['1']);

    const deliveries = async (filter: { visitorId?: string; accountId?: string }): Promise<unknown[]> => {
      const found = await inPages(limit, (page) => stand.reads.deliveries(filter, page));
      return found.map(({ id }) => id);
    };
    const adas = (await stand.reads.events({ type, visitorId: 'ada' }, { limit: 50, cursor: null })).items;
    const ids = adas.flatMap(({ id }) => hooks.map((hook) => deliveryId(id, hook)));
    expect(ids).toHaveLength(12);
    expect(await deliveries({ visitorId: 'ada' })).toEqual(ids);
    expect(await deliveries({ accountId: 'Acme' })).toEqual(ids.slice(0, 10));
  },
);

test('what came before the mark is found by its trail, and what came after it without one', async () => {
  const { db } = stand.look;
  const trails = await db.selectFrom('trails').selectAll().execute();
  expect(trails.some(({ subject }) => subject === 'v:ada')).toBe(!isOnPostgres);
  const mark = (await trailedTo()) ?? '';
  const ids = trails.flatMap(({ event_ids }) => JSON.parse(event_ids) as string[]);
  expect(ids.filter((id) => id > mark)).toEqual([]);

  await db.deleteFrom('trails').where('subject', '=', 'v:ada').execute();
  const left = await stand.reads.events({ type, visitorId: 'ada' }, { limit: 50, cursor: null });
  expect(left.items.map(({ propertiesJson }) => JSON.parse(propertiesJson))).toMatchObject([
    { name: '6' },
    { name: '5' },
    { name: '4' },
    { name: '3' },
    // On PostgreSQL it is found by its index.
    ...(isOnPostgres ? [{ name: '2' }] : []),
    { name: '1' },
  ]);
});
