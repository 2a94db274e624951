/**
 * A long list, newest first, that shows what comes as it comes. While the pointer or the keyboard is on it nothing moves: it
 * says how many are waiting, and a press shows them.
 */
import { Button, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { Page } from '../api/answers.ts';
import { liveEveryMs } from '../api/queries.ts';
import { ask, type Query } from '../api/request.ts';
import { counted } from './count.tsx';
import { Loading, Trouble } from './page.tsx';

interface Kept<Item> {
  /** What list it is of; with another nothing of it holds. */
  of: string;
  items: Item[];
  nextCursor: string | null;
}

export interface LiveList<Item> {
  items: Item[];
  /** What has come and is not shown yet. */
  waitingCount: number;
  showWaiting: () => void;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
  /** Nothing has come yet at all. */
  isPending: boolean;
  error: Error | null;
  retry: () => void;
  /** For whatever is around the rows. */
  hold: {
    onPointerEnter: () => void;
    onPointerLeave: () => void;
    onFocus: () => void;
    onBlur: () => void;
  };
  isHeld: boolean;
}

interface Listed {
  id: string | number;
}

/** What the API lists at `path`, page by page. `queries` knows it by the path too. */
export function useLiveList<Item extends Listed>(
  path: string,
  filter: Query = {},
  /** Of a list that ends in the past nothing new comes. */
  isLive = true,
): LiveList<Item> {
  const key = [path, filter];
  const of = JSON.stringify(key);
  const page = (cursor: string | undefined, signal?: AbortSignal) =>
    ask<Page<Item>>('GET', path, { query: { ...filter, cursor }, signal });
  const newest = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => page(undefined, signal),
    refetchInterval: isLive ? liveEveryMs : false,
  });
  const [kept, keep] = useState<Kept<Item> | null>(null);
  const [isHeld, setHeld] = useState(false);
  const [more, setMore] = useState<{ isLoading: boolean; error: Error | null }>({ isLoading: false, error: null });

  const shown = kept?.of === of ? kept : null;
  const latest = newest.data;
  const fresh = latest === undefined || shown === null ? [] : unknownOf(latest.items, shown.items);
  const isStill = isHeld && shown !== null && fresh.length > 0;
  const merged = latest === undefined ? shown : isStill ? updated(shown, latest) : joined(of, shown, latest);
  if (merged !== null && !isSame(merged, shown)) keep(merged);

  async function loadMore(): Promise<void> {
    if (merged === null || merged.nextCursor === null || more.isLoading) return;
    setMore({ isLoading: true, error: null });
    try {
      const next = await page(merged.nextCursor);
      keep((now) =>
        now?.of === of
          ? { of, items: [...now.items, ...unknownOf(next.items, now.items)], nextCursor: next.nextCursor }
          : now,
      );
      setMore({ isLoading: false, error: null });
    } catch (error) {
      setMore({ isLoading: false, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }

  return {
    items: merged?.items ?? [],
    waitingCount: isStill ? fresh.length : 0,
    showWaiting: () => latest !== undefined && keep(joined(of, shown, latest)),
    hasMore: merged !== null && merged.nextCursor !== null,
    isLoadingMore: more.isLoading,
    loadMore: () => void loadMore(),
    isPending: newest.isPending,
    error: merged === null ? newest.error : more.error,
    retry: () => void (merged === null ? newest.refetch() : loadMore()),
    hold: {
      onPointerEnter: () => setHeld(true),
      onPointerLeave: () => setHeld(false),
      onFocus: () => setHeld(true),
      onBlur: () => setHeld(false),
    },
    isHeld: isHeld && isLive,
  };
}

/** The rows, with what waits above them and what is older below. `what` is one of them and several: deliveries. */
export function LiveRows<Item>({
  list,
  what,
  empty,
  children,
}: {
  list: LiveList<Item>;
  what: { one: string; many: string };
  empty: ReactNode;
  children: ReactNode;
}) {
  if (list.isPending && list.error === null) return <Loading />;
  if (list.error !== null && list.items.length === 0) {
    return <Trouble error={list.error} what={`The ${what.many}`} retry={list.retry} />;
  }
  return (
    <div {...list.hold}>
      <Group h={30} gap="sm" aria-live="polite">
        {list.waitingCount > 0 ? (
          <Button size="compact-sm" variant="light" onClick={list.showWaiting}>
            Show {counted(list.waitingCount, `new ${what.one}`, `new ${what.many}`)}
          </Button>
        ) : (
          <Text size="xs" className="quiet">
            {list.isHeld ? 'Paused while you are on it.' : ''}
          </Text>
        )}
      </Group>
      {list.items.length === 0 && !list.hasMore ? empty : children}
      {list.error !== null && <Trouble error={list.error} what={`Older ${what.many}`} retry={list.retry} />}
      {list.hasMore && (
        <Group justify="center" mt="md">
          <Button variant="default" loading={list.isLoadingMore} onClick={list.loadMore}>
            Show older {what.many}
          </Button>
        </Group>
      )}
    </div>
  );
}

function unknownOf<Item extends Listed>(items: readonly Item[], known: readonly Item[]): Item[] {
  const ids = new Set(known.map(({ id }) => id));
  return items.filter((item) => !ids.has(item.id));
}

/** What is known of those that are shown, in their places. */
function updated<Item extends Listed>(shown: Kept<Item>, latest: Page<Item>): Kept<Item> {
  const byId = new Map(latest.items.map((item) => [item.id, item]));
  const items = shown.items.map((item) => byId.get(item.id) ?? item);
  return items.every((item, at) => item === shown.items[at]) ? shown : { ...shown, items };
}

function joined<Item extends Listed>(of: string, shown: Kept<Item> | null, latest: Page<Item>): Kept<Item> {
  if (shown === null || shown.of !== of) return { of, ...latest };
  const fresh = unknownOf(latest.items, shown.items);
  // So many have come that there may be some between them and those that are shown: begin anew.
  if (fresh.length === latest.items.length && latest.nextCursor !== null) return { of, ...latest };
  const known = updated(shown, latest);
  // What is on the first page no more, although it is not full, has left.
  if (latest.nextCursor === null) return isSame({ of, ...latest }, shown) ? shown : { of, ...latest };
  return fresh.length === 0 ? known : { ...known, items: [...fresh, ...known.items] };
}

function isSame<Item>(one: Kept<Item>, other: Kept<Item> | null): boolean {
  if (one === other) return true;
  if (other === null || one.of !== other.of || one.nextCursor !== other.nextCursor) return false;
  return one.items.length === other.items.length && one.items.every((item, at) => item === other.items[at]);
}
