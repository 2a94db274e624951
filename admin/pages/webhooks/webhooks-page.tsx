/** Active and inactive webhooks in one list. */
import { ActionIcon, Anchor, Button, Group, Table, Text, Tooltip } from '@mantine/core';
import { IconPencil, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Webhook } from '../../api/answers.ts';
import { webhooksQuery } from '../../api/webhooks.ts';
import { AdminsOnly, Empty, Loading, Trouble } from '../../parts/page.tsx';
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
    <Table.ScrollContainer minWidth={760}>
      <Table verticalSpacing="sm" aria-label="Webhooks">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={64}>On</Table.Th>
            <Table.Th>Name</Table.Th>
            <Table.Th>Type</Table.Th>
            <Table.Th>Events</Table.Th>
            <Table.Th>Health</Table.Th>
            <Table.Th w={96} aria-label="Edit and delete" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {webhooks.data.map((webhook) => (
            <Row key={webhook.id} webhook={webhook} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ webhook }: { webhook: Webhook }) {
  const [isDeleting, setDeleting] = useState(false);
  const { id, name, type, url, events } = webhook;
  const words = chosenWords(events);
  return (
    <Table.Tr className={classes['row'] ?? ''}>
      <Table.Td>
        <Toggle webhook={webhook} />
      </Table.Td>
      <Table.Td maw={300}>
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
      <Table.Td maw={220}>
        <div className="cut" title={words}>
          {words}
        </div>
      </Table.Td>
      <Table.Td>
        <Health webhook={webhook} />
      </Table.Td>
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
