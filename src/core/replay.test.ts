import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryId } from './delivery.ts';
import { eventTypes } from './event.ts';
import {
  eventIdsIn,
  isNarrow,
  type ReplayCandidate,
  type ReplayFilter,
  replayableAs,
  replayableStates,
  replayInWords,
} from './replay.ts';

const hook = { id: 'wh_000000000001', events: 'all' as const };
const everything: ReplayFilter = {
  states: replayableStates,
  ids: null,
  webhookId: null,
  eventType: null,
  code: null,
  visitorIds: null,
  accountId: null,
  receivedFrom: null,
  receivedBefore: null,
};
const failed: ReplayCandidate = {
  eventId: 'a'.repeat(40),
  eventType: 'trackEventReceived',
  visitorId: 'ada',
  accountId: 'acme',
  receivedAt: 1000,
  withheld: null,
  state: 'failed',
  code: 'http_503',
  barred: false,
};

const candidates = fc.record({
  eventId: fc.constantFrom('a'.repeat(40), 'b'.repeat(40)),
  eventType: fc.constantFrom(...eventTypes, 'click' as const),
  visitorId: fc.constantFrom('ada', 'bob'),
  accountId: fc.constantFrom('', 'acme'),
  receivedAt: fc.integer({ min: 0, max: 3 }),
  withheld: fc.option(fc.constantFrom('excluded' as const, 'agent_too_old' as const, 'kept' as const), { freq: 3 }),
  state: fc.constantFrom('pending' as const, 'delivered' as const, 'failed' as const, 'cancelled' as const, null),
  code: fc.constantFrom(null, 'http_503', 'timeout'),
  barred: fc.boolean(),
});
const filters = fc.record({
  states: fc.subarray([...replayableStates], { minLength: 1 }),
  ids: fc.option(fc.subarray(['a'.repeat(40), deliveryId('b'.repeat(40), hook.id)], { minLength: 1 })),
  webhookId: fc.constantFrom(null, hook.id, 'wh_000000000002'),
  eventType: fc.constantFrom(null, 'trackEventReceived' as const),
  code: fc.constantFrom(null, 'timeout'),
  visitorIds: fc.constantFrom(null, ['ada'], ['ada', 'bob']),
  accountId: fc.constantFrom(null, '', 'acme'),
  receivedFrom: fc.constantFrom(null, 1, 2),
  receivedBefore: fc.constantFrom(null, 2, 3),
});

describe('what a replay sends', () => {
  /** Of many filters and candidates, those that a rule would send although it never may. */
  function wrongly(rule: typeof replayableAs): ReplayCandidate[] {
    const samples = fc.sample(fc.tuple(filters, candidates), { numRuns: 5000, seed: 7 });
    return samples
      .filter(([filter, candidate]) => rule(filter, candidate, hook) !== null)
      .map(([, candidate]) => candidate)
      .filter(({ withheld, barred, state }) => withheld !== null || barred || state === 'pending');
  }

  it('is never what is withheld, barred or on its way, whatever is asked for', () => {
    expect(wrongly(replayableAs)).toEqual([]);
    // A rule that forgets one of them is found out.
    for (const forgotten of [{ withheld: null }, { barred: false }, { state: 'failed' as const }]) {
      const forgetful: typeof replayableAs = (filter, candidate, webhook) =>
        replayableAs(filter, { ...candidate, ...forgotten }, webhook);
      expect(wrongly(forgetful).length).toBeGreaterThan(0);
    }
  });

  it('is an entry of the audit log only for whoever may see it, and one that was never sent only where it was chosen', () => {
    const entries = candidates.map((candidate) => ({ ...candidate, eventType: 'adminEvent' as const }));
    const archive = { id: hook.id, events: ['adminEvent' as const] };
    fc.assert(
      fc.property(filters, entries, (filter, candidate) => {
        expect(replayableAs(filter, candidate, archive)).toBeNull();
        const seeing = { ...filter, withAdminEvents: true };
        const others = { ...candidate, eventType: 'trackEventReceived' as const };
        const known = replayableAs(
          { ...filter, eventType: null },
          { ...others, state: candidate.state ?? 'failed' },
          archive,
        );
        const made = { ...candidate, state: candidate.state ?? ('failed' as const) };
        expect(replayableAs({ ...seeing, eventType: null }, made, archive)).toBe(known);
        expect(replayableAs(seeing, { ...candidate, state: null }, hook)).toBeNull();
      }),
    );
    const late = { ...failed, eventType: 'adminEvent' as const, state: null };
    expect(replayableAs({ ...everything, withAdminEvents: true }, late, archive)).toBe('never_attempted');
  });

  it('gets less with each condition, and all of what may be sent without any', () => {
    fc.assert(
      fc.property(filters, candidates, fc.constantFrom(...Object.keys(everything)), (filter, candidate, name) => {
        const wider = { ...filter, [name]: everything[name as keyof ReplayFilter] };
        const [narrow, wide, all] = [filter, wider, everything].map((one) => replayableAs(one, candidate, hook));
        expect([null, wide]).toContain(narrow);
        const sendable = candidate.withheld === null && !candidate.barred && candidate.state !== 'pending';
        const made = candidate.state !== null || candidate.eventType !== 'click';
        expect(all).toBe(sendable && made ? (candidate.state ?? 'never_attempted') : null);
      }),
    );
  });

  it.each<[string, Partial<ReplayFilter>, boolean]>([
    ['its state', { states: ['failed'] }, true],
    ['another state', { states: ['delivered', 'cancelled', 'never_attempted'] }, false],
    ['its event', { ids: [failed.eventId] }, true],
    ['its own id', { ids: [deliveryId(failed.eventId, hook.id)] }, true],
    ['the same event at another webhook', { ids: [deliveryId(failed.eventId, 'wh_000000000002')] }, false],
    ['another webhook', { webhookId: 'wh_000000000002' }, false],
    ['another type', { eventType: 'npsSubmitted' }, false],
    ['another error', { code: 'timeout' }, false],
    ['one of its visitor ids', { visitorIds: ['_PENDO_T_x', 'ada'] }, true],
    ['another visitor', { visitorIds: ['bob'] }, false],
    ['no account', { accountId: '' }, false],
    ['the moment it came', { receivedFrom: 1000, receivedBefore: 1001 }, true],
    ['up to the moment it came', { receivedBefore: 1000 }, false],
    ['after it came', { receivedFrom: 1001 }, false],
  ])('by %s', (_, over, sent) => {
    expect(replayableAs({ ...everything, ...over }, failed, hook) === 'failed').toBe(sent);
  });

  it('makes what was never made only for a webhook that wants it now; what was made goes again in any case', () => {
    const picky = { id: hook.id, events: ['npsSubmitted' as const] };
    const missed = { ...failed, state: null, code: null };
    expect(replayableAs(everything, missed, hook)).toBe('never_attempted');
    expect(replayableAs(everything, missed, picky)).toBeNull();
    expect(replayableAs(everything, failed, picky)).toBe('failed');
  });
});

it('a filter is narrow when it says more than a state', () => {
  expect(isNarrow(everything)).toBe(false);
  expect(isNarrow({ ...everything, states: ['failed'] })).toBe(false);
  for (const over of [{ code: 'timeout' }, { receivedFrom: 0 }, { accountId: '' }, { ids: [] }])
    expect(isNarrow({ ...everything, ...over })).toBe(true);
});

it('finds the events of a selection, each once and in order', () => {
  const [a, b] = ['a'.repeat(40), 'b'.repeat(40)];
  expect(eventIdsIn([`${b}_wh_000000000001`, a, `${a}_wh_000000000001`])).toEqual([a, b]);
});

it.each<[Partial<ReplayFilter>, string]>([
  [{ states: ['failed'] }, 'failed deliveries to all webhooks'],
  [
    { states: ['failed', 'never_attempted'], webhookId: hook.id, code: 'http_503', eventType: 'npsSubmitted' },
    'failed deliveries, and events that were never sent of npsSubmitted to CRM, last error http_503',
  ],
  [
    { states: ['never_attempted'], receivedFrom: 0, receivedBefore: 1000, visitorIds: ['ada'], accountId: '' },
    'events that were never sent to all webhooks, of visitor ada, of no account, received from 1970-01-01T00:00:00.000Z before 1970-01-01T00:00:01.000Z',
  ],
  [{ states: ['delivered'], ids: ['a', 'b'] }, 'of 2 chosen deliveries: delivered deliveries'],
  [{ states: [...replayableStates], ids: ['a', 'b'] }, '2 chosen deliveries'],
  [{ states: [...replayableStates], ids: ['a'], webhookId: hook.id }, '1 chosen delivery to CRM'],
])('says %j in words', (over, words) => {
  expect(replayInWords({ ...everything, ...over }, { webhookName: 'CRM' })).toBe(words);
});
