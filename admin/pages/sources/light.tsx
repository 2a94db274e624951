/** The light beside a recipe: waits for the first event, and turns green when it comes. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Event } from '../../api/answers.ts';
import { sourcesQuery } from '../../api/statistics.ts';
import { Ago } from '../../parts/ago.tsx';
import { State } from '../../parts/state.tsx';

export function Light({ appId, door }: { appId: number; door: Event['door'] }) {
  const sources = useQuery(sourcesQuery(appId));
  const source = sources.data?.find((one) => one.door === door);
  const lastEventAt = source?.lastEventAt ?? null;
  const lastWarningAt = source?.lastWarningAt ?? null;
  return (
    <span role="status">
      {lastEventAt === null ? (
        <Text span size="sm" className="quiet">
          {lastWarningAt === null ? (
            'waiting for the first event…'
          ) : (
            <>
              something came and was refused <Ago at={lastWarningAt} />: see Warnings
            </>
          )}
        </Text>
      ) : (
        <>
          <State tone="good">received</State>{' '}
          <Text span size="sm" className="quiet">
            <Ago at={lastEventAt} />
          </Text>
        </>
      )}
    </span>
  );
}
