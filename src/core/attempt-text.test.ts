import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { attemptIn, attemptText } from './attempt-text.ts';

const ms = fc.option(fc.double({ min: 0, max: 300_000, noNaN: true }).map((value) => value + 0));
const headers = fc.dictionary(fc.string(), fc.string()).map((value) => JSON.stringify(value));

test('an attempt is read back as it was written, whatever its receiver said', () => {
  const attempts = fc.record({
    startedAt: fc.nat(),
    url: fc.webUrl(),
    requestHeadersJson: headers,
    status: fc.option(fc.integer({ min: 100, max: 599 })),
    responseHeadersJson: headers,
    responseBody: fc.string({ unit: 'binary' }),
    responseTruncated: fc.boolean(),
    code: fc.option(fc.string()),
    timings: fc.record({ dnsMs: ms, connectMs: ms, tlsMs: ms, firstByteMs: ms, totalMs: fc.nat() }),
  });
  fc.assert(
    fc.property(attempts, (attempt) => {
      expect(attemptIn(attemptText(attempt))).toEqual(attempt);
    }),
  );
});
