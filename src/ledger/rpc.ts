/**
 * Calls from one thread to another, typed as if there were none between. What is said in one tick crosses in one message,
 * because a message costs more than what is in it; but no more than `messageCallsMax` wait for the others, so that of a
 * flood the other thread has the first part in hand while this one is still reading the rest.
 */
import type { MessagePort } from 'node:worker_threads';
import { BellwireError, type ErrorCode } from '../core/errors.ts';

/** Something with methods that answer later, or not at all. */
type Methods = object;

interface Call {
  id: number;
  method: string;
  args: unknown[];
}
type Answer = { id: number; value: unknown } | { id: number; error: SentError };
interface SentError {
  code: ErrorCode | null;
  message: string;
  field: string | undefined;
  retryAfterSeconds: number | undefined;
}

/**
 * Measured with 64 senders of one event each: a quarter more events a second than with no bound, because else all of
 * them wait for one thread, then for the other, and the two never work at the same time. With 4 it is the same.
 */
export const messageCallsMax = 16;

type Port = Pick<MessagePort, 'postMessage' | 'on'>;

/** Lets the other thread call these methods. */
export function serveCalls(port: Port, methods: Methods): void {
  const post = gathering<Answer>((answers) => port.postMessage(answers));
  port.on('message', (calls: Call[]) => {
    for (const call of calls) {
      const method = (methods as Record<string, (...args: unknown[]) => unknown>)[call.method];
      void Promise.resolve(method?.apply(methods, call.args)).then(
        (value) => call.id > 0 && post({ id: call.id, value }),
        (error: unknown) => call.id > 0 && post({ id: call.id, error: toSent(error) }),
      );
    }
  });
}

/** An object whose every method is a call to the other thread. */
export function callerOf<Remote extends Methods>(port: Port): Remote {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  const post = gathering<Call>((calls) => port.postMessage(calls));
  let lastId = 0;

  port.on('message', (answers: Answer[]) => {
    for (const answer of answers) {
      const call = waiting.get(answer.id);
      waiting.delete(answer.id);
      if ('error' in answer) call?.reject(fromSent(answer.error));
      else call?.resolve(answer.value);
    }
  });

  const known = new Map<string, (...args: unknown[]) => Promise<unknown>>();
  return new Proxy({} as Remote, {
    get(_, name) {
      // A caller that is awaited must not look like a promise.
      if (typeof name !== 'string' || name === 'then') return undefined;
      let method = known.get(name);
      if (method === undefined) {
        method = (...args) =>
          new Promise((resolve, reject) => {
            lastId += 1;
            waiting.set(lastId, { resolve, reject });
            post({ id: lastId, method: name, args });
          });
        known.set(name, method);
      }
      return method;
    },
  });
}

/** Tells the other thread without waiting for an answer; each method of the result posts and returns at once. */
export function tellerOf<Remote extends Methods>(port: Port): Remote {
  const post = gathering<Call>((calls) => port.postMessage(calls));
  return new Proxy({} as Remote, {
    get: (_, name) =>
      typeof name === 'string' ? (...args: unknown[]) => post({ id: 0, method: name, args }) : undefined,
  });
}

function gathering<Item>(send: (items: Item[]) => void): (item: Item) => void {
  let gathered: Item[] = [];
  let isScheduled = false;
  const sendAll = (): void => {
    const items = gathered;
    gathered = [];
    send(items);
  };
  return (item) => {
    gathered.push(item);
    if (gathered.length >= messageCallsMax) return sendAll();
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      if (gathered.length > 0) sendAll();
    });
  };
}

function toSent(error: unknown): SentError {
  const known = error instanceof BellwireError ? error : null;
  return {
    code: known?.code ?? null,
    message: error instanceof Error ? error.message : String(error),
    field: known?.field,
    retryAfterSeconds: known?.retryAfterSeconds,
  };
}

function fromSent({ code, message, field, retryAfterSeconds }: SentError): Error {
  if (code === null) return new Error(message);
  return new BellwireError(code, message, {
    ...(field === undefined ? {} : { field }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
}
