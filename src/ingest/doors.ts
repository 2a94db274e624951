/** All the ways by which events and metadata come in. Each file beside this one is a door, or what several share. */
import type { FastifyInstance } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import { createKeyring } from '../http/keys.ts';
import type { Log } from '../http/log.ts';
import { createRateLimit } from '../http/rate-limit.ts';
import type { Directory, Ledger } from '../ledger/ledger.ts';
import { addAgentDoor } from './agent.ts';
import { addMetadataDoor } from './metadata.ts';
import { addSegmentDoor } from './segment.ts';
import { addSegmentWebhookDoor } from './segment-webhook.ts';
import { addTrackDoor } from './track.ts';

export interface DoorsConfig {
  /** Requests per second and app; the default is in limits.ts. */
  ratePerSecond?: number;
}

export interface DoorsDeps {
  ledger: Pick<Ledger, 'accept' | 'writeMetadata'>;
  directory: () => Directory;
  clock: Clock;
  log: Log;
}

export function registerDoors(server: FastifyInstance, config: DoorsConfig, deps: DoorsDeps): void {
  const { ledger, directory, clock, log } = deps;
  const perSecond = config.ratePerSecond ?? limits.ingestRatePerSecond;
  const appRate = createRateLimit({ perSecond, namesMax: limits.rateLimitKeysMax }, clock);
  const parts = { ledger, keyring: createKeyring(directory), clock, log, appRate };
  addSegmentDoor(server, parts);
  addSegmentWebhookDoor(server, parts);
  addTrackDoor(server, parts);
  addAgentDoor(server, parts);
  addMetadataDoor(server, parts);
}
