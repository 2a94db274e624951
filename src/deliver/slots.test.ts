import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import type { Clock } from '../core/clock.ts';
import { type Slot, Slots, type SlotUser } from './slots.ts';

describe('Slots', () => {
  it('gives each its own slot first, then shared ones while there are any', () => {
    const slots = new Slots(2, fakeClock());
    const [a, b, c] = [user(), user(), user()];
    expect(kindsOf([slots.take(a, 1), slots.take(a, 1)])).toEqual(['own', 'shared']);
    expect(kindsOf([slots.take(b, 1), slots.take(b, 1)])).toEqual(['own', 'shared']);
    expect(kindsOf([slots.take(c, 1), slots.take(c, 1)])).toEqual(['own', null]);
    expect([slots.sharedCount, slots.waitingCount]).toEqual([2, 1]);
  });

  it('gives nobody more of what is shared than is left of it, so that something is left for the next', () => {
    const slots = new Slots(12, fakeClock());
    const counts = [user(), user(), user()].map((each) => {
      while (slots.take(each, 1) !== null);
      return each.sharedSlotCount;
    });
    expect(counts).toEqual([6, 3, 2]);
    expect([slots.sharedCount, slots.waitingCount]).toEqual([11, 3]);
  });

  it('offers what is free to each that waits, once, though none may take it', () => {
    const slots = new Slots(8, fakeClock());
    const greedy = () => user((self) => void slots.take(self, 1));
    const [a, b] = [greedy(), greedy()];
    const held: (Slot | null)[] = [];
    for (const each of [a, b]) {
      let slot = slots.take(each, 1);
      for (; slot !== null; slot = slots.take(each, 1)) held.push(slot);
    }
    expect([a.sharedSlotCount, b.sharedSlotCount, slots.waitingCount]).toEqual([4, 2, 2]);
    const last = held.at(-1);
    if (last) slots.give(last);
    expect([a.toldCount, b.toldCount, slots.sharedCount]).toEqual([1, 1, 6]);
  });

  it('offers a slot that comes free to who has waited longest, before the giver can take it again', () => {
    const slots = new Slots(1, fakeClock());
    const order: string[] = [];
    const named = (name: string): TestUser =>
      user((self) => {
        order.push(name);
        slots.take(self, 1);
      });
    const [a, b, c] = [named('a'), named('b'), named('c')];
    for (const each of [a, b, c]) slots.take(each, 1);
    const held = slots.take(a, 1);
    expect([held?.kind, slots.take(b, 1), slots.take(c, 1)]).toEqual(['shared', null, null]);
    if (held !== null) slots.give(held);
    expect(order).toEqual(['b']);
    expect(slots.take(a, 1)).toBeNull();
    expect([slots.sharedCount, slots.waitingCount]).toEqual([1, 2]);
  });

  it('gives the own slot back to its lane alone', () => {
    const slots = new Slots(0, fakeClock());
    const [a, b] = [user(), user()];
    const own = slots.take(a, 1);
    slots.take(b, 1);
    expect(slots.take(b, 1)).toBeNull();
    if (own !== null) slots.give(own);
    expect(b.toldCount).toBe(0);
    expect(slots.take(a, 1)?.kind).toBe('own');
  });

  it('stops counting a request after two seconds, each at its own time, and tells its lane, of the own slot too', () => {
    const clock = fakeClock();
    const slots = new Slots(4, clock);
    const a = user();
    slots.take(a, 1);
    const first = slots.take(a, 2);
    clock.advance(1000);
    slots.take(a, 3);
    clock.advance(1000);
    expect([slots.sharedCount, a.slow]).toEqual([1, [1, 2]]);
    clock.advance(1000);
    expect([slots.sharedCount, a.slow]).toEqual([0, [1, 2, 3]]);
    // Ending later than that frees nothing twice.
    slots.take(a, 1);
    slots.take(a, 1);
    if (first !== null) slots.give(first);
    expect([slots.sharedCount, a.sharedSlotCount, slots.take(a, 1)]).toEqual([2, 2, null]);
  });

  it('leaves no timer behind', () => {
    const clock = fakeClock();
    let timerCount = 0;
    const counting: Clock = {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      after(delayMs, act) {
        timerCount += 1;
        const cancel = clock.after(delayMs, act);
        return () => {
          timerCount -= 1;
          cancel();
        };
      },
    };
    const slots = new Slots(4, counting);
    const a = user();
    const held = [slots.take(a, 1), slots.take(a, 1), slots.take(a, 1)];
    expect(timerCount).toBe(1);
    for (const slot of held) if (slot !== null) slots.give(slot);
    expect(timerCount).toBe(0);
  });
});

interface TestUser extends SlotUser {
  toldCount: number;
  slow: number[];
}

function user(whenTold: (self: TestUser) => void = () => {}): TestUser {
  const self: TestUser = {
    ownSlotTaken: false,
    sharedSlotCount: 0,
    toldCount: 0,
    slow: [],
    onSlow: (number) => self.slow.push(number),
    onSlotFree() {
      self.toldCount += 1;
      whenTold(self);
    },
  };
  return self;
}

function kindsOf(slots: (Slot | null)[]): (Slot['kind'] | null)[] {
  return slots.map((slot) => slot?.kind ?? null);
}
