/** Who is signed in here. The pages inside `SignedInAs` know; those outside it need nobody. */
import { queryOptions } from '@tanstack/react-query';
import { createContext, type ReactNode, use } from 'react';
import type { SignedIn, User } from './answers.ts';
import { queries } from './queries.ts';
import { ask, Refused } from './request.ts';

/** Null when nobody is. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () =>
    ask<SignedIn>('GET', '/session').catch((error: unknown) => {
      if (error instanceof Refused && error.status === 401) return null;
      throw error;
    }),
  staleTime: 30_000,
  refetchInterval: 60_000,
});

const Signed = createContext<User | null>(null);

export function SignedInAs({ user, children }: { user: User; children: ReactNode }) {
  return <Signed value={user}>{children}</Signed>;
}

export function useUser(): User {
  const user = use(Signed);
  if (user === null) throw new Error('Nobody is signed in.');
  return user;
}

export function useIsAdmin(): boolean {
  return useUser().role === 'admin';
}

/** What was shown to somebody else is forgotten. */
export function becomeSignedIn(signedIn: SignedIn): void {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  queries.setQueryData(sessionQuery.queryKey, signedIn);
}

export async function signOut(): Promise<void> {
  await ask('DELETE', '/session');
  // A page that begins anew has forgotten all that it knew.
  location.assign('/');
}
