/**
 * One transaction for everything that came in since the last one: drop what is known by its messageId, resolve who did it,
 * fan out to the webhooks that want it, write. The caller commits and syncs, and only then are the senders answered.
 */
import { allOf } from '../core/all-of.ts';
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
  // Asked together, as over a network each question that waits for another's answer costs as much as what it asks.
  const [fresh, world] = await allOf([journal.freshMessages(inputs), loadWorld(inputs, warnings, context)]);
  /** Of each message that was refused, the input that it came with last: it can be mended and sent again, under the id that it has. */
  const refused = new Map<string, EventInput>();
  const results = inputs.map((input, index): AcceptResult => {
    const isFresh = fresh[index] !== false || (refused.size > 0 && refused.delete(messageKey(input)));
    const result: AcceptResult = isFresh ? resolve(input, world) : { kind: 'duplicate' };
    if (result.kind === 'refused') refused.set(messageKey(input), input);
    return result;
  });
  if (refused.size > 0) await journal.forgetMessages([...refused.values()]);
  world.effects.warnings.unshift(...warnings.map((warning) => discreet(warning, world)));
  for (const event of world.happened) fanOut(event, context, world.effects);

  await journal.writeWorld(world);
  return { results, effects: world.effects };
}

function messageKey({ appId, messageId }: EventInput): string {
  return `${appId} ${messageId ?? ''}`;
}

/** Of somebody who must not be processed a warning keeps that something was wrong, and nothing of what was sent. */
function discreet(warning: IngestionWarning, { visitors, aliases }: World): IngestionWarning {
  const { visitorIds = [] } = warning;
  const isMarked = (id: string): boolean => visitors.get(id)?.doNotProcess === true;
  if (!visitorIds.some((id) => isMarked(id) || isMarked(aliases.get(id) ?? id))) return warning;
  return { ...warning, messageId: null, sample: '"(not kept, because its visitor must not be processed)"' };
}

async function loadWorld(
  inputs: readonly EventInput[],
  warnings: readonly IngestionWarning[],
  context: AcceptContext,
): Promise<World> {
  const { journal, isExcluded, now, newId } = context;
  const named = idsNamedBy(inputs, warnings);
  const aliases = await journal.aliases(named.visitors);
  for (const id of aliases.values()) named.visitors.add(id);
  const { visitors, accounts } = await journal.people(named);
  return {
    visitors,
    accounts,
    aliases,
    isExcluded,
    happened: [],
    now,
    newId,
    effects: emptyEffects(),
  };
}
