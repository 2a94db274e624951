/** The few calls of the management API that the command line makes. */
import { postJson, request } from './request.ts';

export interface ManagementApi {
  /** Makes a webhook of the URL type and switches it on. */
  registerWebhook(settings: {
    name: string;
    url: string;
    secret: string | null;
    events: 'all' | string[];
  }): Promise<{ id: string; signingSecret: string }>;
  deleteWebhook(id: string): Promise<void>;
}

export function managementApi({ url, key }: { url: string; key: string }): ManagementApi {
  const headers = { authorization: `Bearer ${key}` };
  const webhooks = `${url}/api/v1/webhooks`;
  return {
    async registerWebhook(settings) {
      const made = await postJson(webhooks, { ...settings, type: 'url' }, headers);
      const { id, signingSecret } = made;
      if (typeof id !== 'string' || typeof signingSecret !== 'string') {
        throw new Error(`${webhooks} answered without the id and the signing secret of the new webhook.`);
      }
      await postJson(`${webhooks}/${id}/enable`, {}, headers);
      return { id, signingSecret };
    },
    async deleteWebhook(id) {
      await request(`${webhooks}/${id}`, { method: 'DELETE', headers });
    },
  };
}
