/** Integration keys: what programs show to call the API. */
import { Button, Checkbox, Code, Modal, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { IntegrationKey, MadeKey } from '../../api/answers.ts';
import { queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { Ago } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { DialogEnd, Form, Submit, useForm } from '../../parts/form.tsx';
import { notify } from '../../parts/notices.tsx';
import { Once, type ShownOnce } from '../../parts/once.tsx';
import { AdminsOnly, Empty, Loading, OutLink, PageHead, Trouble } from '../../parts/page.tsx';

type Scope = IntegrationKey['scopes'][number];

const scopes: readonly { scope: Scope; words: string }[] = [
  { scope: 'read', words: 'Reads everything but users, keys and the audit log.' },
  { scope: 'write', words: 'Changes it as well, and writes metadata.' },
  { scope: 'metadata', words: 'Writes metadata of visitors and accounts, and sees nothing.' },
  { scope: 'people', words: 'Users, keys and the audit log: as good as an Admin.' },
];

export function IntegrationKeysPage() {
  return (
    <AdminsOnly what="Integration keys">
      <Keys />
    </AdminsOnly>
  );
}

function Keys() {
  const keys = useQuery({
    queryKey: ['integration-keys'],
    queryFn: () => ask<{ items: IntegrationKey[] }>('GET', '/integration-keys'),
  });
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<ShownOnce | null>(null);
  const add = (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
      Create key
    </Button>
  );
  return (
    <>
      <PageHead title="Integration keys" actions={add}>
        What programs show to call the API: <Code>Authorization: Bearer …</Code> or <Code>x-pendo-integration-key</Code>
        . The whole API is described in <OutLink href="/api/v1/openapi.json">openapi.json</OutLink>.
      </PageHead>
      {keys.error !== null && <Trouble error={keys.error} what="The keys" retry={() => void keys.refetch()} />}
      {keys.isPending && <Loading rows={3} />}
      {keys.data?.items.length === 0 && (
        <Empty title="No program has a key" action={add}>
          Create one for each program, so that you can take it away from one alone.
        </Empty>
      )}
      {keys.data !== undefined && keys.data.items.length > 0 && (
        <Table.ScrollContainer minWidth={640}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Key</Table.Th>
                <Table.Th>Scopes</Table.Th>
                <Table.Th>Last used</Table.Th>
                <Table.Th>Created</Table.Th>
                <Table.Th>
                  <span className="only-read">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {keys.data.items.map((key) => (
                <KeyRow key={key.id} of={key} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <MakeKey isOpen={isMaking} close={() => setMaking(false)} made={(key) => setMade(keyOnce(key))} />
      <Once shown={made} close={() => setMade(null)} />
    </>
  );
}

function KeyRow({ of: { id, name, hint, scopes, lastUsedAt, createdAt } }: { of: IntegrationKey }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <Table.Tr>
      <Table.Td maw={220} className="cut" title={name} dir="auto">
        {name}
      </Table.Td>
      <Table.Td className="mono">{hint}</Table.Td>
      <Table.Td>{scopes.join(', ')}</Table.Td>
      <Table.Td>
        <Ago at={lastUsedAt} />
      </Table.Td>
      <Table.Td>
        <Ago at={createdAt} />
      </Table.Td>
      <Table.Td ta="right">
        <Button
          variant="subtle"
          color="red"
          size="compact-sm"
          aria-label={`Revoke ${name}`}
          onClick={() => setAsking(true)}
        >
          Revoke
        </Button>
        <Confirm
          isOpen={isAsking}
          close={() => setAsking(false)}
          title="Revoke this key"
          action={`Revoke key ${name}`}
          act={async () => {
            await ask('DELETE', path('/integration-keys', id));
            void queries.invalidateQueries({ queryKey: ['integration-keys'] });
            notify(`The key ${name} opens nothing any more.`);
          }}
        >
          Whatever uses it is refused within a second, on every node. It cannot be brought back; <Ago at={lastUsedAt} />{' '}
          is when it was last used.
        </Confirm>
      </Table.Td>
    </Table.Tr>
  );
}

function MakeKey({ isOpen, close, made }: { isOpen: boolean; close: () => void; made: (key: MadeKey) => void }) {
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<string[]>(['read']);
  const form = useForm(['name', 'scopes'], async () => {
    const key = await ask<MadeKey>('POST', '/integration-keys', { body: { name, scopes: chosen } });
    void queries.invalidateQueries({ queryKey: ['integration-keys'] });
    setName('');
    setChosen(['read']);
    close();
    made(key);
  });

  return (
    <Modal opened={isOpen} onClose={close} title="Create integration key">
      <Form of={form}>
        <TextInput
          label="Name"
          description="What will use it, so that you know it again."
          required
          withAsterisk={false}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={form.at.name}
        />
        <Checkbox.Group label="What it may do" value={chosen} onChange={setChosen} error={form.at.scopes}>
          <Stack gap="xs" mt="xs">
            {scopes.map(({ scope, words }) => (
              <Checkbox key={scope} value={scope} label={scope} description={words} />
            ))}
          </Stack>
        </Checkbox.Group>
        {chosen.length === 0 && (
          <Text size="sm" c="var(--bad)">
            A key that may do nothing is of no use. Choose at least one.
          </Text>
        )}
        <DialogEnd cancel={close}>
          <Submit of={form} disabled={chosen.length === 0}>
            Create
          </Submit>
        </DialogEnd>
      </Form>
    </Modal>
  );
}

function keyOnce({ name, key, scopes: chosen }: MadeKey): ShownOnce {
  return {
    title: `The key ${name} is made`,
    name: 'integration key',
    text: key,
    words: `It may: ${chosen.join(', ')}. Keep it where secrets are kept; whoever has it can do that.`,
  };
}
