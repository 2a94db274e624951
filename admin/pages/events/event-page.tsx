/** One event: who, where from, what was in it, and for each webhook whether it got it or why not. */
import { Anchor, Button, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Delivery, EventTrace } from '../../api/answers.ts';
import { appsQuery } from '../../api/apps.ts';
import { liveEveryMs, queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Ago, exactText } from '../../parts/ago.tsx';
import { KeyText } from '../../parts/copy.tsx';
import { doors, eventTitle, notSentReasons, withheldReasons } from '../../parts/event-words.ts';
import { type Fact, Facts } from '../../parts/facts.tsx';
import { JsonView } from '../../parts/json-view.tsx';
import { notify, notifyTrouble } from '../../parts/notices.tsx';
import { Asked, Empty, PageHead } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { DeliveryState } from '../deliveries/delivery-rows.tsx';
import { sentWords } from './sent-words.ts';

const route = getRouteApi('/signed-in/events/$id');

export function EventPage() {
  const { id } = route.useParams();
  const event = useQuery({
    queryKey: ['event', id],
    queryFn: () => ask<EventTrace>('GET', path('/events', id)),
    refetchInterval: ({ state }) =>
      state.data?.deliveries.some((delivery) => delivery.state === 'pending' || delivery.state === 'held')
        ? liveEveryMs
        : false,
  });
  return (
    <Asked query={event} what="The event" title="Event">
      {(data) => <Shown event={data} />}
    </Asked>
  );
}

function Shown({ event }: { event: EventTrace }) {
  return (
    <>
      <PageHead
        title={eventTitle(event)}
        above={<Anchor renderRoot={(props) => <Link to="/events" {...props} />}>Events</Anchor>}
      >
        {event.door === 'audit-log' ? (
          <>
            Kept in the audit log <Ago at={event.receivedAt} />.
          </>
        ) : (
          <>
            Received <Ago at={event.receivedAt} /> by {doors[event.door]}.
          </>
        )}
      </PageHead>
      <Where event={event} />
      <Title order={2} size="h4" mt="xl" mb="sm">
        What it says
      </Title>
      <Facts facts={factsOf(event, useQuery(appsQuery).data?.find(({ id }) => id === event.appId)?.name)} />
      <Title order={3} size="h5" mt="lg" mb="xs">
        Properties
      </Title>
      <JsonView value={event.properties} name="Properties" />
    </>
  );
}

function Where({ event: { deliveries, notSent, withheld } }: { event: EventTrace }) {
  const isAdmin = useIsAdmin();
  return (
    <section>
      <Title order={2} size="h4" mb="sm">
        Where it went
      </Title>
      {withheld !== null && (
        <Text mb="sm">
          <State tone="off">{withheldReasons[withheld]?.short ?? withheld}</State>{' '}
          {withheldReasons[withheld]?.words ?? 'It goes to no webhook.'}
        </Text>
      )}
      {deliveries.length + notSent.length === 0 ? (
        <Empty title="There was no webhook">
          Nothing was there to send it to.
          {isAdmin && (
            <>
              {' '}
              <Anchor renderRoot={(props) => <Link to="/settings/integrations/webhooks" {...props} />}>
                Add a webhook
              </Anchor>
              , and then send this event to it from its page.
            </>
          )}
        </Empty>
      ) : (
        <Table.ScrollContainer minWidth={620}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Webhook</Table.Th>
                <Table.Th>What became of it</Table.Th>
                <Table.Th>Why</Table.Th>
                <Table.Th>
                  <span className="only-read">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {deliveries.map((delivery) => (
                <Sent key={delivery.id} delivery={delivery} />
              ))}
              {notSent.map(({ webhookId, webhookName, reason, since }) => (
                <Table.Tr key={webhookId}>
                  <Table.Td maw={240} className="cut" title={webhookName} dir="auto">
                    {webhookName}
                  </Table.Td>
                  <Table.Td>
                    <State tone="off">not sent</State>
                  </Table.Td>
                  <Table.Td>
                    {notSentReasons[reason] ?? withheldReasons[reason]?.words ?? reason}
                    {since !== null && (
                      <span className="quiet">
                        {' '}
                        Set so <Ago at={since} />.
                      </span>
                    )}
                  </Table.Td>
                  <Table.Td />
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </section>
  );
}

function Sent({ delivery }: { delivery: Delivery }) {
  const isAdmin = useIsAdmin();
  const { id, eventId, webhookName, state } = delivery;
  const sending = useMutation({
    mutationFn: () => ask('POST', path('/deliveries', id, 'replay'), { body: {} }),
    onSuccess() {
      notify(`It is on its way to ${webhookName} again.`);
      void queries.invalidateQueries({ queryKey: ['event', eventId] });
    },
    onError: notifyTrouble,
  });
  const isOver = state === 'failed' || state === 'delivered' || state === 'cancelled';
  return (
    <Table.Tr>
      <Table.Td maw={240}>
        <Anchor
          className="cut"
          display="block"
          title={webhookName}
          dir="auto"
          renderRoot={(props) => <Link to="/deliveries/$id" params={{ id }} {...props} />}
        >
          {webhookName}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <DeliveryState of={delivery} />
      </Table.Td>
      <Table.Td>{sentWords(delivery)}</Table.Td>
      <Table.Td ta="right">
        {isAdmin && isOver && (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Resend to ${webhookName}`}
            loading={sending.isPending}
            onClick={() => sending.mutate()}
          >
            Resend
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function factsOf(event: EventTrace, appName: string | undefined): Fact[] {
  const { visitorId, accountId, occurredAt, timeReplaced, url, title, userAgent, messageId, agentVersion, id } = event;
  // An entry of the audit log is no visitor's, and of no app.
  const whose: Fact[] = [
    {
      name: 'Visitor',
      shown: (
        <Anchor renderRoot={(props) => <Link to="/visitors/$id" params={{ id: visitorId }} {...props} />} dir="auto">
          {visitorId}
        </Anchor>
      ),
    },
    {
      name: 'Account',
      shown:
        accountId === '' ? (
          <span className="quiet">no account</span>
        ) : (
          <Anchor renderRoot={(props) => <Link to="/accounts/$id" params={{ id: accountId }} {...props} />} dir="auto">
            {accountId}
          </Anchor>
        ),
    },
    { name: 'App', shown: appName ?? `app ${event.appId}` },
  ];
  return [
    ...(event.type === 'adminEvent' ? [] : whose),
    {
      name: 'Happened',
      shown: (
        <>
          {exactText(occurredAt)}
          {timeReplaced && (
            <span className="quiet"> (the sender's time was out of bounds; this is when it was received)</span>
          )}
        </>
      ),
    },
    { name: 'Page', shown: url },
    { name: 'Title of the page', shown: title },
    { name: 'Browser', shown: userAgent },
    { name: 'Agent', shown: agentVersion ?? '' },
    { name: 'Message id', shown: messageId === null ? '' : <KeyText text={messageId} name="message id" /> },
    { name: 'uniqueId', shown: <KeyText text={id} name="uniqueId" /> },
  ];
}
