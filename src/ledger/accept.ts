/**
 * One transaction for everything that came in since the last one: drop what is known by its messageId, resolve who did it,
 * fan out to the webhooks that want it, write. The caller commits and syncs, and only then are the senders answered.
 */
import type { EventInput, IngestionWarning } from '../core/event-input.ts';
import type { Effects, Journal } from '../store/journal.ts';
import { type FanOutContext, fanOut } from './fan-out.ts';
import type { AcceptResult } from './ledger.ts';
import { resolve } from './resolve.ts';
import { emptyEffects, idsNamedBy, type World } from './world.ts';

export interface AcceptContext extends FanOutContext {
  journal: Journal;
  isExcluded: World['isExcluded'];
  now: number;
  newId: World['newId'];
}

/** Takes a batch in. Results are in the order of the inputs; the effects say which deliveries there are to send. */
export async function accept(
  inputs: readonly EventInput[],
  warnings: readonly IngestionWarning[],
  context: AcceptContext,
): Promise<{ results: AcceptResult[]; effects: Effects }> {
  const { journal } = context;
  const fresh = await journal.freshMessages(inputs);
  const world = await loadWorld(inputs, context);
  world.effects.warnings.push(...warnings);

  const results = inputs.map((input, index): AcceptResult => {
    return fresh[index] === false ? { kind: 'duplicate' } : resolve(input, world);
  });
  // What was refused can be mended and sent again, under the id that it has.
  const refused = inputs.filter((_, index) => results[index]?.kind === 'refused');
  if (refused.length > 0) await journal.forgetMessages(refused);
  for (const event of world.happened) fanOut(event, context, world.effects);

  await journal.writeWorld(world);
  return { results, effects: world.effects };
}

async function loadWorld(inputs: readonly EventInput[], context: AcceptContext): Promise<World> {
  const { journal, isExcluded, now, newId } = context;
  const named = idsNamedBy(inputs);
  const aliases = await journal.aliases(named.visitors);
  for (const id of aliases.values()) named.visitors.add(id);
  return {
    visitors: await journal.visitors(named.visitors),
    accounts: await journal.accounts(named.accounts),
    aliases,
    isExcluded,
    happened: [],
    now,
    newId,
    effects: emptyEffects(),
  };
}
