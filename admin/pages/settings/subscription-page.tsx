/** The subscription: its name, and its apps with their keys and the Track switch. */
import { Button, Group, Modal, Paper, Stack, Switch, Text, TextInput, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { App, AppWithSecret } from '../../api/answers.ts';
import { appsQuery } from '../../api/apps.ts';
import { queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { useIsAdmin } from '../../api/session.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { KeyText } from '../../parts/copy.tsx';
import { DialogEnd, Form, Submit, useForm } from '../../parts/form.tsx';
import { notify, notifyTrouble } from '../../parts/notices.tsx';
import { Once, type ShownOnce } from '../../parts/once.tsx';
import { Loading, PageHead, Trouble } from '../../parts/page.tsx';
import { SubscriptionName } from './subscription-name.tsx';

export function SubscriptionPage() {
  const isAdmin = useIsAdmin();
  const apps = useQuery(appsQuery);
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState<ShownOnce | null>(null);
  const showSecret = (app: AppWithSecret) => setSecret(secretOnce(app));
  return (
    <>
      <PageHead
        title="Subscription"
        actions={
          isAdmin ? (
            <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
              Add app
            </Button>
          ) : undefined
        }
      >
        An app is one product that reports events, with keys of its own. Visitors and accounts belong to all apps
        together.
      </PageHead>
      <SubscriptionName />
      {apps.error !== null && <Trouble error={apps.error} what="The apps" retry={() => void apps.refetch()} />}
      {apps.isPending && <Loading rows={2} />}
      <Stack mt="xl" gap="lg">
        {apps.data?.map((app) => (
          <AppCard key={app.id} app={app} isAdmin={isAdmin} showSecret={showSecret} />
        ))}
      </Stack>
      <AddApp isOpen={isAdding} close={() => setAdding(false)} added={showSecret} />
      <Once shown={secret} close={() => setSecret(null)} />
    </>
  );
}

function AppCard({
  app,
  isAdmin,
  showSecret,
}: {
  app: App;
  isAdmin: boolean;
  showSecret: (app: AppWithSecret) => void;
}) {
  const [isRenewing, setRenewing] = useState(false);
  const [isEnding, setEnding] = useState(false);
  const switching = useMutation({
    mutationFn: (trackEnabled: boolean) => ask<App>('PATCH', path('/apps', app.id), { body: { trackEnabled } }),
    onSuccess(changed) {
      void queries.invalidateQueries({ queryKey: ['apps'] });
      notify(
        changed.trackEnabled
          ? `${changed.name} takes Track Events again.`
          : `${changed.name} takes no Track Events any more: Segment libraries are answered 200 and leave a warning, /data/track answers 403.`,
      );
    },
    onError: notifyTrouble,
  });
  return (
    <Paper component="section" withBorder p="lg" bg="var(--sheet)" aria-label={app.name}>
      <Group justify="space-between" mb="md" wrap="nowrap">
        <Title order={2} size="h4" className="cut" title={app.name} dir="auto">
          {app.name}
        </Title>
        <Button component={Link} to="/settings/integrations/sources" variant="default" size="xs" flex="none">
          How to connect it
        </Button>
      </Group>
      <Stack gap="md">
        <Fact
          name="API key"
          words="Public: it stands in every page that carries the snippet, and is the write key of Segment libraries."
        >
          <KeyText text={app.apiKey} name="API key" />
        </Fact>
        <Fact name="Track secret" words="For POST /data/track, from servers only. It was shown when it was made.">
          <Group gap="sm">
            <span className="mono">{app.trackSecretHint}</span>
            {isAdmin && (
              <Button variant="default" size="compact-sm" onClick={() => setRenewing(true)}>
                Renew
              </Button>
            )}
          </Group>
        </Fact>
        <Switch
          label="Track Events"
          description={
            app.trackEnabled
              ? 'On: track calls become events.'
              : 'Off: track calls are refused, with a warning that says so.'
          }
          color="var(--good)"
          checked={app.trackEnabled}
          disabled={!isAdmin || switching.isPending}
          onChange={(event) => (event.currentTarget.checked ? switching.mutate(true) : setEnding(true))}
        />
        {!isAdmin && (
          <Text size="sm" className="quiet">
            Only Admins change apps.
          </Text>
        )}
      </Stack>
      <Confirm
        isOpen={isEnding}
        close={() => setEnding(false)}
        title="Take no Track Events"
        action={`Take none for ${app.name}`}
        act={() => switching.mutateAsync(false)}
      >
        What track calls say from now on is lost: Segment libraries are answered 200, so they do not send it again, and
        each call leaves a warning; /data/track answers 403.
      </Confirm>
      <Confirm
        isOpen={isRenewing}
        close={() => setRenewing(false)}
        title="Renew the Track secret"
        action={`Renew the secret of ${app.name}`}
        act={async () => {
          showSecret(await ask<AppWithSecret>('POST', path('/apps', app.id, 'track-secret'), { body: {} }));
          await queries.invalidateQueries({ queryKey: ['apps'] });
        }}
      >
        The old secret stops working at once: servers that use it are refused until they have the new one.
      </Confirm>
    </Paper>
  );
}

function Fact({ name, words, children }: { name: string; words: string; children: ReactNode }) {
  return (
    <div>
      <Text fw={600} size="sm">
        {name}
      </Text>
      {children}
      <Text size="sm" className="quiet">
        {words}
      </Text>
    </div>
  );
}

function AddApp({ isOpen, close, added }: { isOpen: boolean; close: () => void; added: (app: AppWithSecret) => void }) {
  const [name, setName] = useState('');
  const form = useForm(['name'], async () => {
    const app = await ask<AppWithSecret>('POST', '/apps', { body: { name } });
    void queries.invalidateQueries({ queryKey: ['apps'] });
    setName('');
    close();
    added(app);
  });

  return (
    <Modal opened={isOpen} onClose={close} title="Add app">
      <Form of={form}>
        <TextInput
          label="Name"
          description="Receivers see it as app.name."
          required
          withAsterisk={false}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={form.at.name}
        />
        <DialogEnd cancel={close}>
          <Submit of={form}>Add</Submit>
        </DialogEnd>
      </Form>
    </Modal>
  );
}

function secretOnce({ name, trackSecret }: AppWithSecret): ShownOnce {
  return {
    title: `The Track secret of ${name}`,
    name: 'Track secret',
    text: trackSecret,
    words:
      'Your servers send it as x-pendo-integration-key with POST /data/track. It must stand in no page and no app.',
  };
}
