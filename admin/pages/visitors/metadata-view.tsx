/** What is known of a visitor or account, by the group that says whose word it is. */
import { Text, Title } from '@mantine/core';
import type { Visitor } from '../../api/answers.ts';
import { Facts } from '../../parts/facts.tsx';

const groups: Readonly<Record<string, string>> = {
  auto: 'Found out by itself, such as language and browser',
  agent: 'Said by the snippet on the page',
  segment: 'Said by Segment: traits of identify and group',
  custom: 'Written through the metadata API',
};

export function MetadataView({ metadata }: { metadata: Visitor['metadata'] }) {
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

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
