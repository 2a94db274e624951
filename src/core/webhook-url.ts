/**
 * Where a webhook posts to. For the URL type that is what was typed in; for the Segment type it follows from its region, or
 * is the address that the operator has put in the place of Segment's. It is worked out whenever it is needed and stored
 * nowhere, so that a change of that setting holds for all webhooks from the next start on.
 */
import type { SegmentRegion, WebhookType } from './webhook.ts';

export function webhookUrl(
  webhook: { type: WebhookType; url: string | null; region: SegmentRegion | null },
  segmentApiUrl: string | null,
): string {
  const { type, url, region } = webhook;
  return type === 'segment' ? `${segmentApiUrl ?? hosts[region ?? 'us']}/v1/track` : (url ?? '');
}

const hosts: Readonly<Record<SegmentRegion, string>> = {
  us: 'https://api.segment.io',
  eu: 'https://events.eu1.segmentapis.com',
};
