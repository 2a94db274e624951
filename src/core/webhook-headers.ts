/**
 * The headers that a webhook's owner adds to every request, as they are kept and changed. Their values can be credentials,
 * so they are sealed at rest and shown to nobody again; which headers may be set at all is said in header-rules.ts.
 */

/** What is shown in place of a header's value. */
export const hiddenValue = '••••';

/** Lays changes over headers that are there; names compare without case, and null takes a header away. */
export function mergeHeaders(
  present: Readonly<Record<string, string>>,
  changes: Readonly<Record<string, string | null>>,
): Record<string, string> {
  const merged = new Map(Object.entries(present).map((entry) => [entry[0].toLowerCase(), entry]));
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) merged.delete(name.toLowerCase());
    else merged.set(name.toLowerCase(), [name, value]);
  }
  return Object.fromEntries(merged.values());
}
