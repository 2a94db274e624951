/** Ingestion warnings: what was not taken although its sender was answered 2xx, why, and how to mend it. */
import { Accordion, Group, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { WarningSummary } from '../../api/answers.ts';
import { appsQuery } from '../../api/apps.ts';
import { liveEveryMs } from '../../api/queries.ts';
import { ask } from '../../api/request.ts';
import { type Span, spans } from '../../api/statistics.ts';
import { Ago } from '../../parts/ago.tsx';
import { Count } from '../../parts/count.tsx';
import { Filters } from '../../parts/filters.tsx';
import { Asked, Empty, PageHead } from '../../parts/page.tsx';
import { SpanChoice } from '../../parts/span-choice.tsx';
import { reasonName } from './reasons.ts';
import { Samples } from './samples.tsx';

const route = getRouteApi('/signed-in/warnings');

export function WarningsPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const [span, setSpan] = useState<Span>('week');
  const apps = useQuery(appsQuery);
  const summaries = useQuery({
    queryKey: ['warning-summaries', filter.appId, span],
    queryFn: async () => {
      const from = new Date(Date.now() - spans[span].ms).toISOString();
      const query = { from, appId: filter.appId };
      return (await ask<{ items: WarningSummary[] }>('GET', '/warning-summaries', { query })).items;
    },
    refetchInterval: liveEveryMs,
    placeholderData: keepPreviousData,
  });
  const appNames = new Map((apps.data ?? []).map(({ id, name }) => [id, name]));
  const appChoices = [...appNames].map(([id, name]) => ({ value: String(id), label: name }));
  return (
    <>
      <PageHead title="Warnings" actions={<SpanChoice span={span} choose={setSpan} />}>
        Segment's libraries are answered 200 also for what cannot be taken, or they would send it for ever. What was
        refused so stands here, with the reason and how to mend it.
      </PageHead>
      {appChoices.length > 1 && (
        <Filters
          fields={[{ name: 'appId', label: 'App', choices: [{ value: '', label: 'Any app' }, ...appChoices] }]}
          chosen={filter}
          choose={(changes) => void navigate({ search: (now) => ({ ...now, ...changes }), replace: true })}
        />
      )}
      <Asked query={summaries} what="Warnings" rows={4}>
        {(items) =>
          items.length === 0 ? (
            <Empty title={`Nothing was refused in the ${spans[span].label.toLowerCase()}`}>
              Everything that came in could be taken.
            </Empty>
          ) : (
            <ByReason summaries={items} appNames={appNames} />
          )
        }
      </Asked>
    </>
  );
}

/** Each reason, of each app, with how often it came; its samples when it is opened. */
function ByReason({
  summaries,
  appNames,
}: {
  summaries: readonly WarningSummary[];
  appNames: ReadonlyMap<number, string>;
}) {
  const [opened, setOpened] = useState<string[]>([]);
  return (
    <Accordion multiple variant="contained" value={opened} onChange={setOpened}>
      {summaries.map((summary) => {
        const { reason, appId, count, lastAt } = summary;
        const key = `${reason} ${appId ?? ''}`;
        const appName = appNames.get(appId ?? -1);
        return (
          <Accordion.Item key={key} value={key}>
            <Accordion.Control>
              <Group justify="space-between" wrap="nowrap" pr="md">
                <span>
                  <Text span fw={600}>
                    {reasonName(reason)}
                  </Text>{' '}
                  {appName !== undefined && appNames.size > 1 && (
                    <Text span className="quiet" size="sm">
                      in {appName}
                    </Text>
                  )}
                </span>
                <Text size="sm" className="quiet" component="span" ta="right">
                  <Count value={count} /> {count === 1 ? 'time' : 'times'}, last <Ago at={lastAt} />
                </Text>
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              {opened.includes(key) && <Samples reason={reason} appId={appId} appName={appName} />}
            </Accordion.Panel>
          </Accordion.Item>
        );
      })}
    </Accordion>
  );
}
