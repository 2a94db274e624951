/** Invites somebody: an address, and what they may do. */
import { Modal, Radio, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { User, UserWithLink } from '../../api/answers.ts';
import { queries } from '../../api/queries.ts';
import { ask } from '../../api/request.ts';
import { DialogEnd, Form, Submit, useForm } from '../../parts/form.tsx';

interface Invite {
  isOpen: boolean;
  close: () => void;
  invited: (answer: UserWithLink) => void;
}

export function InviteForm({ isOpen, close, invited }: Invite) {
  const [email, setEmail] = useState('');
  const [name, setName] = useState('');
  const [role, setRole] = useState<User['role']>('member');
  const form = useForm(['email', 'name', 'role'], async () => {
    const answer = await ask<UserWithLink>('POST', '/users', { body: { email, name: name.trim(), role } });
    void queries.invalidateQueries({ queryKey: ['users'] });
    setEmail('');
    setName('');
    close();
    invited(answer);
  });

  return (
    <Modal opened={isOpen} onClose={close} title="Invite user">
      <Form of={form}>
        <TextInput
          label="E-mail address"
          description="By which they sign in. No e-mail is sent."
          type="email"
          required
          withAsterisk={false}
          data-autofocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={form.at.email}
        />
        <TextInput
          label="Name"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={form.at.name}
        />
        <Radio.Group
          label="Role"
          value={role}
          onChange={(value) => setRole(value === 'admin' ? 'admin' : 'member')}
          error={form.at.role}
        >
          <Stack gap="xs" mt="xs">
            <Radio value="member" label="Member" description="Reads, without secrets and bodies." />
            <Radio value="admin" label="Admin" description="Does everything." />
          </Stack>
        </Radio.Group>
        <DialogEnd cancel={close}>
          <Submit of={form}>Invite</Submit>
        </DialogEnd>
      </Form>
    </Modal>
  );
}
