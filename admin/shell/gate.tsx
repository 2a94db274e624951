/**
 * Before every page: whoever is not signed in signs in here, at the address that they wanted. Whoever was signed out while a
 * page was open signs in above it, and nothing that was typed there is lost.
 */
import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { User } from '../api/answers.ts';
import { SignedInAs, sessionQuery } from '../api/session.tsx';
import { SignInForm } from '../pages/people/sign-in-form.tsx';
import { SignInPage } from '../pages/people/sign-in-page.tsx';
import { Loading, Trouble } from '../parts/page.tsx';
import { Shell } from './shell.tsx';

export function Gate() {
  const { data, error, refetch } = useQuery(sessionQuery);
  const [last, setLast] = useState<User | null>(null);
  const user = data?.user ?? null;
  if (user !== null && JSON.stringify(user) !== JSON.stringify(last)) setLast(user);

  if (last === null) {
    if (data === null) return <SignInPage />;
    return error === null ? <Loading /> : <Trouble error={error} what="The page" retry={() => void refetch()} />;
  }
  return (
    <SignedInAs user={user ?? last} key={(user ?? last).id}>
      <Shell />
      <Modal
        opened={data === null}
        onClose={() => {}}
        withCloseButton={false}
        title="You have been signed out"
        closeOnEscape={false}
      >
        <SignInForm email={last.email} action="Sign in again" />
      </Modal>
    </SignedInAs>
  );
}
