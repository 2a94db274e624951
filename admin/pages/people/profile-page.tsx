/** One's own password, and where one is signed in. */
import { Button, Group, PasswordInput, Stack, Table, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Session } from '../../api/answers.ts';
import { queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { useUser } from '../../api/session.tsx';
import { Ago } from '../../parts/ago.tsx';
import { Form, Submit, useForm } from '../../parts/form.tsx';
import { notify, notifyTrouble } from '../../parts/notices.tsx';
import { Loading, PageHead, Trouble } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { browserName } from './browser-name.ts';

export function ProfilePage() {
  const user = useUser();
  return (
    <>
      <PageHead title="Your profile">
        {user.email} ·{' '}
        {user.role === 'admin' ? 'Admin: you can do everything.' : 'Member: you can read, but change nothing.'}
      </PageHead>
      <Stack gap="xl">
        <ChangePassword />
        <Sessions />
      </Stack>
    </>
  );
}

function ChangePassword() {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const form = useForm(['current', 'password'], async () => {
    await ask('POST', '/session/password', { body: { current, password } });
    setCurrent('');
    setPassword('');
    notify('Your password is changed. Your other sessions have ended.');
    void queries.invalidateQueries({ queryKey: ['own-sessions'] });
  });

  return (
    <section>
      <Title order={2} size="h4" mb="sm">
        Change your password
      </Title>
      <Form of={form} maw={420}>
        <input type="hidden" autoComplete="username" value={useUser().email} readOnly />
        <PasswordInput
          label="Your password now"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={current}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          error={form.at.current}
        />
        <PasswordInput
          label="New password"
          description="At least 12 characters of any kind."
          autoComplete="new-password"
          required
          withAsterisk={false}
          minLength={12}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={form.at.password}
        />
        <Group>
          <Submit of={form}>Change password</Submit>
        </Group>
      </Form>
    </section>
  );
}

function Sessions() {
  const sessions = useQuery({
    queryKey: ['own-sessions'],
    queryFn: () => ask<{ items: Session[] }>('GET', '/sessions'),
  });
  const ending = useMutation({
    mutationFn: (id: string | null) => ask('DELETE', id === null ? '/sessions' : path('/sessions', id)),
    onSuccess: (_, id) => {
      notify(id === null ? 'All your other sessions have ended.' : 'The session has ended.');
      void queries.invalidateQueries({ queryKey: ['own-sessions'] });
    },
    onError: notifyTrouble,
  });
  const items = sessions.data?.items ?? [];
  return (
    <section>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Where you are signed in
        </Title>
        {items.length > 1 && (
          <Button variant="default" size="xs" onClick={() => ending.mutate(null)} loading={ending.isPending}>
            End all others
          </Button>
        )}
      </Group>
      {sessions.error !== null && (
        <Trouble error={sessions.error} what="Your sessions" retry={() => void sessions.refetch()} />
      )}
      {sessions.isPending && <Loading rows={2} />}
      {items.length > 0 && (
        <Table.ScrollContainer minWidth={520}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Browser</Table.Th>
                <Table.Th>From</Table.Th>
                <Table.Th>Last used</Table.Th>
                <Table.Th>
                  <span className="only-read">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {items.map(({ id, current, address, userAgent, seenAt }) => (
                <Table.Tr key={id}>
                  <Table.Td title={userAgent}>{browserName(userAgent)}</Table.Td>
                  <Table.Td className="mono">{address}</Table.Td>
                  <Table.Td>
                    <Ago at={seenAt} />
                  </Table.Td>
                  <Table.Td ta="right">
                    {current ? (
                      <State tone="good">this one</State>
                    ) : (
                      <Button variant="subtle" size="compact-sm" color="red" onClick={() => ending.mutate(id)}>
                        End
                      </Button>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <Text mt="xs" size="sm" className="quiet">
        A session ends by itself after twelve hours without use, and after seven days.
      </Text>
    </section>
  );
}
