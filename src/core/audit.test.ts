import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AuditEntry, actorKinds, auditOutcomes, auditProperties } from './audit.ts';
import { cleanText } from './canonical-json.ts';
import { limits } from './limits.ts';

const objects = fc.option(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }));
const entries = fc.record({
  at: fc.nat(),
  actor: fc.record({
    kind: fc.constantFrom(...actorKinds),
    id: fc.string(),
    name: fc.string({ unit: 'binary' }),
    address: fc.ipV4(),
  }),
  action: fc.string(),
  outcome: fc.constantFrom(...auditOutcomes),
  targetId: fc.string(),
  before: objects,
  after: objects,
});

function entryOf({
  before,
  after,
  ...rest
}: Omit<AuditEntry, 'beforeJson' | 'afterJson'> & Record<'before' | 'after', unknown>) {
  return { ...rest, beforeJson: jsonOf(before), afterJson: jsonOf(after) };
}

test('an entry as properties says the same, with its keys in order', () => {
  fc.assert(
    fc.property(entries, (given) => {
      const properties = JSON.parse(auditProperties(entryOf(given))) as Record<string, unknown>;
      const { kind, id, name } = given.actor;
      expect(properties['actor']).toEqual({ kind, id: cleanText(id), name: cleanText(name) });
      expect(properties['address']).toBe(given.actor.address);
      expect(properties['before'] === null).toBe(given.before === null);
      expect(Object.keys(properties)).toEqual(Object.keys(properties).toSorted());
    }),
  );
});

test('of a change that is more than an event may hold, it says that it was made', () => {
  let deep: unknown = 1;
  for (let level = 0; level <= limits.jsonDepthMax; level += 1) deep = { deep };
  const entry = entryOf({
    at: 0,
    actor: { kind: 'server', id: '', name: 'Bellwire', address: '' },
    action: 'settings.changed',
    outcome: 'done',
    targetId: '',
    before: { deep },
    after: null,
  });
  expect(JSON.parse(auditProperties(entry))).toMatchObject({ action: 'settings.changed', before: null, after: null });
});

function jsonOf(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
