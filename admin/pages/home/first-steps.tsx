/** The way to the first delivered event: each step ticks itself off as it happens. Gone when all are done. */
import { Button, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { IconCircle, IconCircleCheck } from '@tabler/icons-react';
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { Delivery, Event, Page } from '../../api/answers.ts';
import { appsQuery } from '../../api/apps.ts';
import { liveEveryMs, queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { createWebhook, enableWebhook, webhooksQuery } from '../../api/webhooks.ts';
import { notify, notifyTrouble } from '../../parts/notices.tsx';
import { OutLink } from '../../parts/page.tsx';

/** Leads to the receiver inside the server; see src/core/inbox.ts, which the API knows by this address. */
const inboxUrl = 'http://inbox.bellwire.invalid/';

const firstEvent = queryOptions({
  queryKey: ['first', 'event'],
  queryFn: () => ask<Page<Event>>('GET', '/events', { query: { limit: 1 } }),
  refetchInterval: liveEveryMs / 2,
});
const firstDelivery = queryOptions({
  queryKey: ['first', 'delivery'],
  queryFn: () => ask<Page<Delivery>>('GET', '/deliveries', { query: { limit: 1, state: 'delivered' } }),
  refetchInterval: liveEveryMs / 2,
});

export function FirstSteps() {
  const apps = useQuery(appsQuery);
  const webhooks = useQuery(webhooksQuery);
  const events = useQuery(firstEvent);
  const deliveries = useQuery(firstDelivery);
  // Whoever has come this way sees its end; whoever comes later does not need it any more.
  const [wasShown, setShown] = useState(false);
  const app = apps.data?.[0];
  if (app === undefined || webhooks.data === undefined || events.data === undefined || deliveries.data === undefined) {
    return null;
  }
  const [event] = events.data.items;
  const [delivered] = deliveries.data.items;
  const isOn = webhooks.data.some(({ enabled }) => enabled);
  const isOver = event !== undefined && delivered !== undefined;
  if (isOver && !wasShown) return null;
  if (!isOver && !wasShown) setShown(true);
  return (
    <Paper component="section" withBorder p="lg" radius="md" bg="var(--sheet)" aria-label="First steps">
      <Title order={2} size="h4" mb="xs">
        Three steps to the first delivered event
      </Title>
      <Stack gap="lg" mt="md">
        <Step
          isDone={isOn}
          title="Give it somewhere to go"
          done="A webhook is on."
          words="A webhook sends each event to a URL of yours. To try it without one, use the inbox that is built in."
        >
          <UseInbox />
          <Button
            variant="default"
            renderRoot={(props) => <Link to="/settings/integrations/webhooks/new" {...props} />}
          >
            Add a webhook
          </Button>
        </Step>
        <Step
          isDone={event !== undefined}
          title="Let something happen"
          done="An event has come in."
          words={
            <>
              Connect your product with a recipe, click through the <OutLink href="/demo">demo shop</OutLink>, or send a
              made-up event.
            </>
          }
        >
          <SendSample appId={app.id} />
          <Button variant="default" renderRoot={(props) => <Link to="/settings/integrations/sources" {...props} />}>
            Copy a recipe
          </Button>
        </Step>
        <Step
          isDone={delivered !== undefined}
          title="See it arrive"
          done="It was delivered."
          words={
            event !== undefined && !isOn
              ? 'What came while no webhook was on is recorded. Turn one on, and send another event.'
              : 'It is there a moment after it happened, with the request that was sent and the answer.'
          }
        >
          {event !== undefined && isOn && <SendSample appId={app.id} label="Send another sample event" />}
        </Step>
        {delivered !== undefined && (
          <Group gap="sm">
            <Button renderRoot={(props) => <Link to="/deliveries/$id" params={{ id: delivered.id }} {...props} />}>
              See the delivery
            </Button>
            <Button variant="default" renderRoot={(props) => <Link to="/events" {...props} />}>
              See all events
            </Button>
          </Group>
        )}
      </Stack>
    </Paper>
  );
}

function Step({
  isDone,
  title,
  done,
  words,
  children,
}: {
  isDone: boolean;
  title: string;
  done: string;
  words: ReactNode;
  children: ReactNode;
}) {
  return (
    <Group gap="md" align="flex-start" wrap="nowrap">
      {isDone ? (
        <IconCircleCheck color="var(--good)" aria-label="Done" />
      ) : (
        <IconCircle color="var(--quiet)" aria-label="To do" />
      )}
      <div>
        <Text fw={600}>{title}</Text>
        <Text size="sm" className="quiet" mb={isDone ? 0 : 'xs'} component="div" role="status">
          {isDone ? done : words}
        </Text>
        {!isDone && <Group gap="sm">{children}</Group>}
      </div>
    </Group>
  );
}

function UseInbox() {
  const making = useMutation({
    async mutationFn() {
      const { id } = await createWebhook({ name: 'Built-in inbox', url: inboxUrl, events: 'all' });
      await enableWebhook(id, 'send');
    },
    onSuccess: () => notify('The built-in inbox is on. It gets every event from now on.'),
    onError: notifyTrouble,
  });
  return (
    <Button loading={making.isPending} onClick={() => making.mutate()}>
      Use the built-in inbox
    </Button>
  );
}

function SendSample({ appId, label = 'Send a sample event' }: { appId: number; label?: string }) {
  const sending = useMutation({
    mutationFn: () =>
      ask<{ visitorId: string }>('POST', path('/apps', appId, 'sample-events'), {
        body: { type: 'trackEventReceived' },
      }),
    onSuccess({ visitorId }) {
      notify(`A Track Event of ${visitorId} has come in.`);
      void queries.invalidateQueries({ queryKey: ['first'] });
    },
    onError: notifyTrouble,
  });
  return (
    <Button loading={sending.isPending} onClick={() => sending.mutate()}>
      {label}
    </Button>
  );
}
