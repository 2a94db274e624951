/**
 * Faults that are planted in the sources while tests load them, one at a time, to show that a test of ours would see one:
 * planted.test.ts runs the test that is named here with the fault in place, and it must fail. Faults of the built server are
 * in plant.ts.
 */

export interface SourceFault {
  /** The file that it is in. */
  file: string;
  /** What stands there, once. */
  place: string;
  /** What stands there instead. */
  fault: string;
  /** The test file that finds it, and the whole name of one test in it that does. */
  foundBy: { file: string; test: string };
}

export const sourceFaults: Readonly<Record<string, SourceFault>> = {
  'leaves what is to be retried where a clock that is set back has put it': {
    file: 'src/ledger/writer.ts',
    place: 'await journal.moveDue(now, setByMs);',
    fault: '',
    foundBy: {
      file: 'src/ledger/clock-watch.test.ts',
      test: 'a retry is as far away as it was when the clock is set by -86400000 ms',
    },
  },
  'does not see that the clock was set while it did not run': {
    file: 'src/ledger/writer.ts',
    place: 'const setBackMs = setBackSince(lastAt, now);',
    fault: 'const setBackMs = setBackSince(null, now);',
    foundBy: {
      file: 'src/ledger/clock-watch.test.ts',
      test: 'a clock that was set back while no server ran does not keep a retry waiting',
    },
  },
  'clears away what a wrong clock makes look old': {
    file: 'src/ledger/writer.ts',
    place: 'if (setByMs < 0 || isAheadTooFar(setByMs)) await this.#upkeep.doubtClock(setByMs);',
    fault: '',
    foundBy: {
      file: 'src/ledger/clock-watch.test.ts',
      test: 'what a clock makes look old is not cleared away for a day, also by a new start, and expires in sight',
    },
  },
  'claims what is claimed': {
    file: 'src/store/sqlite-journal.ts',
    place: "rows.filter((row) => !claimed.has(String(row['event_id'])))",
    fault: 'rows',
    foundBy: {
      file: 'src/ledger/writer.test.ts',
      test: 'beyond what a lane may hold deliveries stay in the database, and come oldest first as there is room',
    },
  },
  'claims what a replay has put back, also while its former claim is out': {
    file: 'src/ledger/claim.ts',
    place: 'if (line === undefined || !line.on || line.claimed.has(eventId)) return false;',
    fault: 'if (line === undefined || !line.on) return false;',
    foundBy: {
      file: 'src/ledger/replay-work.test.ts',
      test: 'what was discarded while it was out is not out a second time when it is sent again: one end settles both',
    },
  },
  'gives a lane all that is shared': {
    file: 'src/deliver/slots.ts',
    place: 'else if (user.sharedSlotCount < this.#sharedMax - this.#sharedCount) this.#count(user, 1);',
    fault: 'else if (this.#sharedCount < this.#sharedMax) this.#count(user, 1);',
    foundBy: {
      file: 'src/deliver/slots.test.ts',
      test: 'gives nobody more of what is shared than is left of it, so that something is left for the next',
    },
  },
  'counts a request that hangs for ever': {
    file: 'src/deliver/slots.ts',
    place: 'this.#forgetSlow();\n      const [next]',
    fault: 'const [next]',
    foundBy: {
      file: 'src/deliver/lanes-outage.test.ts',
      test: 'delays nobody else: with 20 of 100 that hang, all that is for the others is sent, and each of the 20 holds few requests',
    },
  },
  'never gives a receiver that is down a rest': {
    file: 'src/deliver/breaker.ts',
    place: 'if (this.#failing.size >= limits.breakerFailuresMax) this.#open(failure);',
    fault: '',
    foundBy: {
      file: 'src/deliver/lanes-outage.test.ts',
      test: 'is sent a probe now and then, another delivery each time, and then what has waited, a few at a time',
    },
  },
  'judges one address of a name and takes it for all': {
    file: 'src/deliver/connect.ts',
    place: 'for (const address of resolution.addresses) {',
    fault: 'for (const address of resolution.addresses.slice(0, 1)) {',
    foundBy: { file: 'src/deliver/connect.test.ts', test: 'refuses a name that leads to a good address first' },
  },
  'signs with a former secret whose time is over': {
    file: 'src/deliver/request.ts',
    place: 'if (former !== null && now < former.endsAt) {',
    fault: 'if (former !== null) {',
    foundBy: {
      file: 'src/api/signing-secrets.test.ts',
      test: 'the former secret signs beside the new one until its time is over, to the second',
    },
  },
  'reads a head without end': {
    file: 'src/deliver/answer-parser.ts',
    place: "if (this.#headBytes + line.length > limits.responseHeaderBytesMax) return this.#fail('headers_too_large');",
    fault: '',
    foundBy: {
      file: 'src/deliver/answer-parser.test.ts',
      test: 'is a head of exactly the limit, and none that is a byte longer',
    },
  },
  'asks for one name after the other': {
    file: 'src/deliver/resolve-host.ts',
    place: 'const resolution = await ask(resolver, host, deps.clock);',
    fault: `const before = Reflect.get(globalThis, 'asking');
      const asking = Promise.resolve(before).then(() => ask(resolver, host, deps.clock));
      Reflect.set(globalThis, 'asking', asking);
      const resolution = await asking;`,
    foundBy: {
      file: 'src/deliver/connect.test.ts',
      test: 'is kept waiting by nobody: fifty names that name servers are silent about delay no other',
    },
  },
};
