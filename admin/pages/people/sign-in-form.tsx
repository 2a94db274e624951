/** E-mail address and password. */
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type SubmitEvent, useState } from 'react';
import type { SignedIn } from '../../api/answers.ts';
import { ask } from '../../api/request.ts';
import { becomeSignedIn } from '../../api/session.tsx';
import { FormTrouble, fieldErrors } from '../../parts/field-errors.tsx';

export function SignInForm({ email: known = '', action = 'Sign in' }: { email?: string; action?: string }) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const signing = useMutation({
    mutationFn: () => ask<SignedIn>('POST', '/session', { body: { email, password } }),
    onSuccess: becomeSignedIn,
  });
  const { at, elsewhere } = fieldErrors(signing.error, ['email', 'password']);

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    signing.mutate();
  }

  return (
    <form onSubmit={submit}>
      <Stack>
        <FormTrouble error={elsewhere} />
        <TextInput
          label="E-mail address"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={at.email}
          {...(known === '' ? { 'data-autofocus': true } : {})}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={at.password}
          {...(known === '' ? {} : { 'data-autofocus': true })}
        />
        <Button type="submit" loading={signing.isPending}>
          {action}
        </Button>
      </Stack>
    </form>
  );
}
