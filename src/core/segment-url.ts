import type { SegmentRegion } from './webhook.ts';

/** Where the Segment type posts to: its region's tracking API, or the one that the operator has put in its place. */
export function segmentTrackUrl(region: SegmentRegion | null, segmentApiUrl: string | null): string {
  return `${segmentApiUrl ?? hosts[region ?? 'us']}/v1/track`;
}

const hosts: Readonly<Record<SegmentRegion, string>> = {
  us: 'https://api.segment.io',
  eu: 'https://events.eu1.segmentapis.com',
};
