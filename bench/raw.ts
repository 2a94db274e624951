/**
 * What the pipeline is compared with: undici's `dispatch`, its fastest way to send, with one HMAC-SHA256 for each body and
 * nothing else at all: no door, no identity, no database, no second signature, no address check, no attempt log.
 */
import { createHmac, createSecretKey } from 'node:crypto';
import { type Dispatcher, Pool } from 'undici';
import { answerQuestions } from './child.ts';

let pool: Pool | null = null;
let stopping = false;
let inFlight = 0;
let onIdle: () => void = () => {};

const raw = {
  start(port: number, sockets: number, bodyBytes: number) {
    stopping = false;
    pool ??= new Pool(`http://127.0.0.1:${port}`, { connections: sockets, pipelining: 1 });
    const body = Buffer.from(`{"raw":"${'x'.repeat(bodyBytes - '{"raw":""}'.length)}"}`);
    for (let index = 0; index < sockets; index += 1) sendForever(pool, body);
  },
  async stop() {
    stopping = true;
    if (inFlight > 0) await new Promise<void>((resolve) => (onIdle = resolve));
  },
};

export type Raw = typeof raw;
answerQuestions(raw);

const key = createSecretKey(Buffer.from('a secret of the bench, long enough'));

function sendForever(pool: Pool, body: Buffer): void {
  inFlight += 1;
  pool.dispatch(
    {
      path: '/hook',
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Bellwire/bench',
        'x-pendo-signature': createHmac('sha256', key).update(body).digest('hex'),
      },
      body,
    },
    new Answer(() => {
      inFlight -= 1;
      if (!stopping) sendForever(pool, body);
      else if (inFlight === 0) onIdle();
    }),
  );
}

class Answer implements Dispatcher.DispatchHandler {
  readonly #onEnd: () => void;
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }
  onRequestStart() {}
  onResponseStart() {}
  onResponseData() {}
  onResponseEnd() {
    this.#onEnd();
  }
  onResponseError(_controller: unknown, error: Error) {
    throw error;
  }
}
