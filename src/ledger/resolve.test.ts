import { expect, test } from 'vitest';
import { aliasInput, groupInput, identifyInput, testNow, trackInput } from '../../test/support/event-input.ts';
import type { EventInput } from '../core/event-input.ts';
import { newEventId } from '../core/id.ts';
import { resolve } from './resolve.ts';
import { emptyEffects, type World } from './world.ts';

function emptyWorld(over: Partial<World> = {}): World {
  return {
    visitors: new Map(),
    accounts: new Map(),
    aliases: new Map(),
    isExcluded: () => false,
    happened: [],
    now: testNow,
    newId: newEventId,
    effects: emptyEffects(),
    ...over,
  };
}

function eventsOf(world: World, ...inputs: EventInput[]): string[] {
  for (const input of inputs) resolve(input, world);
  return world.happened.map(({ type, visitorId, accountId }) => `${type} ${visitorId} ${accountId}`);
}

test('a visitor and an account are first seen once, before the event that shows them', () => {
  const world = emptyWorld();
  expect(eventsOf(world, trackInput('ada', { accountId: 'acme' }), trackInput('ada', { accountId: 'acme' }))).toEqual([
    'visitorCreated ada acme',
    'accountCreated ada acme',
    'trackEventReceived ada acme',
    'trackEventReceived ada acme',
  ]);
});

test('an event without an account is for the last one of its visitor', () => {
  const world = emptyWorld();
  const events = eventsOf(
    world,
    groupInput('ada', 'acme'),
    trackInput('ada'),
    groupInput('ada', 'initech'),
    trackInput('ada'),
  );
  expect(events.filter((event) => event.startsWith('track'))).toEqual([
    'trackEventReceived ada acme',
    'trackEventReceived ada initech',
  ]);
});

test('an identify without a group ties its visitor to the empty account, which is never "created"', () => {
  const world = emptyWorld();
  expect(eventsOf(world, identifyInput('ada'))).toEqual(['visitorCreated ada ']);
  expect(world.visitors.get('ada')?.accountId).toBe('');
  expect(world.accounts.has('')).toBe(true);
});

test('an identify without a group leaves the account of a visitor that has one', () => {
  const world = emptyWorld();
  eventsOf(world, groupInput('ada', 'acme'), identifyInput('ada'));
  expect(world.visitors.get('ada')?.accountId).toBe('acme');
});

test('a group id in an identify ties to the account and leaves its metadata alone', () => {
  const world = emptyWorld();
  const events = eventsOf(world, identifyInput('ada', { accountId: 'acme', traits: { plan: 'pro' } }));
  expect(events).toEqual(['visitorCreated ada acme', 'accountCreated ada acme']);
  expect(world.accounts.get('acme')?.metadata).toBe('{}');
  expect(world.visitors.get('ada')?.metadata).toBe('{"segment":{"plan":"pro"}}');
});

test('anonymous visitors are not "created"; the identify that names one is, and later events go to the name', () => {
  const world = emptyWorld();
  const events = eventsOf(
    world,
    trackInput('_PENDO_T_x1'),
    identifyInput('ada', { anonymousId: '_PENDO_T_x1' }),
    trackInput('_PENDO_T_x1'),
  );
  expect(events).toEqual(['trackEventReceived _PENDO_T_x1 ', 'visitorCreated ada ', 'trackEventReceived ada ']);
  expect(world.effects.aliases).toEqual([{ from: '_PENDO_T_x1', to: 'ada', at: testNow }]);
});

test('the first to sign in keeps the anonymous visitor; nobody who follows takes it over', () => {
  const world = emptyWorld();
  eventsOf(
    world,
    identifyInput('ada', { anonymousId: '_PENDO_T_x1' }),
    identifyInput('bob', { anonymousId: '_PENDO_T_x1' }),
  );
  expect(world.aliases.get('_PENDO_T_x1')).toBe('ada');
  expect(world.effects.aliases).toHaveLength(1);
});

test('two named visitors are never merged: the alias is refused with a warning', () => {
  const world = emptyWorld();
  expect(resolve(aliasInput('ada', 'bob'), world)).toMatchObject({ kind: 'refused', reason: 'named_merge' });
  expect(world.effects.warnings).toMatchObject([{ reason: 'named_merge', field: 'previousId' }]);
  expect(world.visitors.size).toBe(0);
});

test('whom an alias means is decided by who is known, and only then by the look of the id', () => {
  const uuid = '2b3f0c61-9f0e-4ad2-8b40-0d4f7b1f3a52';
  const world = emptyWorld();
  eventsOf(world, identifyInput(uuid), trackInput('_PENDO_T_device-77'), trackInput('_PENDO_T_device-78'));
  eventsOf(world, identifyInput('device-78'));
  expect(resolve(aliasInput('bob', uuid, true), world)).toMatchObject({ kind: 'refused', reason: 'named_merge' });
  expect(world.effects.warnings).toMatchObject([{ reason: 'named_merge', field: 'previousId' }]);
  for (const device of ['device-77', 'device-78'])
    expect(resolve(aliasInput('bob', device), world)).toMatchObject({ kind: 'accepted' });
  // Nobody is known by it any more than by these.
  const unknown = uuid.replace('2', '3');
  expect(resolve(aliasInput('bob', unknown, true), world)).toMatchObject({ kind: 'accepted' });
  expect(resolve(aliasInput('bob', 'device-79'), world)).toMatchObject({ kind: 'refused' });
  expect(world.effects.aliases.map(({ from, to }) => [from, to])).toEqual(
    ['device-77', 'device-78', unknown].map((id) => [`_PENDO_T_${id}`, 'bob']),
  );
  // It is his already.
  expect(resolve(aliasInput('eve', 'device-77'), world)).toMatchObject({ kind: 'accepted' });
  expect(world.aliases.get('_PENDO_T_device-77')).toBe('bob');
});

test('what the anonymous visitor told is known of the named one, whose own word is stronger', () => {
  const world = emptyWorld();
  eventsOf(
    world,
    identifyInput('_PENDO_T_x1', { traits: { plan: 'free', city: 'Oslo' } }),
    identifyInput('ada', { anonymousId: '_PENDO_T_x1', traits: { plan: 'pro' } }),
  );
  expect(JSON.parse(world.visitors.get('ada')?.metadata ?? '')).toEqual({ segment: { plan: 'pro', city: 'Oslo' } });
});

test('excluded events are recorded, marked, and do not use up "first seen"', () => {
  let excluding = true;
  const world = emptyWorld({ isExcluded: () => excluding });
  eventsOf(world, trackInput('ada', { accountId: 'acme' }));
  expect(world.happened.map(({ type, withheld }) => [type, withheld])).toEqual([['trackEventReceived', 'excluded']]);
  excluding = false;
  expect(eventsOf(world, trackInput('ada', { accountId: 'acme' })).slice(1)).toEqual([
    'visitorCreated ada acme',
    'accountCreated ada acme',
    'trackEventReceived ada acme',
  ]);
});

test('an account that its visitor has by excluded events alone is first seen with the first event that is sent with it', () => {
  let world = emptyWorld({ isExcluded: ({ host }) => host === 'staging.example' });
  eventsOf(world, trackInput('ada', { accountId: 'newco', host: 'staging.example' }));
  expect(eventsOf(world, trackInput('ada'), trackInput('ada')).slice(1)).toEqual([
    'visitorCreated ada newco',
    'accountCreated ada newco',
    'trackEventReceived ada newco',
    'trackEventReceived ada newco',
  ]);
  expect(world.accounts.get('newco')?.firstSeenAt).toBe(testNow);
  // One that the world was not loaded with was seen long ago.
  world = emptyWorld({ visitors: world.visitors });
  expect(eventsOf(world, trackInput('ada'))).toEqual(['trackEventReceived ada newco']);
});

test('nothing is recorded of a visitor that must not be processed', () => {
  const world = emptyWorld();
  resolve(identifyInput('ada'), world);
  const ada = world.visitors.get('ada');
  if (ada === undefined) throw new Error('ada should be known');
  ada.doNotProcess = true;
  const before = structuredClone({ visitors: world.visitors, effects: world.effects });
  expect(resolve(trackInput('ada', { accountId: 'acme' }), world)).toEqual({ kind: 'not_processed' });
  expect({ visitors: world.visitors, effects: world.effects }).toEqual(before);
  expect(world.accounts.has('acme')).toBe(false);
});

test.each([
  ['in one batch', 1],
  ['each by itself', 2],
])('a mark goes on to a name with the call that makes it known, and with no later one: %s', (_how, count) => {
  const id = '_PENDO_T_x1';
  let world = emptyWorld();
  eventsOf(world, trackInput(id));
  for (const marked of world.visitors.values()) marked.doNotProcess = true;
  const next = () => {
    if (count > 1) for (const visitor of world.visitors.values()) visitor.change = 'none';
    world = emptyWorld({ visitors: world.visitors, aliases: world.aliases });
  };
  next();
  resolve(trackInput('bob'), world);
  if (count > 1) next();
  expect(resolve(identifyInput('bob', { anonymousId: id }), world)).toMatchObject({ kind: 'accepted' });
  expect(world.visitors.get('bob')).toMatchObject({ doNotProcess: false });
  expect(resolve(identifyInput('eve', { anonymousId: id }), world)).toEqual({ kind: 'not_processed' });
  expect(world.visitors.get('eve')).toMatchObject({ doNotProcess: true });
});

test('the account of the anonymous half stays, also when the name was known without one', () => {
  const world = emptyWorld();
  const id = '_PENDO_T_x1';
  const events = eventsOf(
    world,
    identifyInput('eve'),
    groupInput(id, 'acme'),
    identifyInput('eve', { anonymousId: id }),
    trackInput('eve'),
  );
  expect(world.visitors.get('eve')?.accountId).toBe('acme');
  expect(events.at(-1)).toBe('trackEventReceived eve acme');
  // A name that has an account keeps it.
  const other = '_PENDO_T_x2';
  eventsOf(world, groupInput(other, 'initech'), identifyInput('eve', { anonymousId: other }));
  expect(world.visitors.get('eve')?.accountId).toBe('acme');
});

test('of one who must not be processed no warning tells either', () => {
  const world = emptyWorld();
  eventsOf(world, identifyInput('ada'), identifyInput('bob'));
  const ada = world.visitors.get('ada');
  if (ada === undefined) throw new Error('ada should be known');
  ada.doNotProcess = true;
  expect(resolve(aliasInput('ada', 'bob'), world)).toEqual({ kind: 'not_processed' });
  expect(resolve(aliasInput('bob', 'ada'), world)).toMatchObject({ kind: 'refused' });
  expect(world.effects.warnings.map(({ sample }) => sample)).toEqual(['{"userId":"bob"}']);
});

test('a call with too much metadata is refused, and nothing of it is kept', () => {
  const world = emptyWorld();
  const traits = { story: 'x'.repeat(70_000) };
  expect(resolve(identifyInput('ada', { traits, accountId: 'acme' }), world)).toMatchObject({
    kind: 'refused',
    reason: 'metadata_too_large',
  });
  expect([world.visitors.size, world.accounts.size, world.happened.length]).toEqual([0, 0, 0]);
});

test('polls of an agent that is too old and raw clicks are recorded and withheld', () => {
  const world = emptyWorld();
  const track = trackInput('ada');
  if (track.act.kind !== 'event') throw new Error('a track is an event');
  resolve({ ...track, act: { ...track.act, type: 'pollSubmitted', agentTooOld: true } }, world);
  resolve({ ...track, act: { ...track.act, type: 'click' } }, world);
  expect(world.happened.map(({ type, withheld }) => [type, withheld])).toEqual([
    ['visitorCreated', null],
    ['pollSubmitted', 'agent_too_old'],
    ['click', 'kept'],
  ]);
});
