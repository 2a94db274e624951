/**
 * The sender, in a process of its own: track calls to Bellwire's Segment doors, one by one or in batches of 100, either as
 * many as it takes (`saturate`) or so many in a second (`pace`).
 */
import { answerQuestions } from './child.ts';
import { batchOf, trackCall } from './event.ts';
import { type HttpClient, openHttpClient, requestText } from './http-client.ts';
import { monotonicMs } from './monotonic.ts';

/** By sequence number, in milliseconds of the clock that the sink uses too. */
export interface PaceReport {
  sentAt: Map<number, number>;
  acceptedAt: Map<number, number>;
}

/**
 * While saturating, the sender holds back when this many deliveries are under way, or up to four times as many when an
 * event has several. Taking an event in
 * costs less than sending it on, so without this the backlog would grow all the time, and the figure would be that of a
 * server that mostly takes in.
 */
const backlogMax = 2000;
/** Pacing looks this often at what is due. */
const paceTickMs = 1;

/** To each server that is sent to. */
let clients: HttpClient[] = [];
let turn = 0;
let headers: Record<string, string> = {};
let run = '';
let sequence = 0;
let received = 0;
let receivedMark = 0;
/** Deliveries of an event. */
let fanOut = 1;
let stopping = true;
let inFlight = 0;
let wake: () => void = () => {};

const load = {
  /** Connects to one server, or to several that are sent to by turns; `connections` are divided among them. */
  async open(ports: readonly number[], apiKey: string, runName: string, connections: number) {
    for (const client of clients) client.close();
    clients = await Promise.all(ports.map((port) => openHttpClient(port, connections / ports.length)));
    const credentials = Buffer.from(`${apiKey}:`).toString('base64');
    headers = { authorization: `Basic ${credentials}`, 'content-type': 'application/json' };
    run = runName;
  },
  /** Sends as much as the server takes, until `stop`. All that was sent before must have arrived. */
  saturate(batchSize: number, requestsInFlight: number, deliveriesOfEvent: number) {
    stopping = false;
    fanOut = deliveriesOfEvent;
    receivedMark = received - sequence * fanOut;
    wake = () => fill(batchSize, requestsInFlight);
    wake();
  },
  /** How many events have been sent, all of them accepted. */
  async stop(): Promise<number> {
    stopping = true;
    if (inFlight > 0) await new Promise<void>((resolve) => (wake = resolve));
    return sequence;
  },
  /** How many requests the sink has had in all. */
  received(count: number) {
    received = count;
    if (!stopping) wake();
  },
  pace,
};

export type Load = typeof load;
answerQuestions(load);

/** Keeps as many requests in flight as it may. */
function fill(batchSize: number, requestsInFlight: number): void {
  if (stopping) return;
  while (
    inFlight < requestsInFlight &&
    sequence * fanOut - (received - receivedMark) < backlogMax * Math.min(fanOut, 4)
  ) {
    const first = sequence;
    sequence += batchSize;
    inFlight += 1;
    opened().post(requestOf(first, batchSize), (status) => {
      inFlight -= 1;
      insistOnSuccess(status);
      if (!stopping || inFlight === 0) wake();
    });
  }
}

/** Sends at a steady rate whatever becomes of it, so that a slow answer cannot slow down the questions. */
function pace(ratePerSecond: number, seconds: number): Promise<PaceReport> {
  const report: PaceReport = { sentAt: new Map(), acceptedAt: new Map() };
  const total = ratePerSecond * seconds;
  const first = sequence;
  sequence += total;
  const startedAt = monotonicMs();
  let sent = 0;
  return new Promise((resolve) => {
    const tick = () => {
      const due = Math.min(total, Math.floor(((monotonicMs() - startedAt) * ratePerSecond) / 1000));
      for (; sent < due; sent += 1) {
        const number = first + sent;
        const request = requestOf(number, 1);
        report.sentAt.set(number, monotonicMs());
        opened().post(request, (status) => {
          insistOnSuccess(status);
          report.acceptedAt.set(number, monotonicMs());
          if (report.acceptedAt.size === total) resolve(report);
        });
      }
      if (sent < total) setTimeout(tick, paceTickMs);
    };
    tick();
  });
}

function requestOf(first: number, batchSize: number): string {
  return batchSize === 1
    ? requestText('/v1/track', headers, trackCall(first, run))
    : requestText('/v1/batch', headers, batchOf(first, batchSize, run));
}

function insistOnSuccess(status: number): void {
  if (status !== 200)
    throw new Error(`The server answered ${status} instead of 200: what was measured would mean nothing.`);
}

function opened(): HttpClient {
  const client = clients[turn % clients.length];
  turn += 1;
  if (client === undefined) throw new Error('`open` comes first.');
  return client;
}
