/** A clock that stands still until it is told to go on, and then fires what fell due on the way, in order. */
import type { Clock } from '../../src/core/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on and fires timers as their moment comes; those that they set in turn as well. */
  advance(ms: number): void;
}

export function fakeClock(start = Date.UTC(2026, 0, 5, 12)): FakeClock {
  let now = start;
  let timers: { at: number; act: () => void }[] = [];
  return {
    now: () => now,
    after(delayMs, act) {
      const timer = { at: now + delayMs, act };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.act();
      }
      now = end;
    },
  };
}
