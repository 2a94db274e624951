/** Short notes on what was done, at the foot of the page. What needs an answer is no notice. */
import { CloseButton, Paper, Stack, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import classes from './notices.module.css';

interface Notice {
  id: number;
  text: string;
  isTrouble: boolean;
}

let notices: readonly Notice[] = [];
let lastId = 0;
const watchers = new Set<() => void>();

export function notify(text: string): void {
  add(text, false);
}

export function notifyTrouble(error: unknown): void {
  add(error instanceof Error ? error.message : String(error), true);
}

export function Notices() {
  const shown = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => notices,
  );
  return (
    <Stack className={classes['place'] ?? ''} gap="xs" role="status" aria-live="polite">
      {shown.map(({ id, text, isTrouble }) => (
        <Paper key={id} className={classes['notice'] ?? ''} shadow="md" withBorder>
          {isTrouble ? (
            <IconAlertTriangle size={18} color="var(--bad)" aria-label="Trouble" />
          ) : (
            <IconCheck size={18} color="var(--good)" aria-hidden />
          )}
          <Text size="sm">{text}</Text>
          <CloseButton size="sm" aria-label="Close this note" onClick={() => remove(id)} />
        </Paper>
      ))}
    </Stack>
  );
}

function add(text: string, isTrouble: boolean): void {
  lastId += 1;
  const id = lastId;
  show([...notices.slice(-2), { id, text, isTrouble }]);
  setTimeout(() => remove(id), isTrouble ? 12_000 : 5_000);
}

function remove(id: number): void {
  show(notices.filter((notice) => notice.id !== id));
}

function show(now: readonly Notice[]): void {
  notices = now;
  for (const watcher of watchers) watcher();
}
