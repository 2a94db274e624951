/** How much a replay would send, before it is begun: looked at by the very rule that sends it, window by window. */
import type { Kysely } from 'kysely';
import { BellwireError } from '../core/errors.ts';
import { exclusionMatcher } from '../core/exclusion.ts';
import { type ReplayFilter, replayableAs, replayableStates } from '../core/replay.ts';
import { newestEventId } from '../store/events.ts';
import { allExclusions } from '../store/exclusions.ts';
import { nextCandidates } from '../store/replay-candidates.ts';
import type { Database } from '../store/schema.ts';
import { idsOfVisitor } from '../store/visitors.ts';
import { eventsOf, webhookRows } from '../store/webhooks.ts';
import type { ReplayCount, ReplayQuery } from './reads.ts';
import { stretchOf } from './replay-commands.ts';

/** Other questions are answered between two windows. */
const windowEvents = 5000;

export async function countReplay(db: Kysely<Database>, { visitorId, ...query }: ReplayQuery): Promise<ReplayCount> {
  const filter = { ...query, visitorIds: visitorId === null ? null : await idsOfVisitor(db, visitorId) };
  const all = await webhookRows(db);
  const rows = all.filter(({ id }) => query.webhookId === null || id === query.webhookId);
  if (query.webhookId !== null && rows.length === 0) {
    throw new BellwireError('invalid_field', 'There is no webhook with this id.', { field: 'webhookId' });
  }
  const isExcluded = exclusionMatcher(await allExclusions(db));
  const newestId = await newestEventId(db);
  const webhooks: ReplayCount['webhooks'] = [];
  for (const row of rows) {
    const counts = await countFor(db, filter, { id: row.id, events: eventsOf(row) }, { isExcluded, newestId });
    webhooks.push({ webhookId: row.id, webhookName: row.name, enabled: row.enabled === 1, ...counts });
  }
  return { filter, webhooks };
}

async function countFor(
  db: Kysely<Database>,
  filter: ReplayFilter,
  webhook: Parameters<typeof replayableAs>[2],
  { isExcluded, newestId }: { isExcluded: ReturnType<typeof exclusionMatcher>; newestId: string | null },
) {
  const byState = Object.fromEntries(
    replayableStates.map((state) => [state, 0]),
  ) as ReplayCount['webhooks'][0]['byState'];
  const { first, before } = stretchOf(filter, newestId);
  let after: string | null = first;
  let matched = 0;
  while (after !== null) {
    const stretch = { filter, webhookId: webhook.id, afterEventId: after, beforeEventId: before };
    const window = await nextCandidates(db, stretch, windowEvents, isExcluded);
    for (const candidate of window.candidates) {
      const as = replayableAs(filter, candidate, webhook);
      if (as === null) continue;
      byState[as] += 1;
      matched += 1;
    }
    after = window.through;
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { matched, byState };
}
