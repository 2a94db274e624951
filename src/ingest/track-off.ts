/** What the doors that answer 200 say of a Track Event when its app has them switched off. */
import { type Refusal, refusal } from './refusal.ts';

export const trackOff: Refusal = refusal(
  'track_off',
  '',
  'Track Events are switched off for this app. Switch them on with its setting "Track Events" (trackEnabled).',
);
