/** Where claims come back while the database is being asked, and where it fails in the middle. */
import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import type { Claim } from '../core/delivery.ts';
import type { DeliveryKey, DueDelivery, Journal } from '../store/journal.ts';
import { ClaimDesk } from './claim-desk.ts';

const clock = fakeClock();

test('what comes back while other claims are being given back is given back too', async () => {
  const given: DeliveryKey[] = [];
  const desk = deskOn({
    async release(deliveries) {
      // While the database is at it.
      if (given.length === 0) desk.release([key('second')]);
      given.push(...deliveries);
    },
  });
  desk.release([key('first')]);
  await desk.turn();
  await desk.turn();
  expect(given).toEqual([key('first'), key('second')]);
});

test('what could not be given back is given back later', async () => {
  const given: DeliveryKey[] = [];
  let fails = true;
  const desk = deskOn({
    async release(deliveries) {
      if (fails) throw new Error('gone');
      given.push(...deliveries);
    },
  });
  desk.release([key('first')]);
  await expect(desk.turn()).rejects.toThrow('gone');
  fails = false;
  await desk.turn();
  expect(given).toEqual([key('first')]);
});

test('what was claimed before the database failed is handed out: nobody else would send it', async () => {
  const handed: Claim[] = [];
  const desk = deskOn(
    {
      async claimDue(webhookId, { onlyRetries }) {
        if (webhookId === 'wh_2') throw new Error('gone');
        return { deliveries: onlyRetries ? [] : [due('first')], more: false };
      },
    },
    handed,
  );
  desk.book.setEnabled(['wh_1', 'wh_2']);
  await expect(desk.turn()).rejects.toThrow('gone');
  expect(handed.map(({ eventId }) => eventId)).toEqual(['first']);
  expect(desk.book.claimed()).toEqual([key('first')]);
});

test('after trouble what nobody has heard of is given back, and again when a commit may have come late', async () => {
  const kept: number[] = [];
  const desk = deskOn({
    async releaseAllBut(deliveries) {
      kept.push(deliveries.length);
    },
  });
  desk.doubt();
  for (let second = 0; second < 60; second += 1) {
    await desk.turn();
    clock.advance(1000);
  }
  expect(kept).toEqual([0, 0, 0]);
});

function key(eventId: string): DeliveryKey {
  return { eventId, webhookId: 'wh_1' };
}

function due(eventId: string): DueDelivery {
  return { ...key(eventId), attemptCount: 0, attemptsBeforeReplay: 0, body: '{}' };
}

/** On a database that has nothing, and does what it is told, but for these. */
function deskOn(over: Partial<Journal>, handed: Claim[] = []): ClaimDesk {
  const journal: Partial<Journal> = {
    claimDue: async () => ({ deliveries: [], more: false }),
    nextDueAt: async () => null,
    unclaimed: async () => [],
    release: async () => {},
    releaseAllBut: async () => {},
    ...over,
  };
  return new ClaimDesk({
    journal: journal as Journal,
    clock,
    onClaims: (claims) => handed.push(...claims),
    isReplayed: () => false,
    isShared: true,
  });
}
