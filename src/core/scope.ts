/**
 * What an integration key may do.
 *
 *   read      see everything but people, keys and the audit log
 *   write     that, and change it; metadata in bulk as well
 *   metadata  write metadata in bulk, and see nothing
 *   people    users, integration keys and the audit log: whoever has it can make themselves an Admin
 */
export const scopes = ['read', 'write', 'metadata', 'people'] as const;
export type Scope = (typeof scopes)[number];

/** Whether the scopes that a key was given let it do what another one is for. */
export function allows(given: readonly Scope[], wanted: Scope): boolean {
  return given.includes(wanted) || (wanted !== 'people' && given.includes('write'));
}

/** An integration key as people see it: of the key itself only how it ends. */
export interface IntegrationKey {
  id: string;
  name: string;
  scopes: Scope[];
  hint: string;
  createdAt: number;
  /** When it was last used, to some minutes; null for never. */
  lastUsedAt: number | null;
}
