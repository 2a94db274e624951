/** How it goes with sending to one webhook, for people to see. */
export const healthStates = ['flowing', 'slowed', 'waiting'] as const;
/**
 * `flowing`: as it should. `slowed`: fewer requests at once than a lane begins with, because its receiver is slow or fails
 * or has just come back. `waiting`: its receiver is down, and only a probe goes out now and then.
 */
export type HealthState = (typeof healthStates)[number];

export interface WebhookHealth {
  state: HealthState;
  /** When it came to be in this state. */
  since: number;
  /** Requests that it may have in flight now. */
  width: number;
  inFlightCount: number;
  /** Deliveries that wait in memory; there may be more in the database. */
  queuedCount: number;
  /** Different deliveries that have failed one after the other, in a way that is tried again. */
  failuresInARow: number;
  /** While it waits: when the next probe goes out. Null while one is under way. */
  nextProbeAt: number | null;
  /** The code of the last failure that was to be tried again. It stays when all is well again. */
  lastError: string | null;
}
