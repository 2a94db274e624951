/** Who can sign in, and as what. */
import { Button, Menu, Table, Text } from '@mantine/core';
import { IconDots, IconPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { User, UserWithLink } from '../../api/answers.ts';
import { queries } from '../../api/queries.ts';
import { ask, at as path } from '../../api/request.ts';
import { useUser } from '../../api/session.tsx';
import { Ago, exactText } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { notify, notifyTrouble } from '../../parts/notices.tsx';
import { Once, type ShownOnce } from '../../parts/once.tsx';
import { AdminsOnly, Loading, PageHead, Trouble } from '../../parts/page.tsx';
import { State } from '../../parts/state.tsx';
import { InviteForm } from './invite-form.tsx';

export function UsersPage() {
  return (
    <AdminsOnly what="Users">
      <Users />
    </AdminsOnly>
  );
}

function Users() {
  const users = useQuery({ queryKey: ['users'], queryFn: () => ask<{ items: User[] }>('GET', '/users') });
  const [isInviting, setInviting] = useState(false);
  const [link, setLink] = useState<ShownOnce | null>(null);
  const showLink = (answer: UserWithLink) => setLink(linkOf(answer));
  return (
    <>
      <PageHead
        title="Users"
        actions={
          <Button leftSection={<IconPlus size={16} />} onClick={() => setInviting(true)}>
            Invite user
          </Button>
        }
      >
        An Admin does everything. A Member reads events, visitors, accounts, warnings and how deliveries went; no
        secrets, bodies, webhooks, keys, users or audit log.
      </PageHead>
      {users.error !== null && <Trouble error={users.error} what="The users" retry={() => void users.refetch()} />}
      {users.isPending && <Loading rows={3} />}
      {users.data !== undefined && (
        <Table.ScrollContainer minWidth={620}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>User</Table.Th>
                <Table.Th>Role</Table.Th>
                <Table.Th>State</Table.Th>
                <Table.Th>Last signed in</Table.Th>
                <Table.Th>
                  <span className="only-read">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {users.data.items.map((user) => (
                <UserRow key={user.id} user={user} showLink={showLink} />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      <InviteForm isOpen={isInviting} close={() => setInviting(false)} invited={showLink} />
      <Once shown={link} close={() => setLink(null)} />
    </>
  );
}

function UserRow({ user, showLink }: { user: User; showLink: (answer: UserWithLink) => void }) {
  const isSelf = useUser().id === user.id;
  const [question, setQuestion] = useState<'delete' | 'disable' | 'link' | 'sign-out' | null>(null);
  const close = () => setQuestion(null);
  const changing = useMutation({
    mutationFn: (changes: { role?: User['role']; disabled?: boolean }) =>
      ask<User>('PATCH', path('/users', user.id), { body: changes }),
    onSuccess(changed) {
      reload();
      notify(changeWords(changed));
    },
    onError: notifyTrouble,
  });
  const shown = user.name === '' ? user.email : user.name;
  return (
    <Table.Tr>
      <Table.Td maw={280}>
        <Text className="cut" title={shown} dir="auto">
          {shown}
        </Text>
        {user.name !== '' && (
          <Text size="sm" className="quiet cut" title={user.email}>
            {user.email}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{user.role === 'admin' ? 'Admin' : 'Member'}</Table.Td>
      <Table.Td>
        <State tone={tones[user.state]}>{user.state}</State>
      </Table.Td>
      <Table.Td>
        <Ago at={user.signedInAt} />
      </Table.Td>
      <Table.Td ta="right">
        {isSelf ? (
          <Text size="sm" className="quiet">
            you
          </Text>
        ) : (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="subtle" size="compact-sm" aria-label={`Change ${user.email}`}>
                <IconDots size={18} aria-hidden />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => changing.mutate({ role: user.role === 'admin' ? 'member' : 'admin' })}>
                {user.role === 'admin' ? 'Make a Member' : 'Make an Admin'}
              </Menu.Item>
              <Menu.Item onClick={() => setQuestion('link')}>
                {user.state === 'invited' ? 'New invitation link' : 'Link to choose a new password'}
              </Menu.Item>
              <Menu.Item onClick={() => setQuestion('sign-out')}>Sign out everywhere</Menu.Item>
              {user.state === 'disabled' ? (
                <Menu.Item onClick={() => changing.mutate({ disabled: false })}>Let sign in again</Menu.Item>
              ) : (
                <Menu.Item onClick={() => setQuestion('disable')}>Disable</Menu.Item>
              )}
              <Menu.Item color="red" onClick={() => setQuestion('delete')}>
                Delete
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
        <Confirm
          isOpen={question === 'link'}
          close={close}
          title="Make a new link"
          action={`Make link for ${shown}`}
          isHarmless
          act={async () => {
            showLink(await ask<UserWithLink>('POST', path('/users', user.id, 'password-link'), { body: {} }));
          }}
        >
          Links made before open nothing any more. The password that they have holds until the new link is used; then
          all of their sessions end.
        </Confirm>
        <Confirm
          isOpen={question === 'sign-out'}
          close={close}
          title="End all sessions of this user"
          action={`Sign ${shown} out everywhere`}
          isHarmless
          act={async () => {
            await ask('DELETE', path('/users', user.id, 'sessions'));
            notify(`${user.email} is signed out everywhere.`);
          }}
        >
          {user.email} has to sign in again, in every browser. Nothing else changes.
        </Confirm>
        <Confirm
          isOpen={question === 'disable'}
          close={close}
          title="Disable this user"
          action={`Disable ${shown}`}
          act={() => changing.mutateAsync({ disabled: true })}
        >
          {user.email} is signed out everywhere and cannot sign in until an Admin lets them. Nothing is deleted.
        </Confirm>
        <Confirm
          isOpen={question === 'delete'}
          close={close}
          title="Delete this user"
          action={`Delete user ${shown}`}
          act={async () => {
            await ask('DELETE', path('/users', user.id));
            reload();
            notify(`${user.email} is deleted.`);
          }}
        >
          {user.email} is signed out everywhere and cannot sign in again. What they did stays in the audit log.
        </Confirm>
      </Table.Td>
    </Table.Tr>
  );
}

const tones = { active: 'good', invited: 'busy', disabled: 'off' } as const;

function changeWords({ email, role, state }: User): string {
  if (state === 'disabled') return `${email} is disabled and signed out.`;
  return `${email} is ${role === 'admin' ? 'an Admin' : 'a Member'} now, and signs in again.`;
}

function linkOf({ user, link, linkEndsAt }: UserWithLink): ShownOnce {
  return {
    title: user.state === 'invited' ? `${user.email} is invited` : `A link for ${user.email}`,
    name: 'link',
    text: link,
    words: `No e-mail is sent: hand this link over. Whoever opens it first chooses the password. It works once, until ${exactText(linkEndsAt)}.`,
  };
}

function reload(): void {
  void queries.invalidateQueries({ queryKey: ['users'] });
}
