/** Charts are counted in rows that all nodes add to. One that stands still with them in its hands holds up nobody's events. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiStand, openApiStand } from '../../test/support/api-stand.ts';
import { trackInput } from '../../test/support/event-input.ts';

let stand: ApiStand;
beforeAll(async () => {
  stand = await openApiStand();
});
afterAll(() => stand.close());

async function accepted(visitorId: string): Promise<string | undefined> {
  const input = trackInput(visitorId, { receivedAt: stand.clock.now() });
  return (await stand.ledger.accept([input], []))[0]?.kind;
}

test('events are taken while another holds the counts', async () => {
  await accepted('first');
  stand.clock.advance(1000);
  await stand.settled();
  const { db } = stand.look;
  await sql`begin`.execute(db);
  const { rows } = await sql`select subject from tallies for update`.execute(db);
  expect(rows.length).toBeGreaterThan(0);
  // Without its own short patience a commit behind the counts would wait for as long as any statement may, four seconds.
  const patience = sql`select pg_sleep(3)`.execute(db).then(() => 'held up');
  const taken: (string | undefined)[] = [];
  for (const visitorId of ['second', 'third', 'fourth']) {
    taken.push(await Promise.race([accepted(visitorId), patience]));
    stand.clock.advance(1000);
  }
  await patience;
  await sql`commit`.execute(db);
  expect(taken).toEqual(['accepted', 'accepted', 'accepted']);
});
