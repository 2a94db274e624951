/** The few calls of the management API that the torture makes. */
import type { TortureReceiver } from './receiver.ts';
import { keys } from './server.ts';

/** Makes these webhooks to the receiver, by the server at this port, and switches them on. */
export async function makeWebhooks(names: readonly string[], port: number, receiver: TortureReceiver): Promise<void> {
  const api = apiOf(port);
  for (const name of names) {
    const secret = `secret of ${name}`;
    const { id, signingSecret } = await api('/webhooks', {
      name,
      url: `http://127.0.0.1:${receiver.port}/${name}`,
      secret,
      retryDelaysSeconds: Array.from({ length: 20 }, () => 0.1),
    });
    receiver.expect(name, { secret, signingSecret });
    await api(`/webhooks/${id}/enable`, {});
  }
}

/** How it goes with sending, as the node at this port has seen it. */
export async function healthsOf(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/webhooks`, {
    headers: { authorization: `Bearer ${keys.integrationKey}` },
  });
  const { items } = (await response.json()) as { items: { id: string; name: string; health: object }[] };
  return items.map(({ id, name, health }) => `${name} ${id} ${JSON.stringify(health)}`).join(' ');
}

function apiOf(port: number) {
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
