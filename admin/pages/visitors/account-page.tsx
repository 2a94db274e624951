/** One account: what is known, and what its visitors did. */
import { Anchor } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Account } from '../../api/answers.ts';
import { ask, at as path } from '../../api/request.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Asked, PageHead } from '../../parts/page.tsx';
import { ExcludeButton } from './exclude-button.tsx';
import { Known } from './known.tsx';

const route = getRouteApi('/signed-in/accounts/$id');

export function AccountPage() {
  const { id } = route.useParams();
  const isAdmin = useIsAdmin();
  const account = useQuery({
    queryKey: ['account', id],
    queryFn: () => ask<Account>('GET', path('/accounts', id)),
    refetchInterval: 10_000,
  });
  return (
    <>
      <PageHead
        title={id}
        above={<Anchor renderRoot={(props) => <Link to="/accounts" {...props} />}>Accounts</Anchor>}
        actions={isAdmin && account.data !== undefined ? <ExcludeButton kind="account" id={id} /> : undefined}
      />
      <Asked query={account} what="The account">
        {(data) => (
          <Known
            kind="account"
            of={data}
            after={[
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
        )}
      </Asked>
    </>
  );
}
