import { describe, expect, it } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import type { Clock } from '../core/clock.ts';
import { type Slot, Slots, type SlotUser } from './slots.ts';

describe('Slots', () => {
  it('gives each its own slot first, then shared ones while there are any', () => {
    const slots = new Slots(2, fakeClock());
    const [a, b] = [user(), user()];
    expect(kindsOf([slots.take(a), slots.take(a), slots.take(a), slots.take(a)])).toEqual([
      'own',
      'shared',
      'shared',
      null,
    ]);
    expect(kindsOf([slots.take(b), slots.take(b)])).toEqual(['own', null]);
    expect([slots.sharedCount, slots.waitingCount]).toEqual([2, 2]);
  });

  it('offers a slot that comes free to who has waited longest, before the giver can take it again', () => {
    const slots = new Slots(1, fakeClock());
    const order: string[] = [];
    const named = (name: string): TestUser =>
      user((self) => {
        order.push(name);
        slots.take(self);
      });
    const [a, b, c] = [named('a'), named('b'), named('c')];
    for (const each of [a, b, c]) slots.take(each);
    const held = slots.take(a);
    expect([held?.kind, slots.take(b), slots.take(c)]).toEqual(['shared', null, null]);
    if (held !== null) slots.give(held);
    expect(order).toEqual(['b']);
    expect(slots.take(a)).toBeNull();
    expect([slots.sharedCount, slots.waitingCount]).toEqual([1, 2]);
  });

  it('gives the own slot back to its lane alone', () => {
    const slots = new Slots(0, fakeClock());
    const [a, b] = [user(), user()];
    const own = slots.take(a);
    slots.take(b);
    expect(slots.take(b)).toBeNull();
    if (own !== null) slots.give(own);
    expect(b.toldCount).toBe(0);
    expect(slots.take(a)?.kind).toBe('own');
  });

  it('stops counting a request after two seconds, each at its own time', () => {
    const clock = fakeClock();
    const slots = new Slots(2, clock);
    const a = user();
    slots.take(a);
    const first = slots.take(a);
    clock.advance(1000);
    slots.take(a);
    clock.advance(1000);
    expect(slots.sharedCount).toBe(1);
    clock.advance(1000);
    expect(slots.sharedCount).toBe(0);
    // Ending later than that frees nothing twice.
    slots.take(a);
    slots.take(a);
    if (first !== null) slots.give(first);
    expect([slots.sharedCount, slots.take(a)]).toEqual([2, null]);
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
    const slots = new Slots(2, counting);
    const a = user();
    const held = [slots.take(a), slots.take(a), slots.take(a)];
    expect(timerCount).toBe(1);
    for (const slot of held) if (slot !== null) slots.give(slot);
    expect(timerCount).toBe(0);
  });
});

interface TestUser extends SlotUser {
  toldCount: number;
}

function user(whenTold: (self: TestUser) => void = () => {}): TestUser {
  const self: TestUser = {
    ownSlotTaken: false,
    toldCount: 0,
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
