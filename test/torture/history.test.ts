import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Arrival, type FaultKind, faultKinds, type History, judge } from '../../torture/history.ts';
import { faults, scheduleOf } from '../../torture/schedule.ts';

const webhooks = ['first', 'second'];

describe('judge', () => {
  it('finds nothing in a history in which all went well', () => {
    fc.assert(
      fc.property(goodHistories, (history) => {
        expect(kindsFoundIn(history)).toEqual([]);
        const { acknowledged, delivered, repeated } = judge(history);
        expect(delivered).toBe(acknowledged);
        expect(repeated).toBe(0);
      }),
    );
  });

  const spoilt: Readonly<Record<FaultKind, (history: History, one: Arrival) => Partial<History>>> = {
    lost: ({ arrivals }, one) => ({ arrivals: arrivals.filter((other) => other !== one) }),
    'stored twice': ({ arrivals }, one) => ({
      arrivals: [...arrivals, { ...one, deliveryId: 'another', eventId: 'another' }],
    }),
    'first seen twice': ({ arrivals }, one) => ({
      arrivals: [...arrivals, firstSight(one, 'a'), firstSight(one, 'b')],
    }),
    'wrongly signed': ({ arrivals }, one) => ({ arrivals: replaced(arrivals, one, { signed: false }) }),
    changed: ({ arrivals }, one) => ({
      arrivals: [...replaced(arrivals, one, { status: 503 }), { ...one, at: one.at + 1, bodyHash: 'another' }],
    }),
    'never sent': ({ arrivals }, one) => ({
      arrivals: [...arrivals, { ...one, name: 'made up', deliveryId: 'another', eventId: 'another' }],
    }),
    'repeated without cause': ({ arrivals }, one) => ({ arrivals: [...arrivals, { ...one, at: one.at + 1 }] }),
  };

  it.each(faultKinds)('finds what is %s, wherever it is', (kind) => {
    fc.assert(
      fc.property(goodHistories, fc.nat(), (history, index) => {
        const one = history.arrivals[index % history.arrivals.length];
        if (one === undefined) throw new Error('a good history has arrivals');
        expect(kindsFoundIn({ ...history, ...spoilt[kind](history, one) })).toContain(kind);
      }),
    );
  });

  it('says which webhook has not got what was lost', () => {
    const history = historyOf(['a', 'b']);
    const arrivals = history.arrivals.filter(({ webhook, name }) => webhook !== 'second' || name !== 'b');
    expect(judge({ ...history, arrivals }).faults.lost).toEqual(['b at second']);
  });

  it('misses nothing that was not acknowledged, and does not mind that it came', () => {
    const history = historyOf(['a', 'b']);
    const sent = new Map([...history.sent, ['b', { acknowledgedAt: null }]]);
    const without = history.arrivals.filter(({ name }) => name !== 'b');
    expect(kindsFoundIn({ ...history, sent })).toEqual([]);
    expect(kindsFoundIn({ ...history, sent, arrivals: without })).toEqual([]);
  });

  it('does not count what arrived wrongly signed as delivered', () => {
    const history = historyOf(['a']);
    const arrivals = history.arrivals.map((arrival) => ({ ...arrival, signed: false }));
    expect(judge({ ...history, arrivals })).toMatchObject({ delivered: 0, faults: { lost: ['a at first, second'] } });
  });

  it('lets come twice what arrived while the server was hindered, and what was not answered 2xx', () => {
    const history = historyOf(['a']);
    const [one] = history.arrivals;
    if (one === undefined) throw new Error('there is no arrival');
    const twice = [...history.arrivals, { ...one, at: one.at + 100 }];
    const interruptions = [{ from: one.at - 5, to: one.at + 5 }];
    const hindered = judge({ ...history, arrivals: twice, interruptions });
    expect(hindered.faults['repeated without cause']).toEqual([]);
    expect(hindered.repeated).toBe(1);
    expect(hindered.repeatedMax).toBeGreaterThanOrEqual(1);
    const refusedFirst = replaced(twice, one, { status: 503 });
    expect(judge({ ...history, arrivals: refusedFirst })).toMatchObject({ repeated: 0 });
    expect(kindsFoundIn({ ...history, arrivals: refusedFirst })).toEqual([]);
  });
});

describe('scheduleOf', () => {
  it('draws the same rounds from the same seed, and others from another', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(scheduleOf(seed, 50)).toEqual(scheduleOf(seed, 50));
        expect(scheduleOf(seed, 50)).not.toEqual(scheduleOf(seed + 1, 50));
      }),
    );
  });

  it('has every kind of fault as soon as there are rounds enough', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        expect(new Set(scheduleOf(seed, faults.length).map(({ fault }) => fault)).size).toBe(faults.length);
      }),
    );
  });
});

const goodHistories = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 20 }).map(historyOf);

/** Everything was acknowledged, and each webhook got it once. */
function historyOf(names: string[]): History {
  const at = 1_000_000;
  return {
    sent: new Map(names.map((name) => [name, { acknowledgedAt: at }])),
    arrivals: names.flatMap((name, index) =>
      webhooks.map((webhook) => ({
        webhook,
        deliveryId: `${index}/${webhook}`,
        eventId: `id ${index}`,
        eventType: 'trackEventReceived',
        name,
        bodyHash: `body ${index}`,
        signed: true,
        status: 200,
        at: at + index * 10,
      })),
    ),
    webhooks,
    interruptions: [],
  };
}

function kindsFoundIn(history: History): FaultKind[] {
  const { faults } = judge(history);
  return faultKinds.filter((kind) => faults[kind].length > 0);
}

function firstSight(one: Arrival, eventId: string): Arrival {
  return { ...one, deliveryId: eventId, eventId, eventType: 'visitorCreated', name: 'ada' };
}

function replaced(arrivals: readonly Arrival[], one: Arrival, by: Partial<Arrival>): Arrival[] {
  return arrivals.with(arrivals.indexOf(one), { ...one, ...by });
}
