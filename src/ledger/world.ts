/**
 * What resolving a batch needs to know and what comes of it, held in memory while a transaction is open: the visitors,
 * accounts and aliases that the batch names, loaded at its start; and everything that is to be written at its end.
 */
import type { Event } from '../core/event.ts';
import type { EventInput, IngestionWarning } from '../core/event-input.ts';
import type { ExclusionSubject } from '../core/exclusion.ts';
import { anonymousVisitorId } from '../core/visitor-id.ts';
import type { Effects, WorldWrites } from '../store/journal.ts';

export interface World extends WorldWrites {
  /** From an anonymous visitor's id to the named one's. */
  aliases: Map<string, string>;
  isExcluded: (subject: ExclusionSubject) => boolean;
  /** Events in the order in which they were found out. */
  happened: Event[];
  now: number;
  newId: (now: number) => string;
}

export function emptyEffects(): Effects {
  const seen = { visitors: new Map<string, number>(), accounts: new Map<string, number>() };
  return { aliases: [], events: [], deliveries: [], bodies: [], warnings: [], seen };
}

/** The ids that a batch names, so that they can be loaded in one go. */
export function idsNamedBy(
  inputs: readonly EventInput[],
  warnings: readonly IngestionWarning[],
): { visitors: Set<string>; accounts: Set<string> } {
  const visitors = new Set<string>();
  const accounts = new Set<string>();
  for (const { visitorIds = [] } of warnings) for (const id of visitorIds) visitors.add(id);
  for (const input of inputs) {
    visitors.add(input.visitorId);
    if (input.anonymousId !== null) visitors.add(input.anonymousId);
    // It may be a name, or the id of somebody who has none yet: who is known decides.
    if (input.act.kind === 'alias') visitors.add(input.act.previousId).add(anonymousVisitorId(input.act.previousId));
    if (input.accountId !== null) accounts.add(input.accountId);
    // An identify without an account ties its visitor to the empty one.
    else if (input.act.kind === 'identify') accounts.add('');
  }
  return { visitors, accounts };
}
