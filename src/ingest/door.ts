/** What every door works with, and the few steps that all of them take. */
import type { Clock } from '../core/clock.ts';
import { BellwireError } from '../core/errors.ts';
import type { EventInput, IngestionWarning } from '../core/event-input.ts';
import type { FeatureFinder } from '../core/feature.ts';
import type { Keyring } from '../http/keys.ts';
import type { RateLimit } from '../http/rate-limit.ts';
import { tooFast } from '../http/rate-limit.ts';
import type { Directory, DirectoryApp, Ledger } from '../ledger/ledger.ts';
import { isRefusal, type Refusal, sizeRefusal } from './refusal.ts';
import { type WarningOrigin, warningOf } from './warning.ts';

export interface DoorParts {
  ledger: Pick<Ledger, 'accept' | 'writeMetadata'>;
  keyring: Keyring<DirectoryApp, Directory['integrationKeys'][number]>;
  clock: Clock;
  featureOf: FeatureFinder;
  /** By app: one that sends too much is turned away without costing the others anything. */
  appRate: RateLimit;
}

/** What came of a request: what the ledger shall keep, and what it shall remember as refused. */
export interface Taken {
  inputs: EventInput[];
  warnings: IngestionWarning[];
}

/** Reads one item after the other; one that is refused becomes a warning and harms none of the others. */
export function takeAll(
  items: readonly unknown[],
  bodyBytes: number,
  origin: WarningOrigin,
  read: (item: unknown) => EventInput | Refusal,
): Taken {
  const taken: Taken = { inputs: [], warnings: [] };
  for (const item of items) {
    const input = sizeRefusal(item, bodyBytes) ?? read(item);
    if (isRefusal(input)) taken.warnings.push(warningOf(input, origin, item));
    else taken.inputs.push(input);
  }
  return taken;
}

/** Resolves when all of it is on disk. */
export async function keep({ inputs, warnings }: Taken, { ledger }: Pick<DoorParts, 'ledger'>): Promise<void> {
  if (inputs.length > 0 || warnings.length > 0) await ledger.accept(inputs, warnings);
}

/** The app whose API key stands in the path. */
export function appOfPath(apiKey: string, { keyring, appRate }: Pick<DoorParts, 'keyring' | 'appRate'>): DirectoryApp {
  const app = keyring.appByApiKey(apiKey);
  if (app === null) {
    const message =
      'The path must end in the API key of an app. It is shown with the app, under Settings > Subscription.';
    throw new BellwireError('unauthorized', message);
  }
  limitApp(app, appRate);
  return app;
}

export function limitApp(app: DirectoryApp, appRate: RateLimit): void {
  const waitSeconds = appRate.waitSeconds(app.id);
  if (waitSeconds > 0) throw tooFast(waitSeconds);
}

export function noBody(body: unknown, wanted: string): BellwireError {
  if (body === undefined) return new BellwireError('invalid_json', `The body is empty; it must be ${wanted}.`);
  return new BellwireError('invalid_body', `The body must be ${wanted}.`);
}

/** The answer of Segment, and of Pendo's Track API as far as its senders look at it. */
export const successBody = '{"success":true}';
