/** Whoever knows the address can send wrong keys. They must not cost a commit each. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { type OpenDoors, openDoors } from '../support/open-doors.ts';

const keyCount = 10_000;
const atOnce = 50;

test(`${keyCount} wrong keys cost the ledger a few warnings, and nothing else`, {
  timeout: 60_000,
}, async () => {
  const doors = await openDoors({ ratePerSecond: 0 });
  await sendWrong(doors, 500);
  const warningsBefore = doors.warnings.length;
  await sendWrong(doors, keyCount);
  // The clock of these doors stands still, so this is one burst.
  expect(doors.warnings.length - warningsBefore).toBeLessThanOrEqual(20);
  expect(doors.inputs).toEqual([]);
  await doors.close();
});

/** By turns at each door that takes a key. */
async function sendWrong(doors: OpenDoors, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += atOnce) {
    await Promise.all(
      Array.from({ length: atOnce }, async (_, index) => {
        const key = randomUUID();
        const call = { type: 'track', event: 'e', userId: 'ada', writeKey: key };
        const answers = [
          () => doors.post('/v1/track', call),
          () => doors.post(`/data/agent/${key}`, {}),
          () => doors.post('/data/track', call, { 'x-pendo-integration-key': key }),
        ];
        const { status } = (await answers[index % 3]?.()) ?? { status: 0 };
        expect([200, 401]).toContain(status);
      }),
    );
  }
}
