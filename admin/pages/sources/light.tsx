/** The light beside a recipe: waits for the first event, and turns green when it comes. */
import { Loader, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Event, Page } from '../../api/answers.ts';
import { liveEveryMs } from '../../api/queries.ts';
import { ask } from '../../api/request.ts';
import { Ago } from '../../parts/ago.tsx';
import { State } from '../../parts/state.tsx';

export function Light({ appId, door }: { appId: number; door: Event['door'] }) {
  const newest = useQuery({
    queryKey: ['light', appId, door],
    queryFn: () => ask<Page<Event>>('GET', '/events', { query: { appId, door, limit: 1 } }),
    refetchInterval: liveEveryMs,
  });
  const [event] = newest.data?.items ?? [];
  return (
    <span role="status">
      {event === undefined ? (
        <Text span size="sm" className="quiet">
          <Loader size={10} color="brass" type="dots" mr={8} aria-hidden />
          waiting for the first event…
        </Text>
      ) : (
        <>
          <State tone="good">received</State>{' '}
          <Text span size="sm" className="quiet">
            <Ago at={event.receivedAt} />
          </Text>
        </>
      )}
    </span>
  );
}
