/** The few calls of the management API that the torture makes. */
import { keys } from './server.ts';

export function apiOf(port: number) {
  return async (path: string, body: object): Promise<{ id: string; signingSecret: string }> => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.integrationKey}` },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as { id: string; signingSecret: string };
  };
}
