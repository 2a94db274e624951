/**
 * From a call to what happened: who did it, for which account, and whom we saw for the first time. Pure: it reads and
 * changes only the world that it is given, and that is written, or thrown away whole, with the transaction.
 *
 *   who      an anonymous id that has become a named visitor is that visitor
 *   skip     a visitor marked "do not process" leaves no trace, under its name or before it had one
 *   learn    traits become metadata; when that would grow too large the call is refused, before anything is changed
 *   join     identify and alias tie the anonymous visitor to the named one
 *   tie      the account that the call names becomes the visitor's last one
 *   seen     the first call that names a visitor or account, and is not excluded, makes visitorCreated or accountCreated
 *   happen   an event call becomes an event
 */
import type { KnownAccount } from '../core/account.ts';
import { browserOf, sampleGroupOf } from '../core/browser.ts';
import type { Event, Withheld } from '../core/event.ts';
import type { EventInput, Metadata, MetadataGroup } from '../core/event-input.ts';
import { limits } from '../core/limits.ts';
import { joinMetadata, mergeMetadata } from '../core/metadata.ts';
import type { KnownVisitor } from '../core/visitor.ts';
import { anonymousVisitorId, isAnonymous } from '../core/visitor-id.ts';
import type { AcceptResult } from './ledger.ts';
import type { World } from './world.ts';

/** Works one input into the world. Throws only for a bug; what is wrong with the input is a result. */
export function resolve(input: EventInput, world: World): AcceptResult {
  const { act } = input;
  const visitorId = currentId(input.visitorId, world);
  if (isMarked(visitorId, world)) return { kind: 'not_processed' };
  const formerId = formerIdOf(input, world);
  if (act.kind === 'alias' && formerId === null) return refuseMerge(input, act.previousId, world);
  const known = world.visitors.get(visitorId);
  const visitor = known ?? unknownVisitor(visitorId, world.now);
  const former = formerId === null ? null : formerVisitor(formerId, visitor, known !== undefined, world);
  if (former?.doNotProcess === true) return passOnMark(former, visitor, world);
  const accountId = accountOf(input, visitor, former);
  const named = accountId === null || !namesAccount(input, accountId) ? null : accountBy(accountId, world);
  const excluded = world.isExcluded({ visitorId, accountId: accountId ?? '', host: input.host, ip: input.ip });

  // The one step that can refuse comes before anything is changed, so that nothing of a refused call is kept.
  const tooLarge = learn(input, visitor, named);
  if (tooLarge !== null) return refuseMetadata(input, tooLarge, world);
  world.visitors.set(visitor.id, visitor);
  if (named !== null) world.accounts.set(named.id, named);
  if (former !== null) join(former, visitor, world);
  if (named !== null) tie(visitor, named);
  // Receivers are told of the account that is only remembered, too.
  const account = named ?? (accountId === null ? null : (world.accounts.get(accountId) ?? null));
  if (!excluded) see(input, visitor, account, world);

  if (act.kind !== 'event') return { kind: 'accepted', eventId: null };
  const withheld: Withheld | null =
    act.type === 'click' ? 'kept' : excluded ? 'excluded' : act.agentTooOld ? 'agent_too_old' : null;
  const event = happened(input, visitor, world, {
    type: act.type,
    propertiesJson: act.propertiesJson,
    url: act.url,
    title: act.title,
    agentVersion: act.agentVersion,
    messageId: input.messageId,
    withheld,
  });
  return { kind: 'accepted', eventId: event.id };
}

/** An anonymous visitor that became a named one goes by the name. */
function currentId(id: string, world: World): string {
  return isAnonymous(id) ? (world.aliases.get(id) ?? id) : id;
}

function isMarked(id: string, world: World): boolean {
  return world.visitors.get(id)?.doNotProcess === true;
}

function unknownVisitor(id: string, now: number): KnownVisitor {
  return {
    id,
    accountId: null,
    anonymous: isAnonymous(id),
    doNotProcess: false,
    firstSeenAt: null,
    lastSeenAt: null,
    createdAt: now,
    metadata: '{}',
    version: 0,
    change: 'new',
  };
}

function accountBy(id: string, world: World): KnownAccount {
  const unknown = {
    id,
    firstSeenAt: null,
    lastSeenAt: null,
    createdAt: world.now,
    metadata: '{}',
    version: 0,
    change: 'new' as const,
  };
  return world.accounts.get(id) ?? unknown;
}

/** The id of the anonymous visitor that this call says its named visitor was before. */
function formerIdOf({ act, anonymousId }: EventInput, { visitors, aliases }: World): string | null {
  if (act.kind === 'identify') return anonymousId;
  if (act.kind !== 'alias') return null;
  const { previousId, looksAnonymous } = act;
  const id = anonymousVisitorId(previousId);
  if (isAnonymous(previousId) || visitors.has(id) || aliases.has(id)) return id;
  return looksAnonymous && !visitors.has(previousId) ? id : null;
}

/**
 * The anonymous visitor that is to be joined to the named one. Once tied to somebody it stays: when somebody else signs in on
 * the same browser, what happened before belongs to the first of them.
 */
function formerVisitor(id: string, visitor: KnownVisitor, isKnown: boolean, world: World): KnownVisitor | null {
  if (visitor.anonymous || !isAnonymous(id) || world.aliases.has(id)) return null;
  const former = world.visitors.get(id) ?? unknownVisitor(id, world.now);
  // A name that we know already has a mark of its own, and people share browsers: one who must not be processed does not
  // end the processing of another. Known is also who was made by an earlier call of the same commit.
  return former.doNotProcess && isKnown ? null : former;
}

/** Who must not be processed has got a name: nobody of that name is to be processed either, and nothing else is learned. */
function passOnMark(former: KnownVisitor, visitor: KnownVisitor, world: World): AcceptResult {
  world.visitors.set(visitor.id, { ...visitor, doNotProcess: true });
  world.aliases.set(former.id, visitor.id);
  world.effects.aliases.push({ from: former.id, to: visitor.id, at: world.now });
  return { kind: 'not_processed' };
}

function join(former: KnownVisitor, visitor: KnownVisitor, world: World): void {
  world.aliases.set(former.id, visitor.id);
  world.effects.aliases.push({ from: former.id, to: visitor.id, at: world.now });
  visitor.accountId = tiedAccount(visitor) ?? tiedAccount(former) ?? visitor.accountId ?? former.accountId;
  visitor.metadata = joinMetadata(visitor.metadata, former.metadata);
  mark(visitor);
}

/** The account a call is for: the one it names, else the visitor's last one; an identify without either says "none". */
function accountOf(input: EventInput, visitor: KnownVisitor, former: KnownVisitor | null): string | null {
  const known = tiedAccount(visitor) ?? (former === null ? null : tiedAccount(former));
  return input.accountId ?? known ?? visitor.accountId ?? (input.act.kind === 'identify' ? '' : null);
}

/** The empty account says that none is known, so of two halves of one visitor it gives way to the other's. */
function tiedAccount({ accountId }: KnownVisitor): string | null {
  return accountId === '' ? null : accountId;
}

/**
 * Whether the account is this call's own word, and so becomes the visitor's, or only remembered. Of those that are remembered
 * the world may hold none but what no door has seen yet, so one that it lacks must not be taken for a new one.
 */
function namesAccount(input: EventInput, accountId: string): boolean {
  return input.accountId !== null || (input.act.kind === 'identify' && accountId === '');
}

function tie(visitor: KnownVisitor, account: KnownAccount): void {
  if (visitor.accountId === account.id) return;
  visitor.accountId = account.id;
  mark(visitor);
}

/** Lays the call's metadata over what is known; answers whose has grown too large, if any has, and then keeps nothing. */
function learn(input: EventInput, visitor: KnownVisitor, account: KnownAccount | null): 'visitor' | 'account' | null {
  const { act } = input;
  if (act.kind !== 'identify' && act.kind !== 'group') return null;
  const group = metadataGroupOf(input);
  const visitorMetadata: Metadata = act.kind === 'identify' ? act.visitorMetadata : {};
  const ofVisitor = mergeMetadata(visitor.metadata, group, visitorMetadata);
  if (ofVisitor === null) return 'visitor';
  // The empty account stands for "no account", of which nothing can be known.
  const ofAccount =
    account === null || account.id === '' ? '{}' : mergeMetadata(account.metadata, group, act.accountMetadata);
  if (ofAccount === null) return 'account';
  if (ofVisitor !== visitor.metadata) {
    visitor.metadata = ofVisitor;
    mark(visitor);
  }
  if (account !== null && ofAccount !== account.metadata) {
    account.metadata = ofAccount;
    mark(account);
  }
  return null;
}

function metadataGroupOf(input: EventInput): MetadataGroup {
  return input.door === 'segment' || input.door === 'segment-webhook' ? 'segment' : 'agent';
}

/** Notes who was seen, and makes the event when it was for the first time. */
function see(input: EventInput, visitor: KnownVisitor, account: KnownAccount | null, world: World): void {
  noteSeen(world.effects.seen.visitors, visitor.id, input.occurredAt);
  if (visitor.accountId !== null) noteSeen(world.effects.seen.accounts, visitor.accountId, input.occurredAt);
  const own = { url: '', title: '', agentVersion: null, messageId: null, withheld: null };
  if (visitor.firstSeenAt === null) {
    visitor.firstSeenAt = input.occurredAt;
    mark(visitor);
    if (!visitor.anonymous) {
      const browser = browserOf(input.userAgent);
      const properties = {
        browserName: browser.name,
        browserVersion: browser.version,
        sampleGroup: sampleGroupOf(visitor.id),
      };
      happened(input, visitor, world, { ...own, type: 'visitorCreated', propertiesJson: JSON.stringify(properties) });
    }
  }
  if (account !== null && account.firstSeenAt === null) {
    account.firstSeenAt = input.occurredAt;
    mark(account);
    if (account.id !== '') happened(input, visitor, world, { ...own, type: 'accountCreated', propertiesJson: '{}' });
  }
}

function noteSeen(seen: Map<string, number>, id: string, at: number): void {
  if (at > (seen.get(id) ?? 0)) seen.set(id, at);
}

function happened(
  input: EventInput,
  visitor: KnownVisitor,
  world: World,
  own: Pick<Event, 'type' | 'propertiesJson' | 'url' | 'title' | 'agentVersion' | 'messageId' | 'withheld'>,
): Event {
  const event: Event = {
    id: world.newId(world.now),
    appId: input.appId,
    door: input.door,
    type: own.type,
    visitorId: visitor.id,
    accountId: input.accountId ?? visitor.accountId ?? '',
    occurredAt: input.occurredAt,
    receivedAt: input.receivedAt,
    timeReplaced: input.timeReplaced,
    messageId: own.messageId,
    userAgent: input.userAgent,
    url: own.url,
    title: own.title,
    propertiesJson: own.propertiesJson,
    agentVersion: own.agentVersion,
    withheld: own.withheld,
  };
  world.happened.push(event);
  return event;
}

function mark(known: KnownVisitor | KnownAccount): void {
  if (known.change === 'none') known.change = 'changed';
}

function refuseMerge(input: EventInput, previousId: string, world: World): AcceptResult {
  const message =
    'previousId names a visitor that is not anonymous, and two named visitors are never merged. Send the anonymous id as previousId.';
  const whose = { userId: input.visitorId, ...(isMarked(previousId, world) ? {} : { previousId }) };
  return refuse(input, world, 'named_merge', message, 'previousId', whose);
}

function refuseMetadata(input: EventInput, whose: 'visitor' | 'account', world: World): AcceptResult {
  const message = `With these traits the metadata of this ${whose} would be larger than ${limits.metadataBytesMax} bytes. Send fewer or shorter traits.`;
  return refuse(input, world, 'metadata_too_large', message, 'traits', { userId: input.visitorId });
}

function refuse(
  input: EventInput,
  world: World,
  reason: string,
  message: string,
  field: string,
  sample: Record<string, string>,
): AcceptResult {
  world.effects.warnings.push({
    appId: input.appId,
    door: input.door,
    reason,
    message,
    field,
    messageId: input.messageId,
    sample: JSON.stringify(sample),
    receivedAt: input.receivedAt,
  });
  return { kind: 'refused', reason, message };
}
