/**
 * What deliveries were made of an event, in its own row: `wh_1/pendo/1,wh_2/segment/1`, each with the format and the
 * revision of its body. It is committed with the event, so the deliveries themselves may be written a moment later.
 */
import type { BodyFormat } from '../core/webhook.ts';

export interface Route {
  webhookId: string;
  format: BodyFormat;
  revision: number;
}

/** How bodies are written today. A later way of writing them is a new revision; what was stored keeps its own. */
export const bodyRevision = 1;

export function routesText(routes: readonly Pick<Route, 'webhookId' | 'format'>[]): string {
  return routes.map(({ webhookId, format }) => `${webhookId}/${format}/${bodyRevision}`).join(',');
}

export function routesIn(text: string | null): Route[] {
  if (text === null || text === '') return [];
  return text.split(',').map((one) => {
    const [webhookId = '', format = '', revision = ''] = one.split('/');
    return { webhookId, format: format as BodyFormat, revision: Number(revision) };
  });
}
