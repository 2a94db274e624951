/** What the tables must say when many nodes have been at them. */
import { openPostgres } from '../src/store/postgres.ts';

export interface Tables {
  pendingCount: number;
  /** Whose those are and since when they are due, a line for each kind; and which nodes there are. */
  pendingOf: string[];
  /**
   * Deliveries with more than one attempt that went well, or of which one was counted and took the place of another: a node has
   * recorded it under a claim that was not its own any more.
   */
  deliveredTwice: string[];
  /** Visitors and accounts with more than one event of their first sight. */
  firstSeenTwice: string[];
  storedTwice: string[];
}

const shownMax = 10;

export async function tablesOf(url: string): Promise<Tables> {
  const postgres = openPostgres(url, { name: 'bellwire torture' });
  const { link } = postgres;
  const found = async (text: string): Promise<string[]> =>
    (await link.query(`${text} limit ${shownMax}`)).rows.map((row) => String(row['found']));
  const count = async (text: string): Promise<number> => Number((await link.query(text)).rows[0]?.['count']);
  try {
    return {
      pendingCount: await count("select count(*) from deliveries where state = 'pending'"),
      pendingOf: [
        ...(await found(`select webhook_id || ': ' || count(*) || ' after ' || attempt_count || ' tries, claimed by '
            || coalesce(claimed_by::text, 'nobody') || ', due ' || coalesce(min(due_at)::text, 'at once') || ' to '
            || coalesce(max(due_at)::text, 'at once') || ' of now ' || (extract(epoch from clock_timestamp()) * 1000)::bigint as found
          from deliveries where state = 'pending' group by webhook_id, attempt_count, claimed_by`)),
        ...(await found(`select 'node ' || id || ' ' || name || ' silent for '
            || extract(epoch from clock_timestamp() - beat_at)::int || ' s' || case when lost_at is null then '' else ', lost' end
            as found from nodes`)),
      ],
      deliveredTwice: await found(`select event_id || '/' || webhook_id as found from (
          select event_id, webhook_id, attempt from attempts
          union all select event_id, webhook_id, last_attempt from deliveries where last_attempt is not null) a
        where attempt::json ->> 'status' = '200' group by event_id, webhook_id having count(*) > 1
        union select event_id || '/' || webhook_id from deliveries d where attempt_count <> (last_attempt is not null)::int
          + (select count(*) from attempts a where a.event_id = d.event_id and a.webhook_id = d.webhook_id)`),
      firstSeenTwice:
        await found(`select type || ' ' || case type when 'visitorCreated' then visitor_id else account_id end as found
        from events where type in ('visitorCreated', 'accountCreated')
        group by 1 having count(*) > 1`),
      storedTwice: await found(
        'select message_id as found from events where message_id is not null group by 1 having count(*) > 1',
      ),
    };
  } finally {
    await postgres.close();
  }
}
