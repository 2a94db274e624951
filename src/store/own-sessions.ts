/**
 * Each of our connections must be a session of its own. A pooler that lends out sessions for a transaction or a statement breaks
 * what is relied on: that what is answered with 2xx is on the disk (`synchronous_commit` is set for a session), statements that
 * are prepared once, and notices. Some poolers keep the statements, and then nothing would fail and nothing be noticed.
 */
import type { PostgresLink } from './postgres.ts';

/** On a pooler that others use as well the same session may come back by chance, but hardly so often. */
const rounds = 3;

/** What the connections lead to is lent out from one to the next. */
export class SharedSessions extends Error {
  override readonly name = 'SharedSessions';
}

/** Rejects with `SharedSessions` when two of the links are seen on one session. */
export async function insistOnOwnSessions(links: readonly PostgresLink[]): Promise<void> {
  const seen = new Map<PostgresLink, number>();
  for (let round = 0; round < rounds; round += 1) {
    for (const link of links) {
      // One after the other: a pooler lends the session that has just come back.
      const { rows } = await link.query('select pg_backend_pid() as pid');
      seen.set(link, Number(rows[0]?.['pid']));
      if (new Set(seen.values()).size < seen.size) throw new SharedSessions('Two connections have one session.');
    }
  }
}
