/** Whether the server answers; while it does not, it is asked every few seconds until it does again. */
import { useSyncExternalStore } from 'react';

let isConnected = true;
const watchers = new Set<() => void>();

export function setConnected(now: boolean): void {
  if (now === isConnected) return;
  isConnected = now;
  for (const watcher of watchers) watcher();
  if (!now) setTimeout(look, 2_000);
}

export function useConnected(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => isConnected,
  );
}

function look(): void {
  fetch('/livez', { cache: 'no-store' }).then(
    () => setConnected(true),
    () => setTimeout(look, 2_000),
  );
}
