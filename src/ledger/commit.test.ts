/** What nobody should be able to send: it comes to the ledger all the same, together with what others sent. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testAppId, trackInput } from '../../test/support/event-input.ts';
import { openReplayStand, type ReplayStand } from '../../test/support/replay-stand.ts';
import type { IngestionWarning } from '../core/event-input.ts';

let stand: ReplayStand;
beforeEach(async () => {
  stand = await openReplayStand();
});
afterEach(() => stand.close());

test('an input that makes accepting throw harms nobody but itself', async () => {
  const poison = trackInput('eve');
  if (poison.act.kind === 'event') Object.assign(poison.act, { propertiesJson: Symbol('cannot be stored') });
  const results = await Promise.all([
    stand.ledger.accept([trackInput('ada'), poison, trackInput('bob')], []),
    stand.ledger.accept([trackInput('cy')], []),
  ]);
  expect(results.flat().map(({ kind }) => kind)).toEqual(['accepted', 'refused', 'accepted', 'accepted']);
  expect(await stand.look.count('select count(*) as n from events where type = ?', 'trackEventReceived')).toBe(3);
  expect(await stand.look.count('select count(*) as n from visitors where id = ?', 'eve')).toBe(0);
  expect(await stand.look.count('select count(*) as n from warnings where reason = ?', 'internal')).toBe(1);
  expect(stand.troubles).toHaveLength(1);
});

test('an input that not even a warning can name harms nobody but itself', async () => {
  const poison = trackInput('eve', { appId: { not: 'a number' } as unknown as number });
  const results = await Promise.all([
    stand.ledger.accept([trackInput('ada'), poison], []),
    stand.ledger.accept([trackInput('bob')], []),
  ]);
  expect(results.flat().map(({ kind }) => kind)).toEqual(['accepted', 'refused', 'accepted']);
  expect(stand.troubles).toHaveLength(2);
});

test.each([
  ['a warning', { reason: Symbol('cannot be stored') }],
  ['a warning of a number that is none', { appId: { not: 'a number' } }],
])('%s that cannot be kept harms nobody, and the log hears of it', async (_, odd) => {
  const warning = { appId: testAppId, door: 'segment', reason: 'missing_id', message: '', field: '', messageId: null };
  const kept = { ...warning, sample: '', receivedAt: stand.clock.now() } as IngestionWarning;
  const results = await Promise.all([
    stand.ledger.accept([trackInput('ada')], [kept, { ...kept, ...odd } as unknown as IngestionWarning]),
    stand.ledger.accept([trackInput('bob')], [kept]),
  ]);
  expect(results.flat().map(({ kind }) => kind)).toEqual(['accepted', 'accepted']);
  expect(await stand.look.count('select sum(count) as n from warnings')).toBe(2);
  expect(stand.troubles).toHaveLength(1);
});
