/** What was sent where, across all webhooks. */
import { Anchor } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useIsAdmin } from '../../api/session.tsx';
import { Empty, PageHead } from '../../parts/page.tsx';
import { DeliveryList } from './delivery-list.tsx';
import { useSelection } from './selection.ts';
import { SendAgain } from './send-again.tsx';

const route = getRouteApi('/signed-in/deliveries');

export function DeliveriesPage() {
  const { webhookId, ...filter } = route.useSearch();
  const navigate = route.useNavigate();
  const isAdmin = useIsAdmin();
  const selection = useSelection();
  const [replayOf, setReplayOf] = useState(0);
  const isNarrow = webhookId !== undefined || Object.values(filter).some((value) => value !== undefined);
  return (
    <>
      <PageHead
        title="Deliveries"
        actions={
          isAdmin ? (
            <SendAgain
              key={replayOf}
              selected={selection.ids}
              filter={{ ...filter, webhookId }}
              started={() => {
                selection.clear();
                setReplayOf(replayOf + 1);
              }}
            />
          ) : undefined
        }
      >
        One event on its way to one webhook. Newest first.
      </PageHead>
      <DeliveryList
        {...(webhookId === undefined ? {} : { webhookId })}
        filter={filter}
        choose={(changes) => void navigate({ search: (now) => ({ ...now, ...changes }), replace: true })}
        {...(isAdmin ? { selection } : {})}
        empty={
          isNarrow ? (
            <Empty title="No delivery fits">Take a filter away to see more.</Empty>
          ) : (
            <Empty title="Nothing has been sent yet">
              A delivery is made for each event and each webhook that is on and has chosen it.{' '}
              {isAdmin && (
                <Anchor renderRoot={(props) => <Link to="/" {...props} />}>The overview leads to the first one.</Anchor>
              )}
            </Empty>
          )
        }
      />
    </>
  );
}
