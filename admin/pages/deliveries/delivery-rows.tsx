/** Deliveries as rows, wherever they are listed. */
import { Anchor, Checkbox, Table, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Delivery } from '../../api/answers.ts';
import { Ago } from '../../parts/ago.tsx';
import { deliveryStates, eventTypes } from '../../parts/event-words.ts';
import { State } from '../../parts/state.tsx';

export interface Selection {
  ids: ReadonlySet<string>;
  toggle: (id: string) => void;
}

export function DeliveryRows({
  items,
  selection,
  hasWebhook = true,
}: {
  items: readonly Delivery[];
  /** Left out where nothing can be chosen. */
  selection?: Selection;
  /** Not on the page of one webhook, where it would be the same in each row. */
  hasWebhook?: boolean;
}) {
  return (
    <Table.ScrollContainer minWidth={hasWebhook ? 860 : 720}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            {selection !== undefined && (
              <Table.Th w={36}>
                <span className="only-read">Chosen</span>
              </Table.Th>
            )}
            <Table.Th w={96}>Received</Table.Th>
            <Table.Th>Event</Table.Th>
            {hasWebhook && <Table.Th>Webhook</Table.Th>}
            <Table.Th>Visitor</Table.Th>
            <Table.Th>Account</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Last answer</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {items.map((delivery) => (
            <Row key={delivery.id} of={delivery} selection={selection} hasWebhook={hasWebhook} />
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function Row({ of, selection, hasWebhook }: { of: Delivery; selection: Selection | undefined; hasWebhook: boolean }) {
  const { id, createdAt, eventType, webhookName, visitorId, accountId } = of;
  return (
    <Table.Tr>
      {selection !== undefined && (
        <Table.Td>
          <Checkbox
            size="xs"
            aria-label={`Choose ${eventTypes[eventType]}${visitorId === '' ? '' : ` of ${visitorId}`}`}
            checked={selection.ids.has(id)}
            onChange={() => selection.toggle(id)}
          />
        </Table.Td>
      )}
      <Table.Td>
        <Ago at={createdAt} />
      </Table.Td>
      <Table.Td>
        <Anchor renderRoot={(props) => <Link to="/deliveries/$id" params={{ id }} {...props} />}>
          {eventTypes[eventType]}
        </Anchor>
      </Table.Td>
      {hasWebhook && <Cut text={webhookName} />}
      <Cut text={visitorId} />
      <Cut text={accountId === '' && visitorId !== '' ? 'no account' : accountId} isQuiet={accountId === ''} />
      <Table.Td>
        <DeliveryState of={of} />
      </Table.Td>
      <Table.Td>
        <LastAnswer of={of} />
      </Table.Td>
    </Table.Tr>
  );
}

/** The state, and when it is tried again. */
export function DeliveryState({ of: { state, attemptCount, dueAt } }: { of: Delivery }) {
  const isRetrying = state === 'pending' && attemptCount > 0;
  const { words, tone } = deliveryStates[state];
  return (
    <>
      <State tone={tone} held={state === 'held'}>
        {isRetrying ? 'retrying' : words}
      </State>
      {isRetrying && dueAt !== null && Date.parse(dueAt) > Date.now() && (
        <Text span size="xs" className="quiet" ml={6}>
          <Ago at={dueAt} />
        </Text>
      )}
    </>
  );
}

function LastAnswer({ of: { lastStatus, lastCode, attemptCount } }: { of: Delivery }) {
  if (attemptCount === 0) return <span className="quiet">not tried yet</span>;
  const isStatus = lastCode === null || lastCode.startsWith('http_');
  const tries = attemptCount === 1 ? '' : ` after ${attemptCount} tries`;
  return (
    <span>
      <span className="mono">{isStatus ? lastStatus : lastCode}</span>
      <span className="quiet">{tries}</span>
    </span>
  );
}

function Cut({ text, isQuiet = false }: { text: string; isQuiet?: boolean }) {
  return (
    <Table.Td maw={190}>
      <div className={isQuiet ? 'cut quiet' : 'cut'} title={text} dir="auto">
        {text}
      </div>
    </Table.Td>
  );
}
