/** Ingestion warnings: what was not taken although its sender was answered 2xx, why, and how to mend it. */
import { Accordion, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { IngestionWarning, Page } from '../../api/answers.ts';
import { appsQuery } from '../../api/apps.ts';
import { ask } from '../../api/request.ts';
import { Ago } from '../../parts/ago.tsx';
import { Count } from '../../parts/count.tsx';
import { doors } from '../../parts/event-words.ts';
import { Facts } from '../../parts/facts.tsx';
import { Filters } from '../../parts/filters.tsx';
import { JsonText } from '../../parts/json-view.tsx';
import { LiveRows, useLiveList } from '../../parts/live-list.tsx';
import { Empty, PageHead } from '../../parts/page.tsx';
import { reasonName, reasonNames } from './reasons.ts';

const route = getRouteApi('/signed-in/warnings');

export function WarningsPage() {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const apps = useQuery(appsQuery);
  const list = useLiveList<IngestionWarning>({
    key: ['warnings', filter],
    page: (cursor, signal) =>
      ask<Page<IngestionWarning>>('GET', '/warnings', {
        query: { ...filter, cursor },
        ...(signal === undefined ? {} : { signal }),
      }),
    idOf: ({ id }) => id,
  });
  const appChoices = (apps.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }));
  const isNarrow = Object.keys(filter).length > 0;
  return (
    <>
      <PageHead title="Warnings">
        Segment's libraries are answered 200 also for what cannot be taken, or they would send it for ever. What was
        refused so stands here, with the reason and how to mend it.
      </PageHead>
      <Filters
        fields={[
          { name: 'reason', label: 'Reason', choices: [{ value: '', label: 'Any reason' }, ...reasonNames] },
          ...(appChoices.length < 2
            ? []
            : [{ name: 'appId', label: 'App', choices: [{ value: '', label: 'Any app' }, ...appChoices] }]),
        ]}
        chosen={filter}
        choose={(changes) => void navigate({ search: (now) => ({ ...now, ...changes }), replace: true })}
      />
      <LiveRows
        list={list}
        what={{ one: 'warning', many: 'warnings' }}
        empty={
          isNarrow ? (
            <Empty title="No warning fits" />
          ) : (
            <Empty title="Nothing was refused">Everything that came in could be taken.</Empty>
          )
        }
      >
        <ByReason items={list.items} appNames={new Map((apps.data ?? []).map(({ id, name }) => [id, name]))} />
      </LiveRows>
    </>
  );
}

/** Of those that are loaded: each reason once, with how often it came and its newest samples. */
function ByReason({ items, appNames }: { items: readonly IngestionWarning[]; appNames: ReadonlyMap<number, string> }) {
  const groups = Map.groupBy(items, ({ reason, field, door }) => `${reason} ${field} ${door}`);
  return (
    <Accordion multiple variant="separated">
      {[...groups].map(([key, warnings]) => {
        const [newest] = warnings;
        if (newest === undefined) return null;
        return (
          <Accordion.Item key={key} value={key}>
            <Accordion.Control>
              <Group justify="space-between" wrap="nowrap" pr="md">
                <span>
                  <Text span fw={600}>
                    {reasonName(newest.reason)}
                  </Text>{' '}
                  <Text span className="quiet" size="sm">
                    {newest.field !== '' && `at ${newest.field}, `}by {doors[newest.door]}
                  </Text>
                </span>
                <Text size="sm" className="quiet" component="span" ta="right">
                  <Count value={warnings.reduce((sum, { count }) => sum + count, 0)} /> of those shown, last{' '}
                  <Ago at={newest.receivedAt} />
                </Text>
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              {warnings.slice(0, samplesMax).map((warning) => (
                <Sample key={warning.id} warning={warning} appName={appNames.get(warning.appId ?? -1)} />
              ))}
            </Accordion.Panel>
          </Accordion.Item>
        );
      })}
    </Accordion>
  );
}

const samplesMax = 5;

function Sample({ warning, appName }: { warning: IngestionWarning; appName: string | undefined }) {
  const { message, field, messageId, sample, receivedAt, count } = warning;
  return (
    <div>
      <Text>{message}</Text>
      <Facts
        facts={[
          { name: 'Received', shown: <Ago at={receivedAt} /> },
          { name: 'App', shown: appName ?? 'unknown: no app has this key' },
          { name: 'Field', shown: field },
          { name: 'Message id', shown: messageId ?? '' },
          { name: 'Stands for', shown: count === 1 ? '' : `${count} alike` },
        ]}
      />
      <Text size="sm" fw={600} mt="sm" mb={4}>
        What was sent, its start
      </Text>
      <JsonText text={sample} name="Sample" />
      <Text component="div" h={20} />
    </div>
  );
}
