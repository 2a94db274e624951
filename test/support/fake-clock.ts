/** A clock that stands still until it is told to go on, and then fires what fell due on the way, in order. */
import type { Clock } from '../../src/core/clock.ts';

export interface FakeClock extends Clock {
  /** Moves time on and fires timers as their moment comes; those that they set in turn as well. */
  advance(ms: number): void;
  /** Somebody sets the clock, ahead or back: no time passes, and no timer notices. */
  jump(ms: number): void;
}

export function fakeClock(start = Date.UTC(2026, 0, 5, 12)): FakeClock {
  let monotonicMs = 0;
  let setBy = 0;
  let timers: { at: number; act: () => void }[] = [];
  return {
    now: () => start + setBy + monotonicMs,
    monotonicMs: () => monotonicMs,
    after(delayMs, act) {
      const timer = { at: monotonicMs + delayMs, act };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const end = monotonicMs + ms;
      for (;;) {
        const [next] = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        timers = timers.filter((other) => other !== next);
        monotonicMs = Math.max(monotonicMs, next.at);
        next.act();
      }
      monotonicMs = end;
    },
    jump(ms) {
      setBy += ms;
    },
  };
}
