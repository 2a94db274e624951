/**
 * The receiver, in a process of its own: counts the requests, and in latency mode notes when each event arrived. Its CPU
 * share is in the report, because a sink that is busy all the time would be what is measured.
 */
import type { Server } from 'node:net';
import { answerQuestions, notify } from './child.ts';
import { sequenceKey } from './event.ts';
import { createSinkServer } from './http-server.ts';
import { monotonicMs } from './monotonic.ts';

const marker = `"${sequenceKey}":`;
/** The sender hears this often how much has arrived; see `backlogMax` in load.ts. */
const noticeEveryMs = 5;

/** The number of an event, and when it arrived in milliseconds of CLOCK_MONOTONIC. */
export type Arrival = [sequence: number, at: number];

let count = 0;
let bodyBytes = 0;
let arrivals: Arrival[] | null = null;

const server = createSinkServer((bytes, start, end) => {
  count += 1;
  bodyBytes = end - start;
  if (arrivals === null) return;
  const body = bytes.toString('latin1', start, end);
  const at = body.indexOf(marker);
  const sequence = Number.parseInt(body.slice(at + marker.length, at + marker.length + 10), 10);
  arrivals.push([sequence, monotonicMs()]);
});

let told = 0;
setInterval(() => {
  if (count === told) return;
  told = count;
  notify(count);
}, noticeEveryMs);

const sink = {
  listen(): Promise<number> {
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve(portOf(server)));
    });
  },
  count() {
    return { count, bodyBytes };
  },
  /** From now on remembers when each event arrived. */
  note() {
    arrivals = [];
  },
  /** Every arrival since, with the number of its event. */
  noted(): Arrival[] {
    const noted = arrivals ?? [];
    arrivals = null;
    return noted;
  },
};

export type Sink = typeof sink;
answerQuestions(sink);

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sink does not listen on a port.');
  return address.port;
}
