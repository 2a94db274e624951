/** Invites somebody: an address, and what they may do. */
import { Button, Group, Modal, Radio, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import type { User, UserWithLink } from '../../api/answers.ts';
import { queries } from '../../api/queries.ts';
import { ask } from '../../api/request.ts';
import { FormTrouble, fieldErrors } from '../../parts/field-errors.tsx';

interface Invite {
  isOpen: boolean;
  close: () => void;
  invited: (answer: UserWithLink) => void;
}

export function InviteForm({ isOpen, close, invited }: Invite) {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<User['role']>('member');
  const inviting = useMutation({
    mutationFn: () => ask<UserWithLink>('POST', '/users', { body: { email, name: name.trim(), role } }),
    onSuccess(answer) {
      void queries.invalidateQueries({ queryKey: ['users'] });
      setEmail('');
      setName('');
      close();
      invited(answer);
    },
  });
  const { at, elsewhere } = fieldErrors(inviting.error, ['email', 'name', 'role']);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    inviting.mutate();
  }

  return (
    <Modal opened={isOpen} onClose={close} title="Invite user">
      <form onSubmit={submit}>
        <Stack>
          <FormTrouble error={elsewhere} />
          <TextInput
            label="E-mail address"
            description="By which they sign in. No e-mail is sent."
            type="email"
            required
            withAsterisk={false}
            data-autofocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={at.email}
          />
          <TextInput
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={at.name}
          />
          <Radio.Group
            label="Role"
            value={role}
            onChange={(value) => setRole(value === 'admin' ? 'admin' : 'member')}
            error={at.role}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="member" label="Member" description="Reads, without secrets and bodies." />
              <Radio value="admin" label="Admin" description="Does everything." />
            </Stack>
          </Radio.Group>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={inviting.isPending}>
              Invite
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
