/** E-mail address and password. */
import { PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { SignedIn } from '../../api/answers.ts';
import { ask } from '../../api/request.ts';
import { becomeSignedIn } from '../../api/session.tsx';
import { Form, Submit, useForm } from '../../parts/form.tsx';

export function SignInForm({ email: known = '', action = 'Sign in' }: { email?: string; action?: string }) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const form = useForm(['email', 'password'], async () => {
    becomeSignedIn(await ask<SignedIn>('POST', '/session', { body: { email, password } }));
  });

  return (
    <Form of={form}>
      <TextInput
        label="E-mail address"
        type="email"
        autoComplete="username"
        required
        withAsterisk={false}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
        error={form.at.email}
        {...(known === '' ? { 'data-autofocus': true } : {})}
      />
      <PasswordInput
        label="Password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
        error={form.at.password}
        {...(known === '' ? {} : { 'data-autofocus': true })}
      />
      <Submit of={form}>{action}</Submit>
    </Form>
  );
}
