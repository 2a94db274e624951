/** Events as they come in, all of them or those of one visitor or account. */
import { Anchor, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Event } from '../../api/answers.ts';
import { appsQuery } from '../../api/apps.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Ago } from '../../parts/ago.tsx';
import { choices, doors, eventTitle, shownTypes, withheldReasons } from '../../parts/event-words.ts';
import { type Field, Filters } from '../../parts/filters.tsx';
import { LiveRows, useLiveList } from '../../parts/live-list.tsx';
import { State } from '../../parts/state.tsx';
import type { EventFilter } from './event-filter.ts';

export function EventList({
  filter,
  choose,
  without = [],
  empty,
}: {
  filter: EventFilter;
  /** Left out where nothing can be chosen. */
  choose?: (changes: EventFilter) => void;
  /** Columns that would be the same in each row. */
  without?: readonly ('visitorId' | 'accountId')[];
  empty: ReactNode;
}) {
  const apps = useQuery(appsQuery);
  const list = useLiveList<Event>('/events', filter, filter.receivedBefore === undefined);
  const appChoices = (apps.data ?? []).map(({ id, name }) => ({ value: String(id), label: name }));
  const isAdmin = useIsAdmin();
  const fields: Field[] = [
    { name: 'type', label: 'Event', choices: choices(shownTypes(isAdmin), 'Any event') },
    { name: 'door', label: 'Came in by', choices: choices(doors, 'Any way') },
    ...(appChoices.length < 2
      ? []
      : [{ name: 'appId', label: 'App', choices: [{ value: '', label: 'Any app' }, ...appChoices] }]),
    { name: 'visitorId', label: 'Visitor' },
    { name: 'accountId', label: 'Account' },
    { name: 'messageId', label: 'Message id' },
    { name: 'receivedFrom', label: 'Received from', isMoment: true },
    { name: 'receivedBefore', label: 'Received before', isMoment: true },
  ];
  return (
    <>
      {choose !== undefined && <Filters fields={fields} chosen={filter} choose={choose} />}
      <LiveRows list={list} what={{ one: 'event', many: 'events' }} empty={empty}>
        <Table.ScrollContainer minWidth={720}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={96}>Received</Table.Th>
                <Table.Th>Event</Table.Th>
                {!without.includes('visitorId') && <Table.Th>Visitor</Table.Th>}
                {!without.includes('accountId') && <Table.Th>Account</Table.Th>}
                <Table.Th>Came in by</Table.Th>
                <Table.Th>
                  <span className="only-read">Notes</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items.map((event) => (
                <Row key={event.id} event={event} without={without} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </LiveRows>
    </>
  );
}

function Row({ event, without }: { event: Event; without: readonly ('visitorId' | 'accountId')[] }) {
  const { id, receivedAt, visitorId, accountId, door, withheld } = event;
  return (
    <Table.Tr>
      <Table.Td>
        <Ago at={receivedAt} />
      </Table.Td>
      <Table.Td maw={340}>
        <Anchor
          className="cut"
          display="block"
          title={eventTitle(event)}
          dir="auto"
          renderRoot={(props) => <Link to="/events/$id" params={{ id }} {...props} />}
        >
          {eventTitle(event)}
        </Anchor>
      </Table.Td>
      {!without.includes('visitorId') && (
        <Table.Td maw={200}>
          {visitorId !== '' && (
            <Anchor
              className="cut"
              display="block"
              c="inherit"
              title={visitorId}
              dir="auto"
              renderRoot={(props) => <Link to="/visitors/$id" params={{ id: visitorId }} {...props} />}
            >
              {visitorId}
            </Anchor>
          )}
        </Table.Td>
      )}
      {!without.includes('accountId') && (
        <Table.Td maw={180}>
          <div className={accountId === '' ? 'cut quiet' : 'cut'} title={accountId} dir="auto">
            {accountId === '' && visitorId !== '' ? 'no account' : accountId}
          </div>
        </Table.Td>
      )}
      <Table.Td>{doors[door]}</Table.Td>
      <Table.Td>
        {withheld !== null && <State tone="off">{withheldReasons[withheld]?.short ?? withheld}</State>}
      </Table.Td>
    </Table.Tr>
  );
}
