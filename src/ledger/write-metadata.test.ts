import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { aliasInput, identifyInput, trackInput } from '../../test/support/event-input.ts';
import type { Metadata } from '../core/event-input.ts';
import type { MetadataWrite } from './ledger.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

function write(items: [string, Metadata][], over: Partial<MetadataWrite> = {}) {
  const request = { kind: 'visitor', group: 'custom', create: true, ...over } as const;
  const by = { kind: 'key', id: 'key_1', name: 'Importer', address: '192.0.2.1' } as const;
  return stand.ledger.writeMetadata({ ...request, items: items.map(([id, values]) => ({ id, values })) }, by);
}

const nothing = { updatedCount: 0, createdCount: 0, missing: [], tooLarge: [] };

test('lays values over those that are there, null takes one away, and other groups stay', async () => {
  await stand.ledger.accept([identifyInput('ada', { traits: { plan: 'free' } })], []);
  expect(await write([['ada', { Plan: 'team', Seats: 3, Old: true }]])).toEqual({ ...nothing, updatedCount: 1 });
  expect(await write([['ada', { OLD: null, seats: 4 }]])).toEqual({ ...nothing, updatedCount: 1 });
  expect(await write([['ada', { language: 'en' }]], { group: 'agent' })).toEqual({ ...nothing, updatedCount: 1 });
  expect((await stand.reads.visitor('ada'))?.metadata).toEqual({
    segment: { plan: 'free' },
    custom: { plan: 'team', seats: 4 },
    agent: { language: 'en' },
  });
});

test('makes who is missing only when told to, and whoever it makes has not been seen', async () => {
  expect(await write([['grace', { a: 1 }]], { create: false })).toEqual({ ...nothing, missing: ['grace'] });
  expect(await stand.reads.visitor('grace')).toBeNull();
  const twice = await write([
    ['grace', { a: 1 }],
    ['grace', { b: 2 }],
  ]);
  expect(twice).toEqual({ ...nothing, createdCount: 1, updatedCount: 1 });
  expect(await stand.reads.visitor('grace')).toMatchObject({ firstSeenAt: null, metadata: { custom: { a: 1, b: 2 } } });

  await stand.ledger.accept([trackInput('grace')], []);
  const { items } = await stand.reads.events(
    { visitorId: 'grace', type: 'visitorCreated' },
    { limit: 5, cursor: null },
  );
  expect(items).toHaveLength(1);
});

test('accounts likewise', async () => {
  const kind = 'account';
  expect(await write([['Acme', { Tier: 'gold' }]], { kind, create: false })).toEqual({ ...nothing, missing: ['Acme'] });
  expect(await write([['Acme', { Tier: 'gold' }]], { kind })).toEqual({ ...nothing, createdCount: 1 });
  expect(await write([['Acme', { seats: 3 }]], { kind })).toEqual({ ...nothing, updatedCount: 1 });
  expect(await stand.reads.account('Acme')).toMatchObject({ metadata: { custom: { tier: 'gold', seats: 3 } } });
});

test('what would be too large is named and its neighbours are written', async () => {
  const long = 'x'.repeat(70_000);
  const result = await write([
    ['small', { a: 1 }],
    ['large', { a: long }],
  ]);
  expect(result).toEqual({ ...nothing, createdCount: 1, tooLarge: ['large'] });
  expect(await stand.reads.visitor('large')).toBeNull();
});

test('of somebody who must not be processed nothing new is kept', async () => {
  await write([['private', { a: 1 }]]);
  await stand.ledger.changeVisitor('private', { doNotProcess: true });
  expect(await write([['private', { a: 2, b: 3 }]])).toEqual({ ...nothing, updatedCount: 1 });
  expect((await stand.reads.visitor('private'))?.metadata).toEqual({ custom: { a: 1 } });
});

test('an anonymous visitor that has been named is the named one', async () => {
  await stand.ledger.accept([trackInput('_PENDO_T_7'), aliasInput('named', '_PENDO_T_7')], []);
  await write([['_PENDO_T_7', { a: 1 }]]);
  expect((await stand.reads.visitor('named'))?.metadata).toMatchObject({ custom: { a: 1 } });
});

test('keys that mean something to JavaScript are keys like any other', async () => {
  await write([['odd', JSON.parse('{"__proto__": "a", "constructor": "b"}') as Metadata]]);
  const stored = await stand.look.db
    .selectFrom('visitors')
    .select('metadata')
    .where('id', '=', 'odd')
    .executeTakeFirst();
  expect(stored?.metadata).toBe('{"custom":{"__proto__":"a","constructor":"b"}}');
});
