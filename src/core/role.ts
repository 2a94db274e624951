/**
 * What a node does. All nodes on one database are the same program; one that leaves a role out spares its machine the work
 * of it, or keeps it from the network that the role is reached by.
 *
 *   ingest   the doors take events
 *   deliver  claims what is pending and sends it
 *   admin    the management API
 */
export const roles = ['ingest', 'deliver', 'admin'] as const;
export type Role = (typeof roles)[number];

/** A sentence when a single process that owns its database leaves something out that nobody else could do; else null. */
export function roleMissing(chosen: readonly Role[]): string | null {
  const missing = roles.filter((role) => !chosen.includes(role));
  if (missing.length === 0) return null;
  return `BELLWIRE_ROLES leaves out ${missing.join(' and ')}, and with SQLite there is no other node to do it, because the database belongs to one process: leave BELLWIRE_ROLES out, or let many nodes share a PostgreSQL by BELLWIRE_DATABASE_URL.`;
}
