/** The exclude list: whose events are recorded and sent to no webhook. */
import { Button, Group, Select, Table, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Exclusion } from '../../api/answers.ts';
import { queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Ago } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Form, Submit, useForm } from '../../parts/form.tsx';
import { LiveRows, useLiveList } from '../../parts/live-list.tsx';
import { notify } from '../../parts/notices.tsx';
import { Empty, PageHead } from '../../parts/page.tsx';

const kinds = {
  visitor: { name: 'Visitor id', example: '*@our-company.example' },
  account: { name: 'Account id', example: 'test-*' },
  host: { name: 'Host name', example: 'staging.example.com' },
  ip: { name: 'IP address', example: '203.0.113.0/24' },
};

export function ExcludeListPage() {
  const isAdmin = useIsAdmin();
  const list = useLiveList<Exclusion>('/exclusions');
  return (
    <>
      <PageHead title="Exclude list">
        Events of these visitors, accounts, host names and addresses are recorded and marked excluded, and go to no
        webhook. They do not use up "first seen": an account that leaves the list is announced when it is next seen.
      </PageHead>
      {isAdmin && <AddExclusion />}
      <LiveRows
        list={list}
        what={{ one: 'entry', many: 'entries' }}
        empty={
          <Empty title="Nobody is excluded">
            {isAdmin
              ? 'Add your own colleagues, test accounts or staging hosts above, so that receivers hear of customers only.'
              : 'An Admin can exclude colleagues, test accounts or staging hosts.'}
          </Empty>
        }
      >
        <Table.ScrollContainer minWidth={520}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>What</Table.Th>
                <Table.Th>Pattern</Table.Th>
                <Table.Th>Since</Table.Th>
                <Table.Th>
                  <span className="only-read">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items.map((exclusion) => (
                <ExclusionRow key={exclusion.id} exclusion={exclusion} isAdmin={isAdmin} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </LiveRows>
    </>
  );
}

function AddExclusion() {
  const [kind, setKind] = useState<Exclusion['kind']>('visitor');
  const [pattern, setPattern] = useState('');
  const form = useForm(['pattern', 'kind'], async () => {
    const added = await ask<Exclusion>('POST', '/exclusions', { body: { kind, pattern: pattern.trim() } });
    setPattern('');
    notify(`${added.pattern} is excluded from now on.`);
    void queries.invalidateQueries({ queryKey: ['/exclusions'] });
  });

  return (
    <Form of={form}>
      <Group align="flex-start" mb="md">
        <Select
          label="What"
          w={190}
          allowDeselect={false}
          data={Object.entries(kinds).map(([value, { name: label }]) => ({ value, label }))}
          value={kind}
          onChange={(value) => setKind((value ?? 'visitor') as Exclusion['kind'])}
        />
        <TextInput
          label="Pattern"
          description={kind === 'ip' ? 'An address, or a range.' : '* stands for any run of characters.'}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          placeholder={kinds[kind].example}
          required
          withAsterisk={false}
          flex="1 1 16rem"
          maw={420}
          value={pattern}
          onChange={(event) => setPattern(event.currentTarget.value)}
          error={form.at.pattern ?? form.at.kind}
        />
        <Submit of={form} mt={25}>
          Exclude
        </Submit>
      </Group>
    </Form>
  );
}

function ExclusionRow({
  exclusion: { id, kind, pattern, createdAt },
  isAdmin,
}: {
  exclusion: Exclusion;
  isAdmin: boolean;
}) {
  const [isAsking, setAsking] = useState(false);
  return (
    <Table.Tr>
      <Table.Td>{kinds[kind].name}</Table.Td>
      <Table.Td className="mono" maw={320}>
        <div className="cut" title={pattern} dir="auto">
          {pattern}
        </div>
      </Table.Td>
      <Table.Td>
        <Ago at={createdAt} />
      </Table.Td>
      <Table.Td ta="right">
        {isAdmin && (
          <Button
            variant="subtle"
            color="red"
            size="compact-sm"
            aria-label={`Remove ${pattern} from the list`}
            onClick={() => setAsking(true)}
          >
            Remove
          </Button>
        )}
        <Confirm
          isOpen={isAsking}
          close={() => setAsking(false)}
          title="Take this from the exclude list"
          action={`Remove ${pattern}`}
          isHarmless
          act={async () => {
            await ask('DELETE', path('/exclusions', id));
            notify(`${pattern} is excluded no more.`);
            await queries.invalidateQueries({ queryKey: ['/exclusions'] });
          }}
        >
          Events from now on go to webhooks again. What was recorded meanwhile stays marked as excluded.
        </Confirm>
      </Table.Td>
    </Table.Tr>
  );
}
