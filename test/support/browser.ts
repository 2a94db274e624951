/** A browser as the API meets it: keeps its cookies, and says which page it asks from. */
import type { FastifyInstance, InjectOptions } from 'fastify';

export interface BrowserAnswer {
  status: number;
  headers: Record<string, unknown>;
  body: Record<string, unknown>;
}

export interface Browser {
  cookies: Map<string, string>;
  /** `path` is below /api/v1; `headers` take the place of its own, and undefined leaves one out. */
  ask(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
    headers?: Record<string, string | undefined>,
  ): Promise<BrowserAnswer>;
}

export function openBrowser(
  server: FastifyInstance,
  { origin = 'http://127.0.0.1:8080', address = '192.0.2.1' }: { origin?: string; address?: string } = {},
): Browser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async ask(method, path, body, over = {}) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const sent = Object.entries({
        host: new URL(origin).host,
        origin,
        'sec-fetch-site': 'same-origin',
        'user-agent': 'Test Browser',
        ...(cookie === '' ? {} : { cookie }),
        ...over,
      }).filter((entry): entry is [string, string] => entry[1] !== undefined);
      const options: InjectOptions = {
        method,
        url: `/api/v1${path}`,
        headers: Object.fromEntries(sent),
        remoteAddress: address,
        ...(body === undefined ? {} : { payload: body }),
      };
      const answer = await server.inject(options);
      for (const set of answer.cookies) {
        if (set.maxAge === 0) cookies.delete(set.name);
        else cookies.set(set.name, set.value);
      }
      const parsed: Record<string, unknown> = answer.payload === '' ? {} : JSON.parse(answer.payload);
      return { status: answer.statusCode, headers: answer.headers, body: parsed };
    },
  };
}
