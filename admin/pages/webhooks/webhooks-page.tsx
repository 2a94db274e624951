/** Active and inactive webhooks in one list. */
import { ActionIcon, Anchor, Button, Group, Table, Text, Tooltip } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Webhook, WebhookSummary } from '../../api/answers.ts';
import { summariesQuery } from '../../api/statistics.ts';
import { webhooksQuery } from '../../api/webhooks.ts';
import { Bars } from '../../parts/bars.tsx';
import { Count } from '../../parts/count.tsx';
import { AdminsOnly, Empty, Loading, Trouble } from '../../parts/page.tsx';
import { barLabel } from '../../parts/time-bars.ts';
import { DeleteWebhook } from './delete-webhook.tsx';
import { chosenWords } from './event-choice-words.ts';
import { Health } from './health.tsx';
import { Toggle } from './toggle.tsx';
import classes from './webhooks.module.css';

export function WebhooksPage() {
  return (
    <AdminsOnly what="Webhooks">
      <Webhooks />
    </AdminsOnly>
  );
}

function Webhooks() {
  const webhooks = useQuery(webhooksQuery);
  const summaries = useQuery(summariesQuery);
  const summaryOf = new Map(summaries.data?.map((summary) => [summary.webhookId, summary]));
  if (webhooks.data === undefined) {
    if (webhooks.error === null) return <Loading />;
    return <Trouble error={webhooks.error} what="The webhooks" retry={() => void webhooks.refetch()} />;
  }
  if (webhooks.data.length === 0) {
    return (
      <Empty
        title="No webhook yet"
        action={
          <Button mt="sm" renderRoot={(props) => <Link to="/settings/integrations/webhooks/new" {...props} />}>
            Add your first webhook
          </Button>
        }
      >
        A webhook tells another system at once when something happens in your product: a new visitor, an answered
        survey, a Track Event. Each is one signed request to a URL, or a call to Segment.com.
      </Empty>
    );
  }
  return (
    <Table.ScrollContainer minWidth={900}>
      <Table verticalSpacing="sm" layout="fixed" aria-label="Webhooks">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={64}>On</Table.Th>
            <Table.Th>Name</Table.Th>
            <Table.Th w={108}>Type</Table.Th>
            <Table.Th w={165}>Events</Table.Th>
            <Table.Th w={112}>Health</Table.Th>
            <Table.Th w={106}>Last hour</Table.Th>
            <Table.Th w={100}>Waiting</Table.Th>
            <Table.Th w={96}>
              <span className="only-read">Edit and delete</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {webhooks.data.map((webhook) => (
            <Row key={webhook.id} webhook={webhook} summary={summaryOf.get(webhook.id)} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ webhook, summary }: { webhook: Webhook; summary: WebhookSummary | undefined }) {
  const [isDeleting, setDeleting] = useState(false);
  const { id, name, type, url, events } = webhook;
  const words = chosenWords(events);
  return (
    <Table.Tr className={classes['row'] ?? ''}>
      <Table.Td>
        <Toggle webhook={webhook} />
      </Table.Td>
      <Table.Td>
        <Anchor
          className="cut"
          display="block"
          fw={600}
          title={name}
          dir="auto"
          renderRoot={(props) => <Link to="/settings/integrations/webhooks/$id" params={{ id }} {...props} />}
        >
          {name}
        </Anchor>
        <Text size="xs" className="quiet cut" title={url}>
          {url}
        </Text>
      </Table.Td>
      <Table.Td>{type === 'segment' ? 'Segment.com' : 'URL'}</Table.Td>
      <Table.Td>
        <div className="cut" title={words}>
          {words}
        </div>
      </Table.Td>
      <Table.Td>
        <Health webhook={webhook} summary={summary} />
      </Table.Td>
      <Table.Td>{summary !== undefined && <LastHour summary={summary} />}</Table.Td>
      <Table.Td>{summary !== undefined && <Waiting summary={summary} />}</Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap" className={classes['actions'] ?? ''}>
          <Tooltip label="Edit">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label={`Edit ${name}`}
              renderRoot={(props) => <Link to="/settings/integrations/webhooks/$id/edit" params={{ id }} {...props} />}
            >
              <IconPencil size={18} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Delete">
            <ActionIcon variant="subtle" color="red" aria-label={`Delete ${name}`} onClick={() => setDeleting(true)}>
              <IconTrash size={18} />
            </ActionIcon>
          </Tooltip>
        </Group>
        <DeleteWebhook webhook={webhook} isOpen={isDeleting} close={() => setDeleting(false)} />
      </Table.Td>
    </Table.Tr>
  );
}

function LastHour({ summary: { lastHour } }: { summary: WebhookSummary }) {
  const bars = lastHour.map(({ at, delivered, failed }) => ({
    label: barLabel(at, 'hour'),
    parts: [
      { name: 'delivered', tone: 'good', count: delivered },
      { name: 'failed', tone: 'bad', count: failed },
    ] as const,
  }));
  return <Bars title="The last hour" bars={bars} height={28} isBare />;
}

function Waiting({ summary: { pendingCount, retryingCount } }: { summary: WebhookSummary }) {
  if (pendingCount === 0) return <span className="quiet">nothing</span>;
  return (
    <>
      <Count value={pendingCount} />
      {retryingCount > 0 && (
        <Text span size="xs" className="quiet">
          , {retryingCount === pendingCount ? 'all' : retryingCount.toLocaleString('en')} retrying
        </Text>
      )}
    </>
  );
}
