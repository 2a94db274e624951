/** The command palette: ⌘K or Ctrl+K, and then any page, webhook, visitor, account or event by its name or id. */
import { Button, Kbd, Modal, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useState, useSyncExternalStore } from 'react';
import { useIsAdmin } from '../api/session.tsx';
import classes from './finder.module.css';
import { type Find, findings, pagesFor } from './findings.ts';

let isOpen = false;
const watchers = new Set<() => void>();

function setOpen(now: boolean): void {
  isOpen = now;
  for (const watcher of watchers) watcher();
}

export function FinderButton() {
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<IconSearch size={14} aria-hidden />}
      rightSection={
        <Kbd size="xs" visibleFrom="sm">
          Ctrl K
        </Kbd>
      }
      onClick={() => setOpen(true)}
      aria-keyshortcuts="Control+K Meta+K"
    >
      Find
    </Button>
  );
}

export function Finder() {
  const opened = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => isOpen,
  );
  useHotkeys([['mod+K', () => setOpen(!isOpen)]], []);
  return (
    <Modal
      opened={opened}
      onClose={() => setOpen(false)}
      title="Find a page, webhook, visitor, account or event"
      size="lg"
      yOffset="8vh"
      centered={false}
    >
      <Search close={() => setOpen(false)} />
    </Modal>
  );
}

function focus(field: HTMLInputElement | null): void {
  field?.focus();
}

function Search({ close }: { close: () => void }) {
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  const [text, setText] = useState('');
  const [chosen, choose] = useState(0);
  const [settled] = useDebouncedValue(text.trim(), 150);
  const found = useQuery({
    queryKey: ['find', settled],
    queryFn: ({ signal }) => findings(settled, isAdmin, signal),
    enabled: settled !== '',
  });
  const finds: Find[] = [...pagesFor(text, isAdmin), ...(settled === '' ? [] : (found.data ?? []))];
  const at = Math.min(chosen, Math.max(0, finds.length - 1));

  function go(find: Find | undefined): void {
    if (find === undefined) return;
    close();
    void navigate({ to: find.to });
  }

  function onKey(event: KeyboardEvent): void {
    if (event.key === 'ArrowDown') choose(Math.min(at + 1, finds.length - 1));
    else if (event.key === 'ArrowUp') choose(Math.max(at - 1, 0));
    else if (event.key === 'Enter') go(finds[at]);
    else return;
    event.preventDefault();
  }

  return (
    <>
      <TextInput
        // At once, and not when the dialogue has come into view: whoever knows the keys types on.
        ref={focus}
        data-autofocus
        aria-label="What to find"
        placeholder="A name, or the start of an id"
        role="combobox"
        aria-expanded
        aria-controls="finds"
        aria-activedescendant={finds.length === 0 ? undefined : `find-${at}`}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          choose(0);
        }}
        onKeyDown={onKey}
      />
      <div id="finds" role="listbox" aria-label="What was found" className={classes['finds']}>
        {finds.map((find, index) => (
          <UnstyledButton
            key={`${find.kind} ${find.to}`}
            id={`find-${index}`}
            role="option"
            aria-selected={index === at}
            tabIndex={-1}
            className={classes['find'] ?? ''}
            onClick={() => go(find)}
            onPointerMove={() => choose(index)}
          >
            <span className="cut" dir="auto">
              {find.name}
            </span>
            <Text span size="xs" className="quiet">
              {find.kind}
            </Text>
          </UnstyledButton>
        ))}
      </div>
      {finds.length === 0 && !found.isFetching && (
        <Text mt="sm" className="quiet" role="status">
          Nothing begins like this. Ids are compared from their start, and large and small letters differ.
        </Text>
      )}
    </>
  );
}
