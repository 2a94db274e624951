/** Deliveries as they happen, narrowed by what stands in the address, of one webhook or of all. */
import type { ReactNode } from 'react';
import type { Delivery } from '../../api/answers.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { choices, deliveryStates, shownTypes } from '../../parts/event-words.ts';
import { type Field, Filters } from '../../parts/filters.tsx';
import { LiveRows, useLiveList } from '../../parts/live-list.tsx';
import type { DeliveryFilter } from './delivery-filter.ts';
import { DeliveryRows, type Selection } from './delivery-rows.tsx';

const fieldsFor = (isAdmin: boolean): readonly Field[] => [
  { name: 'state', label: 'State', choices: choices(deliveryStates, 'Any state') },
  { name: 'eventType', label: 'Event', choices: choices(shownTypes(isAdmin), 'Any event') },
  { name: 'code', label: 'Error code', placeholder: 'http_503' },
  { name: 'visitorId', label: 'Visitor' },
  { name: 'accountId', label: 'Account' },
  { name: 'receivedFrom', label: 'Received from', isMoment: true },
  { name: 'receivedBefore', label: 'Received before', isMoment: true },
];

export function DeliveryList({
  webhookId,
  filter,
  choose,
  selection,
  empty,
}: {
  /** Left out for those of all. */
  webhookId?: string;
  filter: DeliveryFilter;
  choose: (changes: DeliveryFilter) => void;
  selection?: Selection;
  empty: ReactNode;
}) {
  const isAdmin = useIsAdmin();
  const list = useLiveList<Delivery>('/deliveries', { ...filter, webhookId }, filter.receivedBefore === undefined);
  return (
    <>
      <Filters fields={fieldsFor(isAdmin)} chosen={filter} choose={choose} />
      <LiveRows list={list} what={{ one: 'delivery', many: 'deliveries' }} empty={empty}>
        <DeliveryRows
          items={list.items}
          hasWebhook={webhookId === undefined}
          {...(selection === undefined ? {} : { selection })}
        />
      </LiveRows>
    </>
  );
}
