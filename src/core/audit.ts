/**
 * The audit log: who changed what, from where, and how it was before and after; and who was not allowed to. Secrets are in
 * none of it: things stand here as the API shows them.
 */
import { canonicalJson } from './canonical-json.ts';

export const actorKinds = ['user', 'key', 'anybody', 'server'] as const;
/** Who does something. `server` is Bellwire itself, as when it switches a webhook off. */
export interface Actor {
  kind: (typeof actorKinds)[number];
  /** Of the user or key; empty for others. */
  id: string;
  /** The user's e-mail address, or the name of the key, as it was then. */
  name: string;
  /** From where; empty for the server itself. */
  address: string;
}

export const auditOutcomes = ['done', 'refused'] as const;

export interface AuditEntry {
  at: number;
  actor: Actor;
  /** What was done, such as `webhook.changed`; of what was refused, the method and pattern of the route. */
  action: string;
  outcome: (typeof auditOutcomes)[number];
  /** What it was done to. Empty where there is only one, as with the settings. */
  targetId: string;
  /** JSON objects, of what was changed alone; null where there was nothing, or nothing to see. */
  beforeJson: string | null;
  afterJson: string | null;
}

/** What differs between two states of a thing, as JSON; both null when nothing does. */
export function differences(
  before: object | null,
  after: object | null,
): { beforeJson: string | null; afterJson: string | null } {
  if (before === null || after === null) return { beforeJson: jsonOf(before), afterJson: jsonOf(after) };
  const was: Record<string, unknown> = { ...before };
  const is: Record<string, unknown> = { ...after };
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const changed = names.filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
  if (changed.length === 0) return { beforeJson: null, afterJson: null };
  const pick = (from: Record<string, unknown>) => Object.fromEntries(changed.map((name) => [name, from[name]]));
  return { beforeJson: jsonOf(pick(was)), afterJson: jsonOf(pick(is)) };
}

/** What an `adminEvent` has as its properties, as JSON with its keys in alphabetical order. */
export function auditProperties({ actor, action, outcome, targetId, beforeJson, afterJson }: AuditEntry): string {
  const { kind, id, name, address } = actor;
  const who = { action, actor: { kind, id, name }, address, outcome, targetId };
  const whole = canonicalJson({ ...who, before: parsed(beforeJson), after: parsed(afterJson) });
  if (whole.ok) return whole.json;
  // What changed is too much for an event: the log has it.
  const part = canonicalJson({ ...who, before: null, after: null });
  return part.ok ? part.json : '{}';
}

function parsed(json: string | null): unknown {
  return json === null ? null : JSON.parse(json);
}

function jsonOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
