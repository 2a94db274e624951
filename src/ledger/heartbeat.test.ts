import { expect, test } from 'vitest';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { beat, heartbeatCell, listenTo, silenceMaxMs } from './heartbeat.ts';

test('a thread that beats is left in peace, and one that stops is told of once', () => {
  const [theirs, ours] = [fakeClock(), fakeClock()];
  const cell = heartbeatCell();
  let silences = 0;
  beat(cell, theirs);
  listenTo(cell, ours, () => (silences += 1));
  for (let second = 0; second < 300; second += 1) {
    theirs.advance(1000);
    ours.advance(1000);
  }
  expect(silences).toBe(0);
  ours.advance(silenceMaxMs - 1000);
  expect(silences).toBe(0);
  ours.advance(10 * silenceMaxMs);
  expect(silences).toBe(1);
});

test('a thread that was busy for a while is forgiven, also again and again', () => {
  const [theirs, ours] = [fakeClock(), fakeClock()];
  const cell = heartbeatCell();
  let silences = 0;
  beat(cell, theirs);
  listenTo(cell, ours, () => (silences += 1));
  for (let round = 0; round < 10; round += 1) {
    ours.advance(silenceMaxMs - 2000);
    theirs.advance(1000);
  }
  expect(silences).toBe(0);
});

test('nobody listens any more once it was ended', () => {
  const clock = fakeClock();
  let silences = 0;
  listenTo(heartbeatCell(), clock, () => (silences += 1))();
  clock.advance(10 * silenceMaxMs);
  expect(silences).toBe(0);
});
