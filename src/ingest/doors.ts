/** All the ways by which events and metadata come in. Each file beside this one is a door, or what several share. */
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import type { DoorRoute } from '../http/door-routes.ts';
import { createKeyring } from '../http/keys.ts';
import { createRateLimit } from '../http/rate-limit.ts';
import type { Directory, Ledger } from '../ledger/ledger.ts';
import { agentDoor } from './agent.ts';
import { createFeaturesInForce } from './features-in-force.ts';
import { metadataDoors } from './metadata.ts';
import { segmentDoors } from './segment.ts';
import { segmentWebhookDoor } from './segment-webhook.ts';
import { trackDoor } from './track.ts';

export interface DoorsConfig {
  /** Requests per second and app; the default is in limits.ts. */
  ratePerSecond?: number;
}

export interface DoorsDeps {
  ledger: Pick<Ledger, 'accept' | 'writeMetadata'>;
  directory: () => Directory;
  clock: Clock;
}

export function allDoors(config: DoorsConfig, deps: DoorsDeps): DoorRoute[] {
  const { ledger, directory, clock } = deps;
  const perSecond = config.ratePerSecond ?? limits.ingestRatePerSecond;
  const appRate = createRateLimit({ perSecond, namesMax: limits.rateLimitKeysMax }, clock);
  const featureOf = createFeaturesInForce(directory);
  const parts = { ledger, keyring: createKeyring(directory), clock, appRate, featureOf };
  return [
    ...segmentDoors(parts),
    segmentWebhookDoor(parts),
    trackDoor(parts),
    agentDoor(parts),
    ...metadataDoors(parts),
  ];
}
