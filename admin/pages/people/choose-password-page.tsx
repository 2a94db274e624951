/**
 * Behind the links by which somebody chooses a password: the setup link, of whoever becomes the first Admin, and those of
 * who was invited or has forgotten theirs. What opens them stands behind the `#`, which no server and no log ever sees.
 */
import { Anchor, PasswordInput, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import type { SignedIn, User } from '../../api/answers.ts';
import { ask } from '../../api/request.ts';
import { becomeSignedIn } from '../../api/session.tsx';
import { exactText } from '../../parts/ago.tsx';
import { Form, Submit, useForm } from '../../parts/form.tsx';
import { Loading } from '../../parts/page.tsx';
import { Doorway } from './doorway.tsx';

const token = location.hash.slice(1);

export function SetupPage() {
  const [email, setEmail] = useState('');
  const setup = useQuery({ queryKey: ['setup'], queryFn: () => ask<{ open: boolean }>('GET', '/setup') });
  if (setup.isPending) return <Loading rows={3} />;
  if (setup.error !== null) return <LinkTrouble message={setup.error.message} />;
  if (token === '')
    return (
      <LinkTrouble message="Open the whole setup link that the server printed when it started: what stands behind its # is missing." />
    );
  return (
    <Doorway title="Become the first Admin" words="Choose how you sign in from now on. No e-mail is sent there.">
      <ChoosePassword
        send={(chosen) => ask<SignedIn>('POST', '/setup', { body: { token, email, ...chosen } })}
        action="Create Admin and sign in"
      >
        {(error) => (
          <TextInput
            label="E-mail address"
            type="email"
            autoComplete="username"
            required
            withAsterisk={false}
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={error}
          />
        )}
      </ChoosePassword>
    </Doorway>
  );
}

export function PasswordPage() {
  const link = useQuery({
    queryKey: ['password-link', token],
    queryFn: () => ask<{ user: User; endsAt: string }>('POST', '/password-link/open', { body: { token } }),
    retry: false,
  });
  if (link.isPending) return <Loading rows={3} />;
  if (link.error !== null) return <LinkTrouble message={link.error.message} />;
  const { user, endsAt } = link.data;
  return (
    <Doorway
      title={user.state === 'invited' ? 'Welcome to Bellwire' : 'Choose a new password'}
      words={
        <>
          For <strong>{user.email}</strong>. This link works once, until {exactText(endsAt)}.
        </>
      }
    >
      <ChoosePassword
        name={user.name}
        send={(chosen) => ask<SignedIn>('POST', '/password-link/redeem', { body: { token, ...chosen } })}
        action="Save password and sign in"
      >
        {() => <input type="hidden" autoComplete="username" value={user.email} readOnly />}
      </ChoosePassword>
    </Doorway>
  );
}

function ChoosePassword({
  name: known = '',
  send,
  action,
  children,
}: {
  name?: string;
  send: (chosen: { name: string; password: string }) => Promise<SignedIn>;
  action: string;
  /** The field before the others; it is given what is wrong with it. */
  children: (error: string | undefined) => ReactNode;
}) {
  const navigate = useNavigate();
  const [name, setName] = useState(known);
  const [password, setPassword] = useState('');
  const form = useForm(['email', 'name', 'password'], async () => {
    becomeSignedIn(await send({ name: name.trim(), password }));
    void navigate({ to: '/', replace: true });
  });

  return (
    <Form of={form}>
      {children(form.at.email)}
      <TextInput
        label="Your name"
        autoComplete="name"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={form.at.name}
      />
      <PasswordInput
        label="Password"
        description="At least 12 characters of any kind. A few words that do not belong together are good."
        autoComplete="new-password"
        required
        withAsterisk={false}
        minLength={12}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={form.at.password}
      />
      <Submit of={form}>{action}</Submit>
    </Form>
  );
}

function LinkTrouble({ message }: { message: string }) {
  return (
    <Doorway title="This link opens nothing">
      <Text mb="md" role="alert">
        {message}
      </Text>
      <Anchor href="/">To the sign-in</Anchor>
    </Doorway>
  );
}
