/**
 * The end of a process whose sync has failed. The system may have dropped what it could not write, and says so only once:
 * a second sync would succeed and prove nothing. So nothing is written or acknowledged any more, and the thread ends with
 * it, which ends the server; what is in the file is read again by the next start.
 */
import type { Journal } from '../store/journal.ts';

export function endingAtLostSync(journal: Journal, isSyncLost: (error: unknown) => boolean): Journal {
  let lost: Error | null = null;
  return {
    ...journal,
    async transaction(work) {
      if (lost !== null) throw lost;
      try {
        return await journal.transaction(work);
      } catch (error) {
        if (lost === null && isSyncLost(error)) {
          const end = new Error('The disk did not keep what was written to it (sync failed): the server ends.', {
            cause: error,
          });
          lost = end;
          // Not from here: whoever waits for this transaction is told that it failed.
          setImmediate(() => {
            throw end;
          });
        }
        throw error;
      }
    },
  };
}
