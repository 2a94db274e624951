/** One webhook: how it goes, what became of each delivery, and how to mend what went wrong. */
import { Anchor, Button, Collapse, Group, Paper, Stack, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Webhook } from '../../api/answers.ts';
import { summariesQuery } from '../../api/statistics.ts';
import { webhookQuery } from '../../api/webhooks.ts';
import { Note } from '../../parts/note.tsx';
import { AdminsOnly, Asked, Empty, PageHead } from '../../parts/page.tsx';
import { DeliveryList } from '../deliveries/delivery-list.tsx';
import { RunningReplays } from '../deliveries/replay-progress.tsx';
import { useSelection } from '../deliveries/selection.ts';
import { SendAgain } from '../deliveries/send-again.tsx';
import { DeleteWebhook } from './delete-webhook.tsx';
import { HealthWords, healthOf } from './health.tsx';
import { TestPanel } from './test-panel.tsx';
import { Toggle } from './toggle.tsx';
import { WebhookCharts } from './webhook-charts.tsx';
import { WebhookFacts } from './webhook-facts.tsx';

const route = getRouteApi('/signed-in/settings/integrations/webhooks/$id');

export function WebhookPage() {
  return (
    <AdminsOnly what="Webhooks">
      <One />
    </AdminsOnly>
  );
}

function One() {
  const { id } = route.useParams();
  const webhook = useQuery(webhookQuery(id));
  return (
    <Asked query={webhook} what="The webhook" title="Webhook">
      {(data) => <Shown webhook={data} />}
    </Asked>
  );
}

function Shown({ webhook }: { webhook: Webhook }) {
  const { id, name } = webhook;
  const navigate = useNavigate();
  const [isTesting, testing] = useDisclosure();
  const [isDeleting, deleting] = useDisclosure();
  return (
    <>
      <PageHead
        title={name}
        above={
          <Anchor renderRoot={(props) => <Link to="/settings/integrations/webhooks" {...props} />}>Webhooks</Anchor>
        }
        beside={<Toggle webhook={webhook} />}
        actions={
          <>
            <Button variant="default" aria-expanded={isTesting} onClick={testing.toggle}>
              Test
            </Button>
            <Button
              variant="default"
              renderRoot={(props) => <Link to="/settings/integrations/webhooks/$id/edit" params={{ id }} {...props} />}
            >
              Edit
            </Button>
            <Button variant="default" c="var(--bad)" onClick={deleting.open}>
              Delete
            </Button>
          </>
        }
      />
      <Collapse expanded={isTesting}>
        <Paper withBorder p="lg" mb="lg" bg="var(--sheet)">
          {isTesting && <TestPanel id={id} settings={() => null} />}
        </Paper>
      </Collapse>
      <Stack gap="xl">
        <Standing webhook={webhook} />
        <WebhookCharts id={id} />
        <WebhookFacts webhook={webhook} />
        <Deliveries webhook={webhook} />
      </Stack>
      <DeleteWebhook
        webhook={webhook}
        isOpen={isDeleting}
        close={deleting.close}
        deleted={() => void navigate({ to: '/settings/integrations/webhooks' })}
      />
    </>
  );
}

function Standing({ webhook }: { webhook: Webhook }) {
  const summaries = useQuery(summariesQuery);
  const summary = summaries.data?.find(({ webhookId }) => webhookId === webhook.id);
  const { tone, words } = healthOf(webhook, summary);
  return (
    <Note tone={tone} title={`${words.slice(0, 1).toUpperCase()}${words.slice(1)}`}>
      <HealthWords webhook={webhook} summary={summary} />
    </Note>
  );
}

function Deliveries({ webhook: { id, enabled } }: { webhook: Webhook }) {
  const filter = route.useSearch();
  const navigate = route.useNavigate();
  const selection = useSelection();
  const [round, setRound] = useState(0);
  const isNarrow = Object.keys(filter).length > 0;
  return (
    <section>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Deliveries
        </Title>
        <SendAgain
          key={round}
          selected={selection.ids}
          filter={{ ...filter, webhookId: id }}
          started={() => {
            selection.clear();
            setRound(round + 1);
          }}
        />
      </Group>
      <RunningReplays webhookId={id} />
      <DeliveryList
        webhookId={id}
        filter={filter}
        choose={(changes) => void navigate({ search: (now) => ({ ...now, ...changes }), replace: true })}
        selection={selection}
        empty={
          isNarrow ? (
            <Empty title="No delivery fits">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="Nothing has been sent to it yet">
              {enabled
                ? 'The next event that it has chosen stands here a moment after it happens.'
                : 'Turn it on, and the next event that it has chosen stands here. Send again can also send it what came before.'}
            </Empty>
          )
        }
      />
    </section>
  );
}
