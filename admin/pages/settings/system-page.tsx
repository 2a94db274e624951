/** How the installation is: in words whether all is well, and the figures behind it. */
import { Stack, Table, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { System } from '../../api/answers.ts';
import { liveEveryMs } from '../../api/queries.ts';
import { ask } from '../../api/request.ts';
import { Ago } from '../../parts/ago.tsx';
import { Count } from '../../parts/count.tsx';
import { Facts } from '../../parts/facts.tsx';
import { spanWords } from '../../parts/moment-words.ts';
import { Note } from '../../parts/note.tsx';
import { AdminsOnly, Asked, PageHead } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';

export function SystemPage() {
  return (
    <AdminsOnly what="Figures of the system">
      <SystemFigures />
    </AdminsOnly>
  );
}

function SystemFigures() {
  const system = useQuery({
    queryKey: ['system'],
    queryFn: () => ask<System>('GET', '/system'),
    refetchInterval: liveEveryMs * 2,
  });
  return (
    <>
      <PageHead title="System">The server, its database, and all nodes that share it.</PageHead>
      <Asked query={system} what="The figures">
        {(data) => <Shown system={data} />}
      </Asked>
    </>
  );
}

function Shown({ system }: { system: System }) {
  const { version, node, database, disk, queue, nodes } = system;
  const trouble = troubleOf(system);
  return (
    <Stack gap="xl">
      {trouble.length === 0 ? (
        <Note tone="good" title="The server is well" />
      ) : (
        trouble.map((words) => (
          <Note key={words} tone="bad" title="Look at this">
            {words}
          </Note>
        ))
      )}
      <Facts
        facts={[
          { name: 'Version', shown: version },
          { name: 'Deliveries that wait', shown: <Count value={queue.pendingCount} /> },
          { name: 'The oldest of them', shown: <Ago at={queue.oldestPendingAt} never="none waits" /> },
          {
            name: 'Database',
            shown: `${database.kind === 'sqlite' ? 'SQLite' : 'PostgreSQL'}, ${bytesText(database.bytes)}`,
          },
          { name: 'Its address', shown: <span className="mono">{database.address}</span> },
          {
            name: 'Disk',
            shown:
              disk === null
                ? ''
                : `${bytesText(disk.freeBytes)} free of ${bytesText(disk.totalBytes)}; ${bytesText(disk.neededBytes)} must stay free`,
          },
          { name: 'Node that answers', shown: node.name },
          { name: 'Its roles', shown: node.roles.join(', ') },
          { name: 'Up since', shown: <Ago at={node.startedAt} /> },
          { name: 'Memory', shown: bytesText(node.memoryBytes) },
        ]}
      />
      {nodes.length > 0 && (
        <section>
          <Title order={2} size="h4" mb="sm">
            Nodes
          </Title>
          <Table.ScrollContainer minWidth={620}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Name</Table.Th>
                  <Table.Th>Roles</Table.Th>
                  <Table.Th>Version</Table.Th>
                  <Table.Th>Up since</Table.Th>
                  <Table.Th>State</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {nodes.map(({ name, roles, version: of, startedAt, silentSeconds, lost }) => (
                  <Table.Tr key={`${name} ${startedAt}`}>
                    <Table.Td>{name}</Table.Td>
                    <Table.Td>{roles.join(', ')}</Table.Td>
                    <Table.Td>{of}</Table.Td>
                    <Table.Td>
                      <Ago at={startedAt} />
                    </Table.Td>
                    <Table.Td>
                      {lost ? (
                        <State tone="bad">{`silent for ${spanWords(silentSeconds)}`}</State>
                      ) : (
                        <State tone="good">alive</State>
                      )}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </section>
      )}
    </Stack>
  );
}

/** What somebody should do something about, in sentences. */
function troubleOf({ disk, nodes, version }: System): string[] {
  const low = disk !== null && disk.freeBytes < disk.neededBytes;
  const others = [...new Set(nodes.filter((node) => !node.lost).map((node) => node.version))].filter(
    (of) => of !== version,
  );
  return [
    ...(low ? ['The disk is nearly full: no events are taken until there is room.'] : []),
    ...nodes
      .filter(({ lost }) => lost)
      .map(
        ({ name, silentSeconds }) =>
          `Node ${name} has been silent for ${spanWords(silentSeconds)}. Others send what it had to send.`,
      ),
    ...(others.length === 0 ? [] : [`Not all nodes have the same version: ${[version, ...others].join(', ')}.`]),
  ];
}

function bytesText(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1024)));
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
