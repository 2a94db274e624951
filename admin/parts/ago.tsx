/** A moment as people say it, "3 min ago", with the exact one and its zone on hover. */
import { Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'narrow' });
const exact = new Intl.DateTimeFormat('en-GB', {
  dateStyle: 'medium',
  timeStyle: 'long',
});
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** `at` is ISO 8601 or epoch milliseconds; null is said as `never`. */
export function Ago({ at, never = 'never' }: { at: string | number | null; never?: string }) {
  const now = useNow();
  if (at === null) return <span className="quiet">{never}</span>;
  const moment = new Date(at);
  return (
    <Tooltip label={exact.format(moment)}>
      <time dateTime={moment.toISOString()}>{agoText(moment.getTime(), now)}</time>
    </Tooltip>
  );
}

/** "just now", "3 min ago", "in 40 sec"; beyond a week the date. */
function agoText(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 2) return 'just now';
  if (size < 60) return relative.format(seconds, 'second');
  if (size < 3_600) return relative.format(Math.trunc(seconds / 60), 'minute');
  if (size < 86_400) return relative.format(Math.trunc(seconds / 3_600), 'hour');
  if (size < 7 * 86_400) return relative.format(Math.trunc(seconds / 86_400), 'day');
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

export function exactText(at: string | number): string {
  return exact.format(new Date(at));
}

export function clockText(at: string | number): string {
  return clock.format(new Date(at));
}

let now = Date.now();
const watchers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | null = null;

/** The time, to a second; one timer for the whole page. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now);
}

/** The same function for all: another one at each render would begin the watching anew each time. */
function watch(watcher: () => void): () => void {
  // The time has stood still while nobody watched it.
  if (ticking === null) now = Date.now();
  watchers.add(watcher);
  ticking ??= setInterval(tick, 1_000);
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0 || ticking === null) return;
    clearInterval(ticking);
    ticking = null;
  };
}

function tick(): void {
  now = Date.now();
  for (const watcher of watchers) watcher();
}
