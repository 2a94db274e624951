/** Who was seen. */
import { Anchor, Button, Table } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { Visitor } from '../../api/answers.ts';
import { Ago } from '../../parts/ago.tsx';
import { LiveRows, useLiveList } from '../../parts/live-list.tsx';
import { Empty, PageHead } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { IdSearch } from './id-search.tsx';

const route = getRouteApi('/signed-in/visitors');

export function VisitorsPage() {
  const { search, accountId, account } = route.useSearch();
  const navigate = route.useNavigate();
  // An address cannot say an empty text, so the visitors without an account have a word of their own.
  const ofAccount = account === 'none' ? '' : accountId;
  const list = useLiveList<Visitor>('/visitors', { search, accountId: ofAccount });
  return (
    <>
      <PageHead title="Visitors">
        {ofAccount === undefined ? (
          'Whoever uses a product that reports to Bellwire. In the order of their ids.'
        ) : (
          <>
            {ofAccount === '' ? 'Visitors without an account.' : `Visitors of account ${ofAccount}.`}{' '}
            <Button
              variant="subtle"
              size="compact-sm"
              onClick={() => void navigate({ search: (now) => ({ ...now, accountId: undefined, account: undefined }) })}
            >
              Show all
            </Button>
          </>
        )}
      </PageHead>
      <IdSearch
        label="Find a visitor"
        value={search ?? ''}
        search={(text) =>
          void navigate({ search: (now) => ({ ...now, search: text === '' ? undefined : text }), replace: true })
        }
      />
      <LiveRows
        list={list}
        what={{ one: 'visitor', many: 'visitors' }}
        empty={
          search === undefined && ofAccount === undefined ? (
            <Empty title="Nobody has been seen yet">
              <Anchor renderRoot={(props) => <Link to="/settings/integrations/sources" {...props} />}>
                Connect a source
              </Anchor>{' '}
              to see who uses your product.
            </Empty>
          ) : (
            <Empty title="No visitor's id begins like this" />
          )
        }
      >
        <Table.ScrollContainer minWidth={640}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Visitor</Table.Th>
                <Table.Th>Account</Table.Th>
                <Table.Th>First seen</Table.Th>
                <Table.Th>Last seen</Table.Th>
                <Table.Th>
                  <span className="only-read">Notes</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items.map((visitor) => (
                <Row key={visitor.id} of={visitor} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </LiveRows>
    </>
  );
}

function Row({ of: { id, accountId, firstSeenAt, lastSeenAt, anonymous, doNotProcess } }: { of: Visitor }) {
  return (
    <Table.Tr>
      <Table.Td maw={300}>
        <Anchor
          className="cut"
          display="block"
          title={id}
          dir="auto"
          renderRoot={(props) => <Link to="/visitors/$id" params={{ id }} {...props} />}
        >
          {id}
        </Anchor>
      </Table.Td>
      <Table.Td maw={220}>
        <div className={accountId === '' ? 'cut quiet' : 'cut'} title={accountId} dir="auto">
          {accountId === '' ? 'no account' : accountId}
        </div>
      </Table.Td>
      <Table.Td>
        <Ago at={firstSeenAt} />
      </Table.Td>
      <Table.Td>
        <Ago at={lastSeenAt} />
      </Table.Td>
      <Table.Td>
        {doNotProcess ? (
          <State tone="off">not processed</State>
        ) : anonymous ? (
          <State tone="off">anonymous</State>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
