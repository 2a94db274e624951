/** What is known of a visitor or an account, and its events: the page of either, below its head. */
import { Anchor, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Account, Visitor } from '../../api/answers.ts';
import { Ago } from '../../parts/ago.tsx';
import { type Fact, Facts } from '../../parts/facts.tsx';
import { Empty } from '../../parts/page.tsx';
import { EventList } from '../events/event-list.tsx';

export function Known({
  kind,
  of: { id, firstSeenAt, lastSeenAt, metadata },
  before = [],
  after,
}: {
  kind: 'visitor' | 'account';
  of: Visitor | Account;
  /** What else is known, before and after when it was seen. */
  before?: readonly Fact[];
  after: readonly Fact[];
}) {
  const whose = kind === 'visitor' ? { visitorId: id } : { accountId: id };
  return (
    <>
      <Facts
        facts={[
          ...before,
          { name: 'First seen', shown: <Ago at={firstSeenAt} never="not yet: only the metadata API has named it" /> },
          { name: 'Last seen', shown: <Ago at={lastSeenAt} /> },
          ...after,
        ]}
      />
      <MetadataView metadata={metadata} />
      <Title order={2} size="h4" mt="xl">
        Events
      </Title>
      <EventList
        filter={whose}
        without={[`${kind}Id`]}
        empty={<Empty title={`Nothing of this ${kind} is kept`}>What is older than the retention has left.</Empty>}
      />
      <Anchor renderRoot={(props) => <Link to="/deliveries" search={whose} {...props} />}>
        Deliveries of this {kind}'s events
      </Anchor>
    </>
  );
}

/** By the group that says whose word it is. */
function MetadataView({ metadata }: { metadata: Visitor['metadata'] }) {
  const named = Object.entries(metadata).filter(([, values]) => Object.keys(values).length > 0);
  return (
    <section aria-label="Metadata">
      <Title order={2} size="h4" mt="xl" mb="xs">
        Metadata
      </Title>
      {named.length === 0 && <Text className="quiet">Nothing is known yet.</Text>}
      {named.map(([group, values]) => (
        <div key={group}>
          <Text mt="sm" fw={600} size="sm" component="h3">
            {group}{' '}
            <Text span size="sm" fw={400} className="quiet">
              {groups[group] ?? ''}
            </Text>
          </Text>
          <Facts facts={Object.entries(values).map(([name, value]) => ({ name, shown: valueText(value) }))} />
        </div>
      ))}
    </section>
  );
}

const groups: Readonly<Record<string, string>> = {
  auto: 'Found out by itself, such as language and browser',
  agent: 'Said by the snippet on the page',
  segment: 'Said by Segment: traits of identify and group',
  custom: 'Written through the metadata API',
};

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
