/**
 * One group commit: everything that arrived and every attempt that was reported since the last one. When an input makes it
 * throw, and it isn't the storage's fault, the group is taken apart and each input tried alone, so that a poisonous one
 * harms nobody but itself.
 */
import type { AttemptReport, Claim } from '../core/delivery.ts';
import type { EventInput, IngestionWarning } from '../core/event-input.ts';
import type { BodyFormat } from '../core/webhook.ts';
import type { Effects } from '../store/journal.ts';
import { type AcceptContext, accept } from './accept.ts';
import type { FreshClaims } from './claim.ts';
import type { AcceptResult } from './ledger.ts';

export interface Arrival {
  inputs: EventInput[];
  warnings: IngestionWarning[];
}

export interface Committed {
  /** For each arrival, in order. */
  results: AcceptResult[][];
  effects: Effects[];
  /** Records that could not be kept on their own account, and why. */
  unkept: { record: AttemptReport; error: unknown }[];
  /** Why inputs were refused that made accepting throw, or warnings not kept. */
  poison: unknown[];
}

export interface CommitContext extends AcceptContext {
  claims: FreshClaims;
  isStorageError: (error: unknown) => boolean;
}

/** Commits and syncs; rejects only when the storage cannot, and then nothing was kept. */
export async function commit(
  arrivals: readonly Arrival[],
  records: readonly AttemptReport[],
  context: CommitContext,
): Promise<Committed> {
  try {
    return await together(arrivals, records, context);
  } catch (error) {
    if (context.isStorageError(error)) throw error;
    return await apart(arrivals, records, context);
  }
}

async function together(
  arrivals: readonly Arrival[],
  records: readonly AttemptReport[],
  context: CommitContext,
): Promise<Committed> {
  const inputs = arrivals.flatMap((arrival) => arrival.inputs);
  const warnings = arrivals.flatMap((arrival) => arrival.warnings);
  const { journal, claims } = context;
  claims.begin();
  const work = async () => {
    claims.undo();
    await journal.record(records, context.now);
    return inputs.length === 0 && warnings.length === 0 ? null : accept(inputs, warnings, context);
  };
  const accepted = await journal.transaction(work).catch((error: unknown) => {
    claims.undo();
    throw error;
  });
  if (accepted === null) return { results: [], effects: [], unkept: [], poison: [] };
  let at = 0;
  const results = arrivals.map((arrival) => accepted.results.slice(at, (at += arrival.inputs.length)));
  return { results, effects: [accepted.effects], unkept: [], poison: [] };
}

async function apart(
  arrivals: readonly Arrival[],
  records: readonly AttemptReport[],
  context: CommitContext,
): Promise<Committed> {
  const committed: Committed = { results: [], effects: [], unkept: [], poison: [] };
  for (const record of records) {
    try {
      await together([], [record], context);
    } catch (error) {
      if (context.isStorageError(error)) throw error;
      committed.unkept.push({ record, error });
    }
  }
  for (const { inputs, warnings } of arrivals) {
    const results: AcceptResult[] = [];
    for (const warning of warnings) await warn(warning, context, committed);
    for (const input of inputs) results.push(await alone(input, context, committed));
    committed.results.push(results);
  }
  return committed;
}

async function alone(input: EventInput, context: CommitContext, committed: Committed): Promise<AcceptResult> {
  try {
    const { results, effects } = await together([{ inputs: [input], warnings: [] }], [], context);
    committed.effects.push(...effects);
    return results[0]?.[0] ?? { kind: 'duplicate' };
  } catch (error) {
    if (context.isStorageError(error)) throw error;
    committed.poison.push(error);
    const reason = 'internal';
    const message =
      'This event could not be kept because of a fault of ours. The others that came with it are unharmed.';
    await warn({ ...warningOf(input), reason, message }, context, committed);
    return { kind: 'refused', reason, message };
  }
}

/** A warning that cannot be kept is one for the log alone: it must not take along what came beside it. */
async function warn(warning: IngestionWarning, context: CommitContext, committed: Committed): Promise<void> {
  try {
    const { effects } = await together([{ inputs: [], warnings: [warning] }], [], context);
    committed.effects.push(...effects);
  } catch (error) {
    if (context.isStorageError(error)) throw error;
    committed.poison.push(error);
  }
}

function warningOf({ appId, door, messageId, receivedAt }: EventInput): Omit<IngestionWarning, 'reason' | 'message'> {
  return { appId, door, messageId, receivedAt, field: '', sample: '' };
}

/** The claims of what has just been committed, with their bodies at hand. */
export function freshClaims(effects: Effects): Claim[] {
  const bodies: Record<BodyFormat, Map<string, string>> = {
    pendo: new Map(effects.events.map(({ event, body }) => [event.id, body])),
    segment: new Map(effects.bodies.map(({ eventId, text }) => [eventId, text])),
  };
  const claims: Claim[] = [];
  for (const delivery of effects.deliveries) {
    const { eventId, webhookId, format, claimed } = delivery;
    if (!claimed) continue;
    claims.push({ eventId, webhookId, triesUsed: 0, body: bodies[format].get(eventId) ?? '' });
  }
  return claims;
}
