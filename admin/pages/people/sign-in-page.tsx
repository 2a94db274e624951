/** What whoever is not signed in sees at any address; and, as long as nobody can sign in, how the first Admin is made. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ask, Refused } from '../../api/request.ts';
import { Doorway } from './doorway.tsx';
import { SignInForm } from './sign-in-form.tsx';

export function SignInPage() {
  const setup = useQuery({
    queryKey: ['setup'],
    queryFn: () =>
      ask<{ open: boolean }>('GET', '/setup').catch((error: unknown) => {
        if (error instanceof Refused && error.status === 404) return { open: false };
        throw error;
      }),
  });
  if (setup.data?.open === true) {
    return (
      <Doorway title="Nobody can sign in yet">
        <Text>
          When the server started it printed a <strong>setup link</strong> in its terminal. Whoever opens it becomes the
          first Admin. It holds for half an hour; a restart of the server prints a new one.
        </Text>
      </Doorway>
    );
  }
  return (
    <Doorway title="Sign in" words="No password yet, or forgotten it? An Admin can give you a link to choose one.">
      <SignInForm />
    </Doorway>
  );
}
