/** Metadata of a visitor or account as it is stored: JSON of groups, each with its keys and values. */
import type { Metadata, MetadataByGroup, MetadataGroup } from './event-input.ts';
import { limits } from './limits.ts';

/**
 * Lays new values over what is stored of one group; null takes a key away. Gives back the very same text when nothing
 * changes, so that a repeated identify writes nothing, and null when the whole would be larger than what is kept of one.
 */
export function mergeMetadata(stored: string, group: MetadataGroup, values: Metadata): string | null {
  const keys = Object.keys(values);
  if (keys.length === 0) return stored;
  const groups = JSON.parse(stored) as MetadataByGroup;
  // A null prototype, because a key may be called `__proto__` and must be a key like any other.
  const merged = Object.assign(Object.create(null) as Metadata, groups[group]);
  let changed = false;
  for (const key of keys) {
    const value = values[key] ?? null;
    if (value === null) {
      changed ||= key in merged;
      delete merged[key];
    } else if (JSON.stringify(merged[key]) !== JSON.stringify(value)) {
      changed = true;
      merged[key] = value;
    }
  }
  if (!changed) return stored;
  const text = JSON.stringify({ ...groups, [group]: merged });
  return fits(text) ? text : null;
}

/** What the named visitor does not know yet is taken over from the anonymous one that it was. */
export function joinMetadata(named: string, anonymous: string): string {
  if (anonymous === '{}') return named;
  const [ours, theirs] = [JSON.parse(named) as MetadataByGroup, JSON.parse(anonymous) as MetadataByGroup];
  for (const [group, values] of Object.entries(theirs) as [MetadataGroup, Metadata][]) {
    ours[group] = Object.assign(Object.create(null) as Metadata, values, ours[group]);
  }
  const text = JSON.stringify(ours);
  return fits(text) ? text : named;
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= limits.metadataBytesMax;
}
