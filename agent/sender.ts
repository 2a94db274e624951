/**
 * Brings what waits in the queue to the server: in batches, one at a time and by one tab at a time, and again after a while
 * when that fails. Whoever asks for too much of a server that is in trouble makes it worse, so waits grow to a minute, differ
 * from page to page, and obey Retry-After. Where nothing at all ever comes through, something on the way does not want it, an
 * ad blocker mostly: then the page stops trying.
 *
 *   2xx             the items are done with, also those that were refused: they never will be taken
 *   429, 408, 5xx   later
 *   no answer       later; after twelve times in a row on a page that never had one, when the page is looked at again
 *   401, 403, 404   the key or the address is wrong: not any more on this page, and the items wait for a better one
 *   413             the same in halves
 *   any other       the items are dropped
 */
import { after, cancel, now } from './browser.ts';
import type { Queue } from './queue.ts';
import { say } from './safely.ts';
import { version } from './version.ts';

export interface Sender {
  /** Sends soon, together with what else happens until then; `isHopeful`: something has changed, so trying again makes sense. */
  soon(isHopeful?: boolean): void;
  /** Sends now; resolves when nothing waits any more, or it has to wait. */
  flush(): Promise<void>;
  /** The page goes away: what it has is sent in a way that outlives it. */
  leave(): void;
  stop(): void;
}

export interface SenderConfig {
  url: string;
  /** Under which the tabs agree on who of them sends. */
  lockName: string;
}

export type SenderNews = (what: 'sent' | 'failed', detail: unknown) => void;

const soonMs = 1000;
const firstWaitMs = 1000;
const longestWaitMs = 60_000;
const unansweredMax = 12;
const answerTimeoutMs = 30_000;
const batchItemsMax = 100;
const batchCharsMax = 40_000;
/** Browsers allow 64 KB under way for pages that have gone, and a character can have three bytes. */
const leavingCharsMax = 20_000;

export function createSender({ url, lockName }: SenderConfig, queue: Queue, onNews: SenderNews): Sender {
  let timer = 0;
  let timerAt = Infinity;
  let underWay: Promise<void> | null = null;
  let isOver = false;
  let failures = 0;
  let retryAt = 0;
  /** Whether this page ever had an answer. */
  let isReached = false;
  let itemsMax = batchItemsMax;

  function wake(delayMs: number): void {
    const at = now() + delayMs;
    if (isOver || timerAt <= at || delayMs === Infinity) return;
    cancel(timer);
    timerAt = at;
    timer = after(delayMs, () => {
      timerAt = Infinity;
      void flush();
    });
  }

  /** What is added while it goes on is sent with it. */
  function flush(): Promise<void> {
    underWay ??= run().finally(() => {
      underWay = null;
    });
    return underWay;
  }

  async function run(): Promise<void> {
    try {
      // When there is a network again, somebody says so.
      if (!isOver && !isOffline()) await alone(lockName, drain, () => wake(2 * soonMs));
    } catch (error) {
      say('Could not be sent:', error);
    }
  }

  /** Until nothing waits, or it has to be tried later. */
  async function drain(): Promise<void> {
    for (;;) {
      const batch = queue.take(batchCharsMax, itemsMax);
      if (batch.keys.length === 0 || isOver) return;
      const response = await post(url, bodyOf(batch.text));
      const waitMs = settle(response, batch.keys);
      retryAt = now() + waitMs;
      if (waitMs > 0) return wake(waitMs);
    }
  }

  /** How long to wait before the next request. */
  function settle(response: Response | null, keys: readonly string[]): number {
    const status = response?.status ?? 0;
    isReached ||= status > 0;
    if (status >= 200 && status < 300) {
      failures = 0;
      itemsMax = batchItemsMax;
      queue.remove(keys);
      onNews('sent', response);
      return 0;
    }
    onNews('failed', status);
    failures += 1;
    if (status >= 401 && status <= 404) {
      isOver = true;
      say(`The server answers ${status}: the API key or the address is wrong.`);
    }
    if (!isReached && failures >= unansweredMax) {
      say('Nothing comes through to the server: an ad blocker?');
      return Infinity;
    }
    const isLater = status === 0 || status === 408 || status === 429 || status >= 500;
    if (!isLater && status === 413 && keys.length > 1) itemsMax = keys.length >> 1;
    else if (!isLater && !isOver) queue.remove(keys);
    const askedMs = Number(response?.headers.get('retry-after')) * 1000 || 0;
    const waitMs = isLater ? Math.min(firstWaitMs * 2 ** (failures - 1), longestWaitMs) : 0;
    return Math.max(askedMs, waitMs) * (1 + Math.random() / 2);
  }

  return {
    soon(isHopeful = false) {
      if (isHopeful && retryAt === Infinity) retryAt = 0;
      // While the server is in trouble, the time that was set for it stands.
      wake(Math.max(soonMs, retryAt - now()));
    },
    flush,
    leave() {
      if (isOver || isOffline()) return;
      const { keys, text } = queue.take(leavingCharsMax, batchItemsMax);
      if (keys.length === 0) return;
      queue.mark(keys);
      const body = bodyOf(text);
      // The answer is heard when the page was only hidden.
      if ('keepalive' in Request.prototype)
        void ask(url, body, { keepalive: true }).then(
          (response) => response.ok && queue.remove(keys),
          () => {},
        );
      else navigator.sendBeacon(url, body);
    },
    stop() {
      isOver = true;
      cancel(timer);
    },
  };
}

function isOffline(): boolean {
  return !navigator.onLine;
}

function bodyOf(events: string): string {
  return `{"agentVersion":"${version}","sentAt":${now()},"events":[${events}]}`;
}

/** Null when there was no answer. */
async function post(url: string, text: string): Promise<Response | null> {
  const abort = new AbortController();
  const timer = after(answerTimeoutMs, () => abort.abort());
  try {
    return await ask(url, await packed(text), { signal: abort.signal });
  } catch {
    return null;
  } finally {
    cancel(timer);
  }
}

/** As text/plain, which needs no preflight. */
function ask(url: string, body: BodyInit, more: RequestInit): Promise<Response> {
  const headers = { 'content-type': 'text/plain' };
  return fetch(url, { method: 'POST', body, headers, credentials: 'omit', ...more });
}

/** The server sees by its first bytes that it is gzip: a header that says so would need a preflight. */
async function packed(text: string): Promise<BodyInit> {
  if (text.length < 1000 || typeof CompressionStream !== 'function') return text;
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'))).arrayBuffer();
}

/** Does it while no other tab does; where browsers have no locks, two may send the same, which the server then knows. */
async function alone(name: string, act: () => Promise<void>, busy: () => void): Promise<void> {
  const { locks } = navigator;
  if (locks === undefined) return act();
  await locks.request(name, { ifAvailable: true }, (lock) => (lock === null ? busy() : act()));
}
