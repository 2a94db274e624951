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
  countReplay(fields: ReplayFields): Promise<ShownCount>;
  startReplay(fields: ReplayFields): Promise<ShownReplay>;
  replay(id: string): Promise<ShownReplay>;
}

/** The body of a replay as the API takes it. */
export type ReplayFields = Readonly<Record<string, string | string[] | boolean>>;

export interface ShownCount {
  words: string;
  matched: number;
  webhooks: { webhookName: string; enabled: boolean; byState: Record<string, number> }[];
}

export interface ShownReplay {
  id: string;
  state: string;
  counts: { matched: number; requeued: number; delivered: number; failed: number; waiting: number };
}

export function managementApi({ url, key }: { url: string; key: string }): ManagementApi {
  const headers = { authorization: `Bearer ${key}` };
  const webhooks = `${url}/api/v1/webhooks`;
  const replays = `${url}/api/v1/replays`;
  return {
    async registerWebhook(settings) {
      const made = await postJson(webhooks, { ...settings, type: 'url' }, { headers });
      const { id, signingSecret } = made;
      if (typeof id !== 'string' || typeof signingSecret !== 'string') {
        throw new Error(`${webhooks} answered without the id and the signing secret of the new webhook.`);
      }
      await postJson(`${webhooks}/${id}/enable`, {}, { headers });
      return { id, signingSecret };
    },
    async deleteWebhook(id) {
      await request(`${webhooks}/${id}`, { method: 'DELETE', headers });
    },
    countReplay: async (fields) => (await postJson(`${replays}/count`, fields, { headers })) as unknown as ShownCount,
    startReplay: async (fields) => (await postJson(replays, fields, { headers })) as unknown as ShownReplay,
    replay: async (id) => (await request(`${replays}/${id}`, { method: 'GET', headers })) as unknown as ShownReplay,
  };
}
