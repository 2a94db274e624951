/** What was refused for one reason, newest first: each with where it came in, what is wrong with it, and its start. */
import { Text } from '@mantine/core';
import type { IngestionWarning } from '../../api/answers.ts';
import { Ago } from '../../parts/ago.tsx';
import { doors } from '../../parts/event-words.ts';
import { Facts } from '../../parts/facts.tsx';
import { JsonText } from '../../parts/json-view.tsx';
import { LiveRows, useLiveList } from '../../parts/live-list.tsx';
import { Empty } from '../../parts/page.tsx';

const samplesMax = 5;

export function Samples({
  reason,
  appId,
  appName,
}: {
  reason: string;
  /** Null: no app could be told. Such reasons are not those of apps. */
  appId: number | null;
  appName: string | undefined;
}) {
  const filter = appId === null ? { reason } : { reason, appId };
  const list = useLiveList<IngestionWarning>('/warnings', { ...filter, limit: samplesMax });
  return (
    <LiveRows list={list} what={{ one: 'warning', many: 'warnings' }} empty={<Empty title="No sample is kept" />}>
      {list.items.map((warning) => (
        <Sample key={warning.id} warning={warning} appName={appName} />
      ))}
    </LiveRows>
  );
}

function Sample({ warning, appName }: { warning: IngestionWarning; appName: string | undefined }) {
  const { message, field, messageId, sample, receivedAt, count, door } = warning;
  return (
    <div>
      <Text>{message}</Text>
      <Facts
        facts={[
          { name: 'Received', shown: <Ago at={receivedAt} /> },
          { name: 'By', shown: doors[door] },
          { name: 'App', shown: appName ?? 'unknown: no app has this key' },
          { name: 'Field', shown: field },
          { name: 'Message id', shown: messageId ?? '' },
          { name: 'Stands for', shown: count === 1 ? '' : `${count} like it` },
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
