/** What has been asked of the server, kept for a moment so that going back and forth is quick. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { Refused } from './request.ts';

/** Whoever was signed out elsewhere is asked to sign in again, with the page still behind it. */
function noticeSignedOut(error: Error): void {
  if (error instanceof Refused && error.status === 401) queries.setQueryData(['session'], null);
}

export const queries = new QueryClient({
  queryCache: new QueryCache({ onError: noticeSignedOut }),
  mutationCache: new MutationCache({ onError: noticeSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      // What was refused is refused again; what found nobody is asked for until somebody is there.
      retry: (failureCount, error) => !(error instanceof Refused && error.status < 500) && failureCount < 3,
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 5_000),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

/** How often what is shown as it happens is asked for, in milliseconds. */
export const liveEveryMs = 2_000;
