/** One delivery: each attempt as the request that was sent and the answer that came, and what happens next. */
import { Alert, Anchor, Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { DeliveryTrace } from '../../api/answers.ts';
import { liveEveryMs, queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Ago } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyWords, KeyText } from '../../parts/copy.tsx';
import { eventTypes } from '../../parts/event-words.ts';
import { notify, notifyTrouble } from '../../parts/notices.tsx';
import { Asked, PageHead } from '../../parts/page.tsx';
import { AttemptTabs } from './attempt-tabs.tsx';
import { AttemptView } from './attempt-view.tsx';
import { curlOf } from './curl.ts';
import { DeliveryState } from './delivery-rows.tsx';
import { Verdict } from './verdict.tsx';

const route = getRouteApi('/signed-in/deliveries/$id');

export function DeliveryPage() {
  const { id } = route.useParams();
  const delivery = useQuery({
    queryKey: ['delivery', id],
    queryFn: () => ask<DeliveryTrace>('GET', path('/deliveries', id)),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? liveEveryMs / 2 : liveEveryMs * 5),
  });
  return (
    <Asked query={delivery} what="The delivery" title="Delivery">
      {(data) => <Delivery of={data} />}
    </Asked>
  );
}

function Delivery({ of }: { of: DeliveryTrace }) {
  const isAdmin = useIsAdmin();
  const { attempts, eventType, webhookId, webhookName, eventId, visitorId, accountId, createdAt, id, body } = of;
  const newest = attempts.at(-1);
  // The newest is shown until somebody chooses another one.
  const [chosen, choose] = useState<number | null>(null);
  const attempt = attempts.find(({ number }) => number === chosen) ?? newest;
  return (
    <>
      <PageHead
        title={eventTypes[eventType]}
        above={<Anchor renderRoot={(props) => <Link to="/deliveries" {...props} />}>Deliveries</Anchor>}
        beside={<DeliveryState of={of} />}
        actions={isAdmin ? <SendNow of={of} /> : undefined}
      >
        to{' '}
        {isAdmin ? (
          <Anchor
            renderRoot={(props) => (
              <Link to="/settings/integrations/webhooks/$id" params={{ id: webhookId }} {...props} />
            )}
          >
            {webhookName}
          </Anchor>
        ) : (
          webhookName
        )}
        {visitorId !== '' && (
          <>
            , of visitor{' '}
            <Anchor
              renderRoot={(props) => <Link to="/visitors/$id" params={{ id: visitorId }} {...props} />}
              dir="auto"
            >
              {visitorId}
            </Anchor>
          </>
        )}
        {accountId !== '' && (
          <>
            {' '}
            in account{' '}
            <Anchor
              renderRoot={(props) => <Link to="/accounts/$id" params={{ id: accountId }} {...props} />}
              dir="auto"
            >
              {accountId}
            </Anchor>
          </>
        )}
        , <Anchor renderRoot={(props) => <Link to="/events/$id" params={{ id: eventId }} {...props} />}>event</Anchor>{' '}
        received <Ago at={createdAt} />
      </PageHead>
      <Stack gap="lg">
        <Verdict of={of} />
        {!isAdmin && (
          <Alert color="gray" title="What was sent and answered is for Admins">
            It can hold personal data and what opens other systems. You see how each attempt went.
          </Alert>
        )}
        <AttemptTabs attempts={attempts} chosen={attempt?.number ?? null} choose={choose} />
        {attempt !== undefined && <AttemptView attempt={attempt} body={body} />}
        {isAdmin && body !== null && (
          <Group gap="sm">
            {newest !== undefined && <CopyWords text={curlOf(newest, body)}>Copy as curl</CopyWords>}
            <CopyWords text={body}>Copy body</CopyWords>
          </Group>
        )}
        <Text size="sm" className="quiet" component="div">
          webhook-id <KeyText text={id} name="webhook-id" />
        </Text>
      </Stack>
    </>
  );
}

function SendNow({ of: { id, state, webhookName, eventType } }: { of: DeliveryTrace }) {
  const [isAsking, setAsking] = useState(false);
  const sending = useMutation({
    mutationFn: () => ask('POST', path('/deliveries', id, 'replay'), { body: {} }),
    onSuccess() {
      notify('It is on its way again, with the same bytes under the same webhook-id.');
      void queries.invalidateQueries({ queryKey: ['delivery', id] });
    },
    onError: notifyTrouble,
  });
  if (state === 'pending' || state === 'held') return null;
  return (
    <>
      <Button loading={sending.isPending} onClick={() => (state === 'delivered' ? setAsking(true) : sending.mutate())}>
        Resend now
      </Button>
      <Confirm
        isOpen={isAsking}
        close={() => setAsking(false)}
        title="It has been delivered"
        action={`Resend to ${webhookName}`}
        isHarmless
        act={() => sending.mutateAsync()}
      >
        The receiver took this {eventTypes[eventType]} already and gets it a second time. A receiver that looks at
        webhook-id knows it again.
      </Confirm>
    </>
  );
}
