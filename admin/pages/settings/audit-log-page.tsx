/** Who changed what, when and from where, and who was not allowed to. */
import { Button, Group, Modal, Select, Table, Text, TextInput } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { AuditEntry } from '../../api/answers.ts';
import { Ago, exactText } from '../../parts/ago.tsx';
import { JsonView } from '../../parts/json-view.tsx';
import { LiveRows, useLiveList } from '../../parts/live-list.tsx';
import { AdminsOnly, Empty, PageHead } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { actionWords } from './action-words.ts';

const route = getRouteApi('/signed-in/settings/audit-log');

export function AuditLogPage() {
  return (
    <AdminsOnly what="The audit log and what is in it">
      <AuditLog />
    </AdminsOnly>
  );
}

function AuditLog() {
  const { outcome, targetId } = route.useSearch();
  const navigate = route.useNavigate();
  const [opened, open] = useState<AuditEntry | null>(null);
  const list = useLiveList<AuditEntry>('/audit-log', { outcome, targetId });
  return (
    <>
      <PageHead title="Audit log">
        Everything that changed something, and everything that was not allowed. Entries are kept for a year, and nobody
        can change one. A webhook with the category "Admin events" can carry them elsewhere.
      </PageHead>
      <Group mb="sm" align="flex-end">
        <Select
          label="Outcome"
          w={180}
          data={[
            { value: '', label: 'All' },
            { value: 'done', label: 'Done' },
            { value: 'refused', label: 'Refused' },
          ]}
          allowDeselect={false}
          value={outcome ?? ''}
          onChange={(value) =>
            void navigate({
              search: (now) => ({ ...now, outcome: value === 'done' || value === 'refused' ? value : undefined }),
            })
          }
        />
        <TextInput
          label="Of (id)"
          placeholder="wh_… or us_…"
          w={240}
          defaultValue={targetId ?? ''}
          onBlur={(event) => {
            const wanted = event.currentTarget.value.trim();
            void navigate({ search: (now) => ({ ...now, targetId: wanted === '' ? undefined : wanted }) });
          }}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
      </Group>
      <LiveRows
        list={list}
        what={{ one: 'entry', many: 'entries' }}
        empty={<Empty title="Nothing is here">No entry fits what you have chosen.</Empty>}
      >
        <Table.ScrollContainer minWidth={720}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>When</Table.Th>
                <Table.Th>Who</Table.Th>
                <Table.Th>What</Table.Th>
                <Table.Th>Outcome</Table.Th>
                <Table.Th>
                  <span className="only-read">More</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items.map((entry) => (
                <Row key={entry.id} entry={entry} open={() => open(entry)} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </LiveRows>
      <Modal
        opened={opened !== null}
        onClose={() => open(null)}
        size="lg"
        title={opened === null ? '' : actionWords(opened)}
      >
        {opened !== null && <Entry entry={opened} />}
      </Modal>
    </>
  );
}

function Row({ entry, open }: { entry: AuditEntry; open: () => void }) {
  const { at, actor, outcome, targetId, before, after } = entry;
  return (
    <Table.Tr>
      <Table.Td>
        <Ago at={at} />
      </Table.Td>
      <Table.Td maw={240}>
        <div className="cut" title={actor.name} dir="auto">
          {whoWords(actor)}
        </div>
        {actor.address !== '' && (
          <Text size="xs" className="quiet mono">
            {actor.address}
          </Text>
        )}
      </Table.Td>
      <Table.Td maw={320}>
        {actionWords(entry)}
        <Text size="xs" className="quiet mono cut" title={targetId}>
          {targetId}
        </Text>
      </Table.Td>
      <Table.Td>{outcome === 'done' ? <State tone="good">done</State> : <State tone="bad">refused</State>}</Table.Td>
      <Table.Td ta="right">
        {(before !== null || after !== null) && (
          <Button variant="subtle" size="compact-sm" onClick={open} aria-label={`What changed: ${actionWords(entry)}`}>
            What changed
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function Entry({ entry: { at, actor, targetId, before, after } }: { entry: AuditEntry }) {
  return (
    <>
      <Text mb="md" className="quiet">
        {exactText(at)} by {whoWords(actor)}
        {targetId !== '' && `, of ${targetId}`}
      </Text>
      {before !== null && (
        <>
          <Text fw={600}>Before</Text>
          <JsonView value={before} name="Before" />
        </>
      )}
      {after !== null && (
        <>
          <Text fw={600} mt="md">
            After
          </Text>
          <JsonView value={after} name="After" />
        </>
      )}
    </>
  );
}

function whoWords({ kind, name }: AuditEntry['actor']): string {
  const words = {
    user: name,
    key: `integration key ${name}`,
    anybody: 'somebody who was not signed in',
    server: 'Bellwire itself',
  };
  return words[kind];
}
