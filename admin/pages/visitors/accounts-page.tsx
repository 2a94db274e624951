/** The companies that visitors belong to. */
import { Anchor, Table } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Account } from '../../api/answers.ts';
import { Ago } from '../../parts/ago.tsx';
import { LiveRows, useLiveList } from '../../parts/live-list.tsx';
import { Empty, PageHead } from '../../parts/page.tsx';
import { IdSearch } from './id-search.tsx';

const route = getRouteApi('/signed-in/accounts');

export function AccountsPage() {
  const { search } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useLiveList<Account>('/accounts', { search });
  return (
    <>
      <PageHead title="Accounts">The companies that visitors belong to. In the order of their ids.</PageHead>
      <IdSearch
        label="Find an account"
        value={search ?? ''}
        search={(text) => void navigate({ search: { search: text === '' ? undefined : text }, replace: true })}
      />
      <LiveRows
        list={list}
        what={{ one: 'account', many: 'accounts' }}
        empty={
          search === undefined ? (
            <Empty title="No account has been seen yet">
              An account comes with a group call, a groupId, or the snippet's account.
            </Empty>
          ) : (
            <Empty title="No account's id begins like this" />
          )
        }
      >
        <Table.ScrollContainer minWidth={520}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Account</Table.Th>
                <Table.Th>First seen</Table.Th>
                <Table.Th>Last seen</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items.map((account) => (
                <Row key={account.id} of={account} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </LiveRows>
    </>
  );
}

/** The one with the empty id stands for all visitors without an account, and has no page of its own. */
function Row({ of: { id, firstSeenAt, lastSeenAt } }: { of: Account }) {
  return (
    <Table.Tr>
      <Table.Td maw={420}>
        <Anchor
          className="cut"
          display="block"
          title={id}
          dir="auto"
          renderRoot={(props) =>
            id === '' ? (
              <Link to="/visitors" search={{ account: 'none' }} {...props} />
            ) : (
              <Link to="/accounts/$id" params={{ id }} {...props} />
            )
          }
        >
          {id === '' ? 'no account' : id}
        </Anchor>
      </Table.Td>
      <Table.Td>
        <Ago at={firstSeenAt} />
      </Table.Td>
      <Table.Td>
        <Ago at={lastSeenAt} />
      </Table.Td>
    </Table.Tr>
  );
}
