/** One account: what is known, and what its visitors did. */
import { Anchor, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Account } from '../../api/answers.ts';
import { ask, at as path } from '../../api/request.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Ago } from '../../parts/ago.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Empty, Loading, PageHead, Trouble } from '../../parts/page.tsx';
import { EventList } from '../events/event-list.tsx';
import { ExcludeButton } from './exclude-button.tsx';
import { MetadataView } from './metadata-view.tsx';

const route = getRouteApi('/signed-in/accounts/$id');

export function AccountPage() {
  const { id } = route.useParams();
  const isAdmin = useIsAdmin();
  const account = useQuery({
    queryKey: ['account', id],
    queryFn: () => ask<Account>('GET', path('/accounts', id)),
    refetchInterval: 10_000,
  });
  const head = (
    <PageHead
      title={id}
      above={<Anchor renderRoot={(props) => <Link to="/accounts" {...props} />}>Accounts</Anchor>}
      actions={isAdmin && account.data !== undefined ? <ExcludeButton kind="account" id={id} /> : undefined}
    />
  );
  if (account.data === undefined) {
    return (
      <>
        {head}
        {account.error === null ? (
          <Loading />
        ) : (
          <Trouble error={account.error} what="The account" retry={() => void account.refetch()} />
        )}
      </>
    );
  }
  const { firstSeenAt, lastSeenAt, metadata } = account.data;
  return (
    <>
      {head}
      <Facts
        facts={[
          { name: 'First seen', shown: <Ago at={firstSeenAt} never="not yet: only the metadata API has named it" /> },
          { name: 'Last seen', shown: <Ago at={lastSeenAt} /> },
          {
            name: 'Visitors',
            shown: (
              <Anchor renderRoot={(props) => <Link to="/visitors" search={{ accountId: id }} {...props} />}>
                Show its visitors
              </Anchor>
            ),
          },
        ]}
      />
      <MetadataView metadata={metadata} />
      <Title order={2} size="h4" mt="xl">
        Events
      </Title>
      <EventList
        filter={{ accountId: id }}
        without={['accountId']}
        empty={<Empty title="Nothing of this account is kept">What is older than the retention has left.</Empty>}
      />
      <Anchor renderRoot={(props) => <Link to="/deliveries" search={{ accountId: id }} {...props} />}>
        Deliveries of this account's events
      </Anchor>
    </>
  );
}
