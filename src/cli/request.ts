/**
 * One HTTP request of the command line to a server. What goes wrong comes back as a `Mishap`: a sentence that says how to
 * mend it, fit to be the last line that a person sees.
 */
import { printable } from './terminal.ts';

/** Something that the person at the keyboard can mend; shown without a stack. */
export class Mishap extends Error {}

export interface RequestSettings {
  method: string;
  /** Where the key among the headers, or in the path, was taken from: whoever hears that it is wrong has to know which it is. */
  keyFrom?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
}

/** The server's answer as an object; empty when it has no body or none that is JSON. */
export async function request(url: string, settings: RequestSettings): Promise<Record<string, unknown>> {
  const response = await reach(url, settings);
  const answer = objectIn(await response.text());
  if (response.ok) return answer;
  throw new Mishap(explain(response.status, url, answer, settings.keyFrom));
}

export function postJson(
  url: string,
  body: object,
  { headers = {}, ...rest }: Pick<RequestSettings, 'headers' | 'keyFrom'> = {},
) {
  const settings = { headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
  return request(url, { ...rest, method: 'POST', ...settings });
}

async function reach(url: string, { method, headers, body }: RequestSettings): Promise<Response> {
  try {
    const sent = { method, ...(headers === undefined ? {} : { headers }), ...(body === undefined ? {} : { body }) };
    return await fetch(url, { ...sent, redirect: 'manual', signal: AbortSignal.timeout(answerTimeoutMs) });
  } catch (error) {
    const { origin } = new URL(url);
    if (error instanceof Error && error.name === 'TimeoutError') {
      throw new Mishap(`${origin} did not answer within ${answerTimeoutMs / 1000} seconds.`, { cause: error });
    }
    const message = `No server answers at ${origin}: start one with \`npx bellwire serve\`, or name another with --url.`;
    throw new Mishap(message, { cause: error });
  }
}

const answerTimeoutMs = 30_000;

function explain(status: number, url: string, answer: Record<string, unknown>, keyFrom?: string): string {
  const said = messageIn(answer);
  if (status === 401) {
    const which = keyFrom === undefined ? 'this key' : `the key from ${keyFrom}`;
    return `The server does not know ${which} (${said}). Keys are shown at the first start, and can be fixed with BELLWIRE_API_KEY and BELLWIRE_INTEGRATION_KEY.`;
  }
  if (status === 404 && said === '') return `There is no Bellwire at ${new URL(url).origin}: check --url.`;
  return `The server answered ${status}${said === '' ? '.' : `: ${said}`}`;
}

function messageIn(answer: Record<string, unknown>): string {
  const { error } = answer;
  return typeof error === 'object' && error !== null && 'message' in error ? printable(String(error.message)) : '';
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
