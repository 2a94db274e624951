/** Tagged features: which clicks become "Feature clicked", and under which name. */
import { ActionIcon, Button, Group, Modal, Select, Table, Text, TextInput, Tooltip } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Feature } from '../../api/answers.ts';
import { appsQuery } from '../../api/apps.ts';
import { queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { DialogEnd, Form, Submit, useForm } from '../../parts/form.tsx';
import { notify } from '../../parts/notices.tsx';
import { Empty, Loading, PageHead, Trouble } from '../../parts/page.tsx';

export function FeaturesPage() {
  const isAdmin = useIsAdmin();
  const features = useQuery({
    queryKey: ['features'],
    queryFn: async () => (await ask<{ items: Feature[] }>('GET', '/features')).items,
  });
  // Null: no form is open; 'new': the one for a new feature.
  const [edited, edit] = useState<Feature | 'new' | null>(null);
  const add = isAdmin ? (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => edit('new')}>
      Tag feature
    </Button>
  ) : undefined;
  return (
    <>
      <PageHead title="Tagged features" actions={add}>
        A click that the browser agent sees becomes "Feature clicked" when a rule matches it: one event a click, of the
        most specific rule. A click that matches none is kept and sent to nobody.
      </PageHead>
      {features.error !== null && (
        <Trouble error={features.error} what="The features" retry={() => void features.refetch()} />
      )}
      {features.isPending && <Loading rows={2} />}
      {features.data?.length === 0 && (
        <Empty title="No feature is tagged" action={add}>
          Clicks are kept, and go to no webhook.
        </Empty>
      )}
      {features.data !== undefined && features.data.length > 0 && (
        <Table.ScrollContainer minWidth={560}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Rule</Table.Th>
                <Table.Th>App</Table.Th>
                <Table.Th w={96}>
                  <span className="only-read">Edit and delete</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {features.data.map((feature) => (
                <Row key={feature.id} feature={feature} isAdmin={isAdmin} edit={() => edit(feature)} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Modal
        opened={edited !== null}
        onClose={() => edit(null)}
        title={edited === 'new' ? 'Tag feature' : 'Edit tagged feature'}
      >
        {edited !== null && <FeatureForm feature={edited === 'new' ? null : edited} close={() => edit(null)} />}
      </Modal>
    </>
  );
}

function Row({ feature, isAdmin, edit }: { feature: Feature; isAdmin: boolean; edit: () => void }) {
  const { id, name, rule, appId } = feature;
  const [isAsking, setAsking] = useState(false);
  const apps = useQuery(appsQuery);
  const appName = appId === null ? 'all apps' : (apps.data?.find((app) => app.id === appId)?.name ?? '');
  return (
    <Table.Tr>
      <Table.Td maw={240} className="cut" title={name} dir="auto">
        {name}
      </Table.Td>
      <Table.Td maw={320}>
        <div className="cut mono" title={rule}>
          {rule}
        </div>
      </Table.Td>
      <Table.Td maw={200} className="cut" title={appName} dir="auto">
        {appName}
      </Table.Td>
      <Table.Td>
        {isAdmin && (
          <Group gap={4} wrap="nowrap">
            <Tooltip label="Edit">
              <ActionIcon variant="subtle" color="gray" aria-label={`Edit ${name}`} onClick={edit}>
                <IconPencil size={18} />
              </ActionIcon>
            </Tooltip>
            <Tooltip label="Delete">
              <ActionIcon variant="subtle" color="red" aria-label={`Delete ${name}`} onClick={() => setAsking(true)}>
                <IconTrash size={18} />
              </ActionIcon>
            </Tooltip>
          </Group>
        )}
        <Confirm
          isOpen={isAsking}
          close={() => setAsking(false)}
          title="Delete this tagged feature"
          action={`Delete feature ${name}`}
          act={async () => {
            await ask('DELETE', path('/features', id));
            await queries.invalidateQueries({ queryKey: ['features'] });
            notify(`${name} is deleted.`);
          }}
        >
          Clicks that only this rule matches go to no webhook from now on. Events that were made by it stay.
        </Confirm>
      </Table.Td>
    </Table.Tr>
  );
}

function FeatureForm({ feature, close }: { feature: Feature | null; close: () => void }) {
  const apps = useQuery(appsQuery);
  const [name, setName] = useState(feature?.name ?? '');
  const [rule, setRule] = useState(feature?.rule ?? '');
  const [appId, setAppId] = useState(String(feature?.appId ?? ''));
  const form = useForm(['name', 'rule', 'appId'], async () => {
    const body = { name: name.trim(), rule: rule.trim(), appId: appId === '' ? null : Number(appId) };
    const saved = await (feature === null
      ? ask<Feature>('POST', '/features', { body })
      : ask<Feature>('PATCH', path('/features', feature.id), { body }));
    void queries.invalidateQueries({ queryKey: ['features'] });
    notify(`${saved.name} is tagged: clicks that come from now on are matched.`);
    close();
  });

  return (
    <Form of={form}>
      <TextInput
        label="Name"
        description="Receivers see it as properties.name."
        required
        withAsterisk={false}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={form.at.name}
      />
      <TextInput
        label="Rule"
        description="A CSS selector. A click counts when the clicked element matches, or one around it. * matches every click."
        placeholder="[data-action='export']"
        required
        withAsterisk={false}
        classNames={{ input: 'mono' }}
        value={rule}
        onChange={(event) => setRule(event.currentTarget.value)}
        error={form.at.rule}
      />
      <Select
        label="App"
        allowDeselect={false}
        data={[
          { value: '', label: 'All apps' },
          ...(apps.data ?? []).map(({ id, name: appName }) => ({ value: String(id), label: appName })),
        ]}
        value={appId}
        onChange={(value) => setAppId(value ?? '')}
        error={form.at.appId}
      />
      <Text size="sm" className="quiet">
        What the agent sees of an element: its tag, id, classes, and attributes such as data-action, href, name and
        role.
      </Text>
      <DialogEnd cancel={close}>
        <Submit of={form}>Save</Submit>
      </DialogEnd>
    </Form>
  );
}
