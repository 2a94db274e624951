import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from './limits.ts';
import { correctedMoment, readMoment } from './moment.ts';

const receivedAt = Date.UTC(2026, 10, 22, 12);

describe('reads', () => {
  test.each([
    ['2026-11-22T12:00:00.000Z', receivedAt],
    ['2026-11-22T13:00:00+01:00', receivedAt],
    ['2026-11-22T13:00:00+0100', receivedAt],
    ['2026-11-22 12:00:00', receivedAt],
    ['2026-11-22T12:00', receivedAt],
    ['2026-11-22T12:00:00.123456+00:00', receivedAt + 123],
    ['2026-11-22', Date.UTC(2026, 10, 22)],
    [receivedAt, receivedAt],
    [receivedAt / 1000, receivedAt],
    [receivedAt / 1000 + 0.25, receivedAt + 250],
    [-1, -1000],
    [0, 0],
  ])('%j', (value, at) => {
    expect(readMoment(value)).toBe(at);
  });

  test.each([
    'NaN',
    'yesterday',
    '',
    '2026-13-01',
    '2026-11-22T25:00:00Z',
    '22/11/2026',
    1e308,
    Number.NaN,
    8.64e15 + 1,
    true,
    {},
    null,
    '1'.repeat(1e6),
  ])('nothing from %j', (value) => {
    expect(readMoment(value)).toBeNull();
  });
});

describe('corrects', () => {
  test('for a clock that is an hour behind', () => {
    const hour = 3_600_000;
    const sentAt = receivedAt - hour - 40;
    expect(correctedMoment({ at: sentAt - 500, sentAt, receivedAt })).toEqual({
      at: receivedAt - 500,
      replaced: false,
    });
  });

  test('nothing when the sender did not say when it sent', () => {
    expect(correctedMoment({ at: receivedAt - 9, sentAt: null, receivedAt })).toEqual({
      at: receivedAt - 9,
      replaced: false,
    });
  });

  test('a missing time is now, and nothing was replaced', () => {
    expect(correctedMoment({ at: undefined, sentAt: null, receivedAt })).toEqual({ at: receivedAt, replaced: false });
  });

  test.each([receivedAt + limits.timeAheadMaxMs, receivedAt - limits.timeBackMaxMs])(
    'nothing at the bound: %j',
    (at) => {
      expect(correctedMoment({ at, sentAt: null, receivedAt })).toEqual({ at, replaced: false });
    },
  );

  test.each([
    receivedAt + limits.timeAheadMaxMs + 1,
    receivedAt - limits.timeBackMaxMs - 1,
    '+275760-09-13',
    'no time at all',
    -1,
  ])('what is out of bounds by replacing it: %j', (at) => {
    expect(correctedMoment({ at, sentAt: null, receivedAt })).toEqual({ at: receivedAt, replaced: true });
  });

  test('whatever comes, the answer is an integer that can be kept, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.anything(), fc.option(fc.double()), (at, sentAt) => {
        const corrected = correctedMoment({ at, sentAt: readMoment(sentAt), receivedAt });
        expect(Number.isInteger(corrected.at)).toBe(true);
        expect(Number.isNaN(new Date(corrected.at).getTime())).toBe(false);
      }),
    );
  });
});
