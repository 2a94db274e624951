/** One call of the server's API, by the cookie of whoever is signed in. What went wrong is thrown, in words that can be shown. */
import { setConnected } from './connection.ts';

/** What the API refused, and why. `field` is the path of what is wrong in what was sent; empty when it is no field. */
export class Refused extends Error {
  override name = 'Refused';
  readonly status: number;
  readonly code: string;
  readonly field: string;
  /** Under which the server's log has more; empty for what is not its fault. */
  readonly requestId: string;

  constructor(status: number, { code, message, field = '', requestId = '' }: ErrorAnswer) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
    this.requestId = requestId;
  }
}

/** Nothing came back: the server or the network is away. */
class Unreachable extends Error {
  override name = 'Unreachable';

  constructor() {
    super('The server does not answer. What you have typed is still here; try again in a moment.');
  }
}

interface ErrorAnswer {
  code: string;
  message: string;
  field?: string;
  requestId?: string;
}

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** `path` is below `/api/v1`; what stands in it must have been encoded, as `at` does. Answers null for 204. */
export async function ask<Answer>(
  method: Method,
  path: string,
  { query = {}, body, signal }: { query?: Query; body?: unknown; signal?: AbortSignal | undefined } = {},
): Promise<Answer> {
  const response = await sent(`/api/v1${path}${queryText(query)}`, {
    method,
    // A GET that a browser answers from its cache would show what was.
    cache: 'no-store',
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.status === 204) return null as Answer;
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok) return answer as Answer;
  throw new Refused(response.status, errorIn(answer) ?? proxyError(response.status));
}

/** `at('/webhooks', id, 'enable')`: a path with each part encoded. */
export function at(path: string, ...parts: readonly (string | number)[]): string {
  return [path, ...parts.map((part) => encodeURIComponent(part))].join('/');
}

async function sent(url: string, init: RequestInit): Promise<Response> {
  try {
    const response = await fetch(url, init);
    setConnected(true);
    return response;
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    setConnected(false);
    throw new Unreachable();
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}

function errorIn(answer: unknown): ErrorAnswer | null {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return null;
  return answer.error as ErrorAnswer;
}

/** What stands before the server, such as a load balancer, answers in ways of its own. */
function proxyError(status: number): ErrorAnswer {
  return { code: 'unknown', message: `The server could not be asked: what stands before it answered ${status}.` };
}
