/** Questions while the database is away or in trouble: that is nobody's bug, and whoever asked is told to ask again. */
import { BellwireError } from '../core/errors.ts';
import type { Reads } from './reads.ts';

/** The same questions; what the database's own trouble rejects them with is `storage_unavailable`. */
export function refusingInTrouble(reads: Reads, isTrouble: (error: unknown) => boolean): Reads {
  return new Proxy(reads, {
    get(target, name) {
      const ask = target[name as keyof Reads] as ((...args: unknown[]) => Promise<unknown>) | undefined;
      if (ask === undefined) return undefined;
      return async (...args: unknown[]) => {
        try {
          return await ask(...args);
        } catch (error) {
          throw isTrouble(error) ? unreadable(error) : error;
        }
      };
    },
  });
}

function unreadable(cause: unknown): BellwireError {
  const message = 'The database cannot be asked now. Ask again in a moment.';
  return new BellwireError('storage_unavailable', message, { retryAfterSeconds: 5, cause });
}
